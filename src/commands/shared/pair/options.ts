import { type GivenOption, isGiven } from '../../../cli/argv.ts';
import { type Globals, globalOptions } from '../../../cli/global-options.ts';
import { addressTypesOf, kubeletPortOf } from '../../../cli/kubelets.ts';
import { splitNodes } from '../../../cli/node-options.ts';
import { parseDurationOption, parseOneOf } from '../../../cli/parse-options.ts';
import { UsageFailure } from '../../../errors.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import type { DryRun } from '../../../rbac/change.ts';
import { invalidNameReason, type PairNames } from '../../../rbac/pair.ts';
import { type Profile, rulesToAsk } from '../../../rbac/profiles.ts';

/** Options that grant and revoke share. */
export interface PairRequest {
  readonly dryRun: DryRun;
  readonly output: Output;
  /** Also change what another tool manages. */
  readonly force: boolean;
  /** The arguments, and those of --node. */
  readonly nodes: readonly string[];
  /** Names that the user gave; empty without them. */
  readonly names: PairNames;
  /** Undefined without --wait. */
  readonly wait: WaitRequest | undefined;
}

export interface WaitRequest {
  readonly timeoutMs: number;
  readonly addressTypes: readonly string[];
  readonly port: number | undefined;
}

export const outputs = ['', 'name', 'yaml', 'json'] as const;
export const dryRuns = ['none', 'client', 'server'] as const;

export type Output = (typeof outputs)[number];

export interface PairOptions {
  readonly names: readonly string[];
  readonly node: readonly string[];
  readonly roleName: string;
  readonly bindingName: string;
  readonly dryRun: string | boolean;
  readonly force: boolean;
  readonly wait: string | boolean;
  readonly output: string;
  readonly globals: Globals;
  readonly given: readonly GivenOption[];
}

/** `defaultWaitMs` is the time of a bare --wait. */
export function parsePairOptions(options: PairOptions, defaultWaitMs: number): PairRequest {
  const { names, node, force, roleName, bindingName, globals, given } = options;
  checkName('--role-name', roleName, given);
  checkName('--binding-name', bindingName, given);
  // kubectl, too, takes a bare --dry-run as client.
  const dryRun = options.dryRun === true ? 'client' : String(options.dryRun);
  const waitMs = parseWait(options.wait, defaultWaitMs);
  const kubeletFlag = given.find(({ option }) => option.group === globalOptions.kubeletPort.group);
  if (kubeletFlag && waitMs === undefined)
    throw new UsageFailure(
      `${kubeletFlag.option.name} requires --wait: without it, no kubelet is called`,
    );
  return {
    dryRun: parseOneOf('--dry-run', dryRun, dryRuns),
    output: parseOneOf('--output', options.output, outputs),
    force,
    nodes: [...splitNodes(names, 'NODE'), ...splitNodes(node, '--node')],
    names: { role: roleName, binding: bindingName },
    wait:
      waitMs === undefined
        ? undefined
        : {
            timeoutMs: waitMs,
            addressTypes: addressTypesOf(globals),
            port: kubeletPortOf(globals),
          },
  };
}

function parseWait(wait: string | boolean, defaultMs: number): number | undefined {
  if (typeof wait === 'string') return parseDurationOption('--wait', wait);
  return wait ? defaultMs : undefined;
}

/** An empty name would widen a command that was meant to be narrow. */
function checkName(flag: string, name: string, given: readonly GivenOption[]): void {
  const reason = isGiven(given, flag) ? invalidNameReason(name) : undefined;
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
