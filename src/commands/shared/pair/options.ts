import { UsageFailure } from '../../../errors.ts';
import type { AddressChoice } from '../../../kubelet/address.ts';
import { probesFor } from '../../../kubelet/probes.ts';
import type { DryRun } from '../../../rbac/change.ts';
import { type Profile, rulesToAsk } from '../../../rbac/profiles.ts';

export interface PairSettings {
  readonly dryRun: DryRun;
  readonly output: PlanFormat;
  readonly force: boolean;
  readonly nodes: readonly string[];
  readonly wait: WaitOption | undefined;
}

interface WaitOption extends AddressChoice {
  readonly timeoutMs: number;
}

export const outputs = ['', 'name', 'yaml', 'json'] as const;
export const dryRuns = ['none', 'client', 'server'] as const;

export type PlanFormat = (typeof outputs)[number];

export function checkWaitable({ wait }: PairSettings, profile: Profile): void {
  if (wait && probesFor(rulesToAsk(profile), Number.POSITIVE_INFINITY).length === 0)
    throw new UsageFailure(
      `--wait cannot be used with --profile ${profile.name}: no read-only request can show whether it is in effect`,
    );
}
