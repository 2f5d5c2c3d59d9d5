import { splitNames } from '../../cli/fleet-options.ts';
import { parseAddress } from '../../cli/parse-address.ts';
import { parseOneOf } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { type PodChoice, parsePod } from '../pod/pod-choice.ts';
import type { Narrowing } from './narrow-targets.ts';
import { checkName, checkRole, type HostPort, parseRegex, parseShard } from './target-values.ts';

export const paths = ['direct', 'apiserver', 'auto'] as const;

/** Which kubelets the command line chooses. */
export type Targets =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'pod'; readonly pod: PodChoice }
  | { readonly kind: 'addresses'; readonly addresses: readonly HostPort[] }
  | {
      readonly kind: 'nodes';
      readonly names: readonly string[];
      readonly selector: string;
      readonly fieldSelector: string;
      /** As the ROLES of `kubectl get nodes`; may be empty. */
      readonly role: string;
    };

/** Which kubelets, and by which path. */
export interface TargetRequest {
  readonly targets: Targets;
  readonly via: (typeof paths)[number];
  /** Types of addresses to try, in order. */
  readonly types: readonly string[];
  /** In place of the port that a node reports. */
  readonly port: number | undefined;
  readonly narrowing: Narrowing;
  /** Whether the command line is for several kubelets, whatever their number turns out to be. */
  readonly isFleet: boolean;
}

/** As they are given; empty if not given. */
export interface TargetOptions {
  readonly via: string;
  readonly node: readonly string[];
  readonly selector: string;
  readonly fieldSelector: string;
  readonly all: boolean;
  readonly role: string;
  readonly includeNames: readonly string[];
  readonly excludeNames: readonly string[];
  readonly pod: string;
  readonly container: string;
  readonly address: readonly string[];
  readonly shard: string;
}

/** Undefined if no kubelet is chosen. */
export function parseTargets(
  options: TargetOptions,
  { types, port }: Pick<TargetRequest, 'types' | 'port'>,
): TargetRequest | undefined {
  const via = parseOneOf('--via', options.via, paths);
  const chosen = parseChoice(options, port);
  checkOptions(options, chosen);
  if (!chosen) return undefined;
  if (chosen.kind === 'addresses' && via !== 'direct')
    throw new UsageFailure(
      `--address and --via ${via} cannot be used together: the API server takes node names`,
    );
  const narrowing = {
    include: options.includeNames.map((text) => parseRegex('--include', text)),
    exclude: options.excludeNames.map((text) => parseRegex('--exclude', text)),
    shard: parseShard(options.shard),
  };
  const { shard } = narrowing;
  const isFleet =
    chosen.kind === 'nodes' ||
    (chosen.kind === 'addresses' && (chosen.addresses.length > 1 || shard !== undefined));
  return { targets: chosen, via, types, port, narrowing, isFleet };
}

function parseChoice(options: TargetOptions, port: number | undefined): Targets | undefined {
  const { selector, fieldSelector, role, all, includeNames, pod, container, address } = options;
  const names = splitNames(options.node).map(checkName);
  const hasRule = selector !== '' || fieldSelector !== '' || role !== '' || includeNames.length > 0;
  if (address.length > 0)
    return { kind: 'addresses', addresses: address.map((text) => parseAddress(text, port)) };
  if (pod !== '') return { kind: 'pod', pod: { ...parsePod(pod), container } };
  const [name] = names;
  const isOne = name !== undefined && names.length === 1 && !hasRule && options.shard === '';
  if (isOne) return { kind: 'node', name };
  if (names.length > 0 || hasRule || all)
    return { kind: 'nodes', names, selector, fieldSelector, role: checkRole(role) };
  return undefined;
}

/** What cannot be used together, or not without another. */
function checkOptions(options: TargetOptions, chosen: Targets | undefined): void {
  const { node, selector, fieldSelector, all, role, pod, container, address, shard } = options;
  const given = Object.entries({
    '--address': address.length > 0,
    '--pod': pod !== '',
    '--all': all,
    '--node': node.length > 0,
    '--selector': selector !== '',
    '--field-selector': fieldSelector !== '',
    '--role': role !== '',
    '--include': options.includeNames.length > 0,
    '--exclude': options.excludeNames.length > 0,
  })
    .filter(([, isGiven]) => isGiven)
    .map(([name]) => name);
  const [first, second] = given;
  if (second !== undefined && (first === '--address' || first === '--pod'))
    throw new UsageFailure(`${first} and ${second} cannot be used together`);
  if (all && node.length > 0) throw new UsageFailure('--all and --node cannot be used together');
  if (container !== '' && pod === '') throw new UsageFailure('--container requires --pod');
  if (shard !== '' && chosen?.kind === 'pod')
    throw new UsageFailure('--pod and --shard cannot be used together');
  if (!chosen && (given.length > 0 || shard !== ''))
    throw new UsageFailure(`${first ?? '--shard'} narrows a choice of nodes: add --all`);
}
