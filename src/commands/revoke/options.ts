import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { UsageFailure } from '../../errors.ts';
import { permissionTtlMs } from '../../kubelet/authorization-cache.ts';
import { type Profile, profileOf } from '../../rbac/profiles.ts';
import {
  checkWaitable,
  type PairOptions,
  type PairRequest,
  parsePairOptions,
} from '../shared/pair/options.ts';
import type { Selection } from './select-grants.ts';

export interface RevokeRequest extends PairRequest {
  readonly selection: Selection;
  /** Whether subjects that the grant command did not add are removed, too. */
  readonly allSubjects: boolean;
  /** The profile whose requests --wait sends to kubelets. */
  readonly profile: Profile;
}

interface Options extends PairOptions, Pick<Selection, 'allProfiles' | 'expired'> {
  readonly profile: string;
  readonly subject: string | undefined;
  readonly allSubjects: boolean;
}

/** A kubelet may cache an allowed request for that long. */
const defaultWaitMs = permissionTtlMs + 30_000;

export function parseRevokeOptions(options: Options): RevokeRequest {
  const { allProfiles, allSubjects, expired } = options;
  const pair = parsePairOptions(options, defaultWaitMs);
  const isNamed = options.subject !== undefined;
  const selection = {
    profile: options.profile === '' ? undefined : parseProfileName(options.profile),
    // A user who names a subject means all that grant gave to it.
    allProfiles: allProfiles || (isNamed && options.profile === ''),
    subject: options.subject === undefined ? undefined : parseSubjectOption(options.subject),
    expired,
    nodes: [...new Set(pair.nodes)].sort(),
    names: pair.names,
  };
  checkSelection(selection, allSubjects);
  const profile = profileOf(selection.profile ?? 'apiserver', selection.nodes);
  const request = { ...pair, selection, allSubjects, profile };
  checkOneSubject(request, allProfiles);
  checkWaitable(pair, profile);
  return request;
}

/** Denies choices of grants that contradict each other. */
function checkSelection(
  { profile, allProfiles, subject, expired }: Selection,
  allSubjects: boolean,
): void {
  if (expired && (subject || allSubjects))
    throw new UsageFailure('--expired cannot be used with --subject or --all-subjects');
  if (allProfiles && profile !== undefined)
    throw new UsageFailure('--all-profiles and --profile are mutually exclusive');
}

/** Only the grants of one subject can be waited for. */
function checkOneSubject({ selection, profile, wait }: RevokeRequest, allProfiles: boolean): void {
  const { expired, subject } = selection;
  const isKubeletClient = !subject && profile.runsCommands;
  if (wait && (allProfiles || expired || !(subject || isKubeletClient)))
    throw new UsageFailure(
      '--wait cannot be used where several subjects may lose access; use --subject without --all-profiles and --expired',
    );
}
