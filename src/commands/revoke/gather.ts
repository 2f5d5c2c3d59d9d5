import { Failure, Interrupted, orFailure, reworded } from '../../errors.ts';
import { foundIn, isUnknown } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { listNodes } from '../../kube/api-server/nodes.ts';
import { collections } from '../../kube/api-server/pair-objects.ts';
import {
  listClusterRoleBindings,
  listClusterRoles,
  listRoleReferences,
} from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { readings } from '../../kube/readings.ts';
import type { RbacSubject } from '../../objects.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { ownSubjects } from '../../rbac/grant.ts';
import { isHandMade } from '../../rbac/known-pair.ts';
import { knownNames } from '../../rbac/names.ts';
import { type Profile, rulesToAsk } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { appliesTo, formatGiver, formatSubject, user } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarizeUnread } from '../../unread.ts';
import { findClient } from '../shared/pair/find-client.ts';
import { findGiver, permissionsToCheck } from '../shared/pair/find-existing-access.ts';
import { absentNodeLines, chooseNodes } from '../shared/pair/find-kubelets.ts';
import { refersTo } from '../shared/pair/holders.ts';
import type { FoundForRevoke, RevokeTerms, Selection } from './plan.ts';

/**
 * Reads all ClusterRoleBindings, ClusterRoles and RoleBindings. Only the first must be readable: what others may not read, or what any
 * namespace's administrator writes, does not keep a binding from being deleted.
 */
export async function gatherForRevoke(apiServer: ApiServer): Promise<FoundForRevoke> {
  const [{ items: bindings, unread }, ...lists] = await Promise.all([
    orMissingPermission(
      apiServer.listNoted(collections.ClusterRoleBinding, kinds.ClusterRoleBinding),
    ),
    readOrNote(() => listClusterRoles(apiServer)),
    readOrNote(() => listRoleReferences(apiServer)),
  ]);
  const unknown = unread.length > 0 ? summarizeUnread(unread) : lists.find(isUnknown)?.unknown;
  const [roles = [], roleBindings = []] = [foundIn(lists[0]), foundIn(lists[1])];
  return { bindings, roles, roleBindings, unknown };
}

/** Returns the kubelet client; undefined if kubelets deny kube-apiserver nothing. Throws if it cannot be determined. */
export async function findClientSubject(apiServer: ApiServer): Promise<RbacSubject | undefined> {
  const client = await orFailure(findClient(apiServer, await listNodes(apiServer)));
  // The hints are for grant.
  if (client instanceof Failure) throw reworded(client, { hints: [] });
  return client.known ? user(client.userName) : undefined;
}

/** Looks up the kubelet client where it decides what is revoked: with nodes alone, or if the pair may have been made by hand. */
export async function gatherTerms(
  apiServer: ApiServer,
  { bindings, roles }: FoundForRevoke,
  selection: Selection,
  force: boolean,
): Promise<RevokeTerms> {
  const { nodes, subject, profile, expired } = selection;
  const terms = { selection, force, client: undefined, isHandMade: false, now: Date.now() };
  if (expired || subject) return terms;
  const isByNodes = nodes.length > 0 && profile === undefined;
  const binding = bindings.find((each) => nameOf(each) === knownNames.binding);
  const mayBeHandMade = binding && ownSubjects(binding).length === 0;
  if (!isByNodes && !mayBeHandMade) return terms;
  const found = await orFailure(findClientSubject(apiServer));
  const client = found instanceof Failure ? undefined : found;
  if (isByNodes && client) return { ...terms, selection: { ...selection, subject: client } };
  if (isByNodes)
    throw new Failure('cannot tell which grants for these nodes are of kube-apiserver', {
      hints: ['name whose they are by --subject, or which by --profile'],
    });
  const role = roles.find((each) => nameOf(each) === knownNames.role);
  const isExact = client && binding && isHandMade(role, binding, client);
  return { ...terms, client, isHandMade: isExact ?? false };
}

/** Returns lines about names in --node that no node has. A grant can remain after its node was deleted. */
export async function gatherAbsentNodes(
  apiServer: ApiServer,
  { nodes: names, subject, profile }: Selection,
): Promise<readonly string[]> {
  const [name] = names;
  if (name === undefined) return [];
  const nodes = await orUndefined(apiServer.list('/api/v1/nodes', kinds.Node));
  const { absent } = chooseNodes(nodes ?? [], nodes ? names : []);
  const isAlone = absent.length > 0 && !subject && profile === undefined;
  const hint = command`hint: grants of a user: kubectl kubeletaccess revoke --subject ${`user:${name}`}`;
  return [...absentNodeLines(absent), ...(isAlone ? [hint] : [])];
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

/**
 * Plans to restore deleted roles to which a binding refers. Another client may create such a binding after the last list of bindings and
 * before the delete, and a delete cannot have a precondition on another object. grant checks that the role exists after it wrote the
 * binding, and this function checks the bindings after the delete. So at least one of them detects the conflict.
 */
export async function planRestores(
  apiServer: ApiServer,
  changes: readonly Change[],
): Promise<readonly Change[]> {
  const deleted = changes.filter(
    ({ kind, action }) => kind === 'ClusterRole' && action === 'delete',
  );
  if (deleted.length === 0) return [];
  const lists = [listClusterRoleBindings(apiServer), listRoleReferences(apiServer)] as const;
  const bindings = (await Promise.all(lists)).flat();
  return deleted.flatMap(({ kind, name, object }): readonly Change[] => {
    const referrer = bindings.find((each) => refersTo(each, name));
    if (!referrer || !object) return [];
    const differences = [`+ ClusterRole ${name}: ${bindingTitle(referrer)} refers to it since`];
    return [{ kind, name, object, action: 'create', differences }];
  });
}

/** Time in ms within which each API server applies a changed binding. */
const settlingMs = 2_000;

/** Throws if another binding still gives a subject access after a revoke, because kubelets would then never deny it. */
export async function checkNotAllowed(
  apiServer: ApiServer,
  subject: RbacSubject,
  profile: Profile,
  signal: AbortSignal,
): Promise<void> {
  const settling = AbortSignal.any([signal, AbortSignal.timeout(settlingMs)]);
  for (const { subresource, ...asked } of permissionsToCheck(rulesToAsk(profile))) {
    if (subresource === undefined) continue;
    // The requests that --wait sends to kubelets need the verb get.
    const find = () => findGiver(apiServer, subject, { ...asked, subresource, verb: 'get' });
    let giver: string | undefined;
    for await (giver of readings(find, { pauseMs: () => 200, signal: settling }))
      if (giver === undefined) break;
    if (signal.aborted) throw new Interrupted();
    if (giver !== undefined)
      throw new Failure(
        `kubelets will still allow this: ${formatSubject(subject)} can get nodes/${subresource} through ${formatGiver(giver)}`,
        { hints: ['kubectl kubeletaccess audit'] },
      );
  }
}
