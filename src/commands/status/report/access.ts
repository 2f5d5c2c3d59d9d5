import { foundIn } from '../../../known.ts';
import { denialTtl, permissionTtl } from '../../../kubelet/authorization-cache.ts';
import { formatSubject } from '../../../rbac/subject.ts';
import { summarize } from '../../../text/list.ts';
import type { Facts, PermissionFacts } from '../facts.ts';

export interface AccessReport {
  /** The permission, such as `get nodes/proxy`. */
  readonly permission: string;
  /** The identity, such as `user:Kubernetes`. */
  readonly identity: string;
  readonly holder: 'apiserver' | 'subject' | 'caller';
  /** The answer of the API server's authorizers. */
  readonly review: 'allowed' | 'denied' | 'unknown';
  /** The answer of one kubelet. */
  readonly answer: 'allowed' | 'denied' | 'not-asked';
  /** The conclusion from `review` and `answer`. */
  readonly result: 'allowed' | 'denied' | 'unknown';
  /** Why `review` and `answer` contradict each other, or on which nodes alone a denied permission is allowed; empty otherwise. */
  readonly reason: string;
}

/** Reports the permissions of the subject of the ClusterRoleBinding, and of the caller if the caller is another user. */
export function accessOf(facts: Facts): readonly AccessReport[] {
  const { client, caller, streamPermissions = [] } = facts;
  const { subject } = facts.wanted;
  const name = foundIn(client);
  const identity = subject ? formatSubject(subject) : '';
  const isClient = name !== undefined && identity === `user:${name}`;
  const isCaller = identity === `user:${caller.user}`;
  const mode = facts.nodes.find((node) => node.authorizationMode)?.authorizationMode;
  const accessFor = (
    permissions: readonly PermissionFacts[],
    holder: AccessReport['holder'],
    identity: string,
  ) =>
    permissions.map((permission) => ({
      permission: `${permission.verb} nodes/${permission.subresource}`,
      identity,
      holder,
      ...limited(
        resultOf(permission, mode, holder === 'caller' ? [] : facts.groups),
        holder === 'caller' ? [] : facts.limits,
      ),
    }));
  return [
    ...accessFor(facts.clientPermissions, isClient ? 'apiserver' : 'subject', identity),
    ...(isCaller || caller.user === ''
      ? []
      : accessFor(facts.callerPermissions, 'caller', `user:${caller.user}`)),
    ...streamPermissions.map(({ resource, review }) => ({
      permission: `create ${resource}`,
      identity: `user:${caller.user}`,
      holder: 'caller' as const,
      ...resultOf({ verb: 'create', subresource: '', review, answer: undefined }, undefined, []),
    })),
  ];
}

/** Says of a denied permission on which nodes the subject has it. */
function limited(result: Result, limits: Facts['limits']): Result {
  const nodes = [...new Set(limits.flatMap((each) => each.nodes))].sort();
  return result.result === 'denied' && result.reason === '' && nodes.length > 0
    ? { ...result, reason: `RBAC allows it on ${summarize(nodes, 3)} alone` }
    : result;
}

type Result = Pick<AccessReport, 'review' | 'answer' | 'result' | 'reason'>;

function resultOf(
  { review: known, answer: given }: PermissionFacts,
  mode: string | undefined,
  groups: readonly string[],
): Result {
  const reviewed = foundIn(known);
  const review = reviewed === undefined ? 'unknown' : reviewed.allowed ? 'allowed' : 'denied';
  const answer = given ?? 'not-asked';
  const of = (result: Result['result'], why = ''): Result => ({
    review,
    answer,
    result,
    reason: why,
  });
  // RBAC may deny the user, but allow a group in the user's certificate.
  const byGroup = review === 'denied' && groups.length > 0;
  if (answer === 'not-asked') return of(byGroup ? 'unknown' : review);
  if (review === 'allowed' && answer === 'denied')
    return of('allowed', `RBAC allows it now; kubelets cache denials for up to ${denialTtl}`);
  if (byGroup && answer === 'allowed')
    return of(
      'allowed',
      'the kubelet allows it; a group in the client certificate may have the permission',
    );
  if (review === 'denied' && answer === 'allowed')
    return mode === 'AlwaysAllow'
      ? of('allowed', 'the kubelet allows it; its authorization.mode is AlwaysAllow')
      : of(
          'denied',
          `RBAC denies it now; kubelets cache permissions for up to ${permissionTtl}, unless a group in the client certificate has the permission`,
        );
  return of(answer === 'allowed' ? 'allowed' : 'denied');
}
