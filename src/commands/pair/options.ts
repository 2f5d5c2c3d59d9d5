import { UsageFailure } from '../../errors.ts';
import { probesFor } from '../../kubelet/probes.ts';
import type { DryRun } from '../../rbac/change.ts';
import { invalidNameReason, type PairNames } from '../../rbac/pair.ts';
import { type Profile, rulesToAsk } from '../../rbac/profiles.ts';

/** What grant and revoke are asked for alike. */
export interface PairRequest {
  readonly dryRun: DryRun;
  readonly output: Output;
  /** Also change what another tool manages. */
  readonly force: boolean;
  /** Those of --node. */
  readonly nodes: readonly string[];
  /** Those that the user gave; empty where none. */
  readonly names: PairNames;
  /** Undefined without --wait. */
  readonly wait: WaitRequest | undefined;
}

export interface WaitRequest {
  readonly timeoutMs: number;
  readonly addressTypes: readonly string[];
  readonly port: number | undefined;
}

const outputs = ['', 'name', 'yaml', 'json'] as const;
const dryRuns = ['none', 'client', 'server'] as const;

export type Output = (typeof outputs)[number];

interface PairOptions {
  readonly dryRunMode: string | boolean;
  readonly output: string;
  readonly force: boolean;
  readonly nodes: readonly string[];
  readonly roleName: string;
  readonly bindingName: string;
  readonly wait: WaitRequest | undefined;
}

/** `given` are the arguments, since an empty name differs from none: it would widen what was meant to be narrow. */
export function parsePairOptions(options: PairOptions, given: readonly string[]): PairRequest {
  const { nodes, force, roleName, bindingName, wait } = options;
  const output = outputs.find((format) => format === options.output);
  if (output === undefined)
    throw new UsageFailure(
      `invalid --output value "${options.output}": must be "name", "yaml" or "json"`,
    );
  if (nodes.includes('')) throw new UsageFailure('--node must not be empty');
  checkName('--role-name', roleName, given);
  checkName('--binding-name', bindingName, given);
  // kubectl, too, takes a bare --dry-run as client.
  const mode = options.dryRunMode === true ? 'client' : String(options.dryRunMode);
  const dryRun = dryRuns.find((each) => each === mode);
  if (dryRun === undefined)
    throw new UsageFailure(
      `invalid --dry-run value "${mode}": must be "none", "client" or "server"`,
    );
  return { dryRun, output, force, nodes, names: { role: roleName, binding: bindingName }, wait };
}

function checkName(flag: string, name: string, given: readonly string[]): void {
  const reason = name !== '' || given.includes(flag) ? invalidNameReason(name) : undefined;
  if (reason !== undefined) throw new UsageFailure(`invalid ${flag} value "${name}": ${reason}`);
}

/** Denies --wait where no kubelet can be asked, before anything is written. */
export function checkWaitable({ wait }: PairRequest, profile: Profile): void {
  if (wait && probesFor(rulesToAsk(profile), Number.POSITIVE_INFINITY).length === 0)
    throw new UsageFailure(
      `--wait cannot be used with --profile ${profile.name}: no read-only request can show whether it is in effect`,
    );
}

/** The names of the pair: those that the user gave, or else the usual ones. */
export function chosenNames({ names }: PairRequest, usual: PairNames): PairNames {
  return { role: names.role || usual.role, binding: names.binding || usual.binding };
}
