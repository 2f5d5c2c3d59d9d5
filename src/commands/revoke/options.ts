import { UsageFailure } from '../../errors.ts';
import type { Profile } from '../../rbac/profiles.ts';
import type { PairRequest } from '../pair/options.ts';
import type { Selection } from './select-grants.ts';

export interface RevokeRequest extends PairRequest {
  readonly selection: Selection;
  /** Also remove subjects that grant did not add. */
  readonly allSubjects: boolean;
  /** What kubelets are asked about with --wait. */
  readonly profile: Profile;
}

/** Denies choices of grants that contradict each other. */
export function checkSelection(
  { profile, allProfiles, subject, expired }: Selection,
  allSubjects: boolean,
): void {
  if (expired && (subject || allSubjects))
    throw new UsageFailure('--expired cannot be used with --subject or --all-subjects');
  if (allProfiles && profile !== undefined)
    throw new UsageFailure('--all-profiles and --profile are mutually exclusive');
}

/** Only the grants of one subject can be waited for. */
export function checkOneSubject({ selection, profile, wait }: RevokeRequest): void {
  const { allProfiles, expired, subject } = selection;
  const isKubeletClient = !subject && profile.runsCommands;
  if (wait && (allProfiles || expired || !(subject || isKubeletClient)))
    throw new UsageFailure(
      '--wait cannot be used where several subjects may lose access; use --subject without --all-profiles and --expired',
    );
}
