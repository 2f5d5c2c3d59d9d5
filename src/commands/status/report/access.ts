import { denialTtl, permissionTtl } from '../../../kubelet/authorization-cache.ts';
import { formatSubject } from '../../../rbac/subject.ts';
import type { Facts, RightFacts } from '../facts.ts';

/** One right of one identity: what RBAC and what a kubelet says, and which of them to believe. */
export interface AccessReport {
  readonly right: string;
  /** `user:Kubernetes`. */
  readonly identity: string;
  readonly whose: 'kube-apiserver' | 'subject' | 'caller';
  readonly review: 'allowed' | 'denied' | 'not known';
  readonly answer: 'allowed' | 'refused' | 'not asked';
  readonly verdict: 'allowed' | 'denied' | 'not known';
  /** Why that is to be believed; empty where review and answer agree, or only one of them spoke. */
  readonly why: string;
}

/** Of the one whom the pair is for, and of the caller if that is somebody else. */
export function accessOf(facts: Facts): readonly AccessReport[] {
  const { client, caller, wanted, clientRights, callerRights } = facts;
  const { subject } = wanted;
  const name = 'userName' in client ? client.userName : undefined;
  const identity = subject ? formatSubject(subject) : '';
  const isClient = name !== undefined && identity === `user:${name}`;
  const isCaller = identity === `user:${caller.user}`;
  const mode = facts.nodes.find((node) => node.authorizationMode)?.authorizationMode;
  const tell = (rights: readonly RightFacts[], whose: AccessReport['whose'], identity: string) =>
    rights.map((right) => ({
      right: `${right.verb} nodes/${right.subresource}`,
      identity,
      whose,
      ...believed(right, mode, whose === 'caller' ? [] : facts.groups),
    }));
  return [
    ...tell(clientRights, isClient ? 'kube-apiserver' : 'subject', identity),
    ...(isCaller || caller.user === '' ? [] : tell(callerRights, 'caller', `user:${caller.user}`)),
  ];
}

type Verdict = Pick<AccessReport, 'review' | 'answer' | 'verdict' | 'why'>;

function believed(
  { review: reviewed, answer: given }: RightFacts,
  mode: string | undefined,
  groups: readonly string[],
): Verdict {
  const review = reviewed === undefined ? 'not known' : reviewed.allowed ? 'allowed' : 'denied';
  const answer = given ?? 'not asked';
  const told = (verdict: Verdict['verdict'], why = '') =>
    ({ review, answer, verdict, why }) as const;
  // A group of its certificate may give what RBAC does not give to the user alone.
  const byGroup = review === 'denied' && groups.length > 0;
  if (answer === 'not asked') return told(byGroup ? 'not known' : review);
  if (review === 'allowed' && answer === 'refused')
    return told('allowed', `the review: a kubelet keeps a refusal for up to ${denialTtl}`);
  if (byGroup && answer === 'allowed')
    return told('allowed', 'the kubelet: the certificate may hold a group that has the right');
  if (review === 'denied' && answer === 'allowed')
    return mode === 'AlwaysAllow'
      ? told('allowed', 'the kubelet: its authorization.mode is AlwaysAllow, and it asks nobody')
      : told(
          'denied',
          `the review: a kubelet keeps an allow for up to ${permissionTtl}, unless a group of the certificate gives the right`,
        );
  return told(answer === 'allowed' ? 'allowed' : 'denied');
}
