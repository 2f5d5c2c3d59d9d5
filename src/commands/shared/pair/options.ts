import { UsageFailure } from '../../../errors.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import type { DryRun } from '../../../rbac/change.ts';
import type { PairNames } from '../../../rbac/pair.ts';
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
