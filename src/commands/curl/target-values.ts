import { parseCount } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { isNodeName } from '../../objects.ts';
import type { Shard } from './narrow-targets.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export function checkName(name: string): string {
  if (isNodeName(name)) return name;
  throw new UsageFailure(`invalid --node value "${name}": must be the name of a node`, {
    hints: ['kubectl get nodes'],
  });
}

export function checkRole(role: string): string {
  if (/^(?:[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/.test(role)) return role;
  throw new UsageFailure(`invalid --role value "${role}": must be a role such as control-plane`);
}

export function parseRegex(flag: string, text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UsageFailure(`invalid ${flag} value "${text}": must be a regular expression`, {
      cause: error,
    });
  }
}

/** `I/N`, from 1/N to N/N. */
export function parseShard(text: string): Shard | undefined {
  if (text === '') return undefined;
  const [, first = '', second = ''] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (first === '')
    throw new UsageFailure(`invalid --shard value "${text}": must be I/N, such as 1/3`);
  const count = parseCount('--shard', second, { least: 1, most: 10_000 });
  return { number: parseCount('--shard', first, { least: 1, most: count }), count };
}
