import { type Failure, orFailure } from '../../errors.ts';
import { isFound } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { knownUnlessDenied, orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { collections, findRole } from '../../kube/api-server/pair-objects.ts';
import { listClusterRoles, listRoleReferences } from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { learnKubeletClient } from '../../kube/kubelet-client/learn-identity.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { KubeletClient } from '../../kubelet/agree-on-client.ts';
import type { RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { ownSubjects } from '../../rbac/grant.ts';
import { isKnownBinding, knownNames } from '../../rbac/names.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { appliesTo, formatSubject, user } from '../../rbac/subject.ts';
import { summarizeUnread } from '../../unread.ts';
import type { FoundForRevoke, Selection } from './plan.ts';

/**
 * Reads all ClusterRoleBindings, ClusterRoles and RoleBindings. Only the first must be readable: what any namespace's administrator writes
 * does not keep a binding from being deleted. Without the list of ClusterRoles, reads the roles of grants by name.
 */
export async function gatherForRevoke(apiServer: ApiServer): Promise<FoundForRevoke> {
  const [{ items: bindings, unread }, listed, references] = await Promise.all([
    orMissingPermission(
      apiServer.listNoted(collections.ClusterRoleBinding, kinds.ClusterRoleBinding),
    ),
    knownUnlessDenied(listClusterRoles(apiServer)),
    readOrNote(() => listRoleReferences(apiServer), 'list rolebindings'),
  ]);
  const roleBindings = unread.length > 0 ? { unknown: summarizeUnread(unread) } : references;
  if (isFound(listed)) return { bindings, roles: listed.found, isPartial: false, roleBindings };
  const own = bindings.filter((each) => isOurs(each) || isKnownBinding(nameOf(each)));
  const names = [...new Set(own.map(({ roleRef }) => roleRef.name))];
  const found = await Promise.all(names.map((name) => orUndefined(findRole(apiServer, name))));
  return { bindings, roles: found.flatMap((role) => role ?? []), isPartial: true, roleBindings };
}

export function findClient(apiServer: ApiServer): Promise<KubeletClient | Failure> {
  return orFailure(listNodes(apiServer).then((nodes) => learnKubeletClient(apiServer, nodes)));
}

/**
 * Returns the kubelet client if kube-apiserver's binding exists and `grant` added nobody to it: somebody may have made it by hand. Does not
 * throw if the client is unknown, because other grants can still be revoked.
 */
export async function gatherHandMadeClient(
  apiServer: ApiServer,
  { bindings }: FoundForRevoke,
  { subject, expired }: Selection,
): Promise<RbacSubject | undefined> {
  const binding = bindings.find((each) => nameOf(each) === knownNames.binding);
  if (expired || subject || !binding || ownSubjects(binding).length > 0) return undefined;
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
  return [`warning: this would remove your own access (you are ${you})`];
}
