import { type Failure, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { listRbacOrNamed } from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { learnKubeletClient } from '../../kube/kubelet-client/learn-identity.ts';
import type { KubeletClient } from '../../kubelet/agree-on-client.ts';
import type { ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { grantRecordOf, hasRecord } from '../../rbac/grant-record.ts';
import { knownNames } from '../../rbac/pair.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { appliesTo, formatSubject, user } from '../../rbac/subject.ts';
import { isRecorded } from '../shared/pair/recorded-grants.ts';
import { readOrExplain } from '../shared/pair/server-dry-run.ts';
import type { GrantSelection } from './select-grants.ts';

export async function gatherGrants(
  apiServer: ApiServer,
): Promise<{ readonly objects: RbacObjects; readonly notes: readonly string[] }> {
  const isWanted = (binding: ClusterRoleBinding) =>
    isRecorded(binding) || nameOf(binding) === knownNames.binding;
  const { whole, ...objects } = await readOrExplain(
    apiServer,
    listRbacOrNamed(apiServer, isWanted),
    [],
  );
  const notes = whole
    ? []
    : ['note: cannot list clusterroles: roles that no binding refers to were not checked'];
  return { objects: { ...objects, isPartial: !whole }, notes };
}

export function findClient(apiServer: ApiServer): Promise<KubeletClient | Failure> {
  return orFailure(listNodes(apiServer).then((nodes) => learnKubeletClient(apiServer, nodes)));
}

/**
 * Returns the kubelet client if its usual binding exists and has no grant record. Someone may have created this binding by hand. Does not
 * throw if the client is unknown, because other grants can still be revoked.
 */
export async function gatherHandMadeClient(
  apiServer: ApiServer,
  { clusterRoleBindings }: RbacObjects,
  { subject, expired, allProfiles }: GrantSelection,
): Promise<RbacSubject | undefined> {
  if (subject || expired || allProfiles) return undefined;
  const binding = clusterRoleBindings.find((each) => nameOf(each) === knownNames.binding);
  const isOnRecord =
    binding && (isOurs(binding) ? hasRecord(binding) : grantRecordOf(binding).subjects.size > 0);
  if (!binding || isOnRecord) return undefined;
  const client = await findClient(apiServer);
  return 'known' in client && client.known ? user(client.userName) : undefined;
}

export async function gatherOwnAccess(
  apiServer: ApiServer,
  leaving: readonly RbacSubject[],
): Promise<readonly string[]> {
  if (leaving.length === 0) return [];
  const who = await whoAmI(apiServer);
  const own = leaving.find((subject) => appliesTo(subject, who));
  if (!own) return [];
  const subject = formatSubject(own);
  const you = own.kind === 'Group' ? `user:${who.user} in ${subject}` : subject;
  return [`warning: this removes your own access (you are ${you})`];
}
