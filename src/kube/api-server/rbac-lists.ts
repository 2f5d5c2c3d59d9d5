import { isFound, type Known } from '../../known.ts';
import type { AnyBinding, ClusterRole, ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import { bindingTitle, type FoundWithBindings, otherReferrers } from '../../rbac/change.ts';
import type { FoundPair, PairNames } from '../../rbac/pair.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import { summarizeUnread } from '../../unread.ts';
import type { ApiServer } from './api-server.ts';
import { isForbidden, knownUnlessDenied, orUndefined } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { collections, findPair, findRole } from './pair-objects.ts';
import { orMissingPermission } from './write-denial.ts';

const roleBindings = '/apis/rbac.authorization.k8s.io/v1/rolebindings';

/** The command notes the objects of `unread` when it ends. */
export async function listClusterRbac(apiServer: ApiServer) {
  const [roles, bindings] = await allInOrder([
    apiServer.listNoted(collections.ClusterRole, kinds.ClusterRole),
    apiServer.listNoted(collections.ClusterRoleBinding, kinds.ClusterRoleBinding),
  ]);
  return {
    roles: roles.items,
    bindings: bindings.items,
    unread: [...roles.unread, ...bindings.unread],
  };
}

/** Throws a Failure with the missing permission if the caller may not list the objects. */
export function readClusterRbac(apiServer: ApiServer): ReturnType<typeof listClusterRbac> {
  return orMissingPermission(listClusterRbac(apiServer));
}

/** The command notes objects that cannot be read when it ends. */
export async function listRbac(apiServer: ApiServer): Promise<RbacObjects> {
  const [{ roles, bindings }, { items }] = await allInOrder([
    listClusterRbac(apiServer),
    apiServer.listNoted(roleBindings, kinds.RoleBinding),
  ]);
  return { clusterRoles: roles, clusterRoleBindings: bindings, roleBindings: items };
}

/** The command notes the objects of `unread` when it ends. */
export async function listNamespacedRbac(apiServer: ApiServer) {
  const [roles, bindings] = await allInOrder([
    apiServer.listNoted('/apis/rbac.authorization.k8s.io/v1/roles', kinds.Role),
    apiServer.listNoted(roleBindings, kinds.RoleBinding),
  ]);
  return {
    roles: roles.items,
    roleBindings: bindings.items,
    unread: [...roles.unread, ...bindings.unread],
  };
}

/** Like Promise.all, but if several promises reject, throws the error of the first one in the array, not of the first one to reject. */
async function allInOrder<const T extends readonly Promise<unknown>[]>(promises: T) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/**
 * Lists what `revoke` needs, without the subjects of RoleBindings: anyone who administers a namespace can write more of them than the
 * program keeps. If the caller may not list ClusterRoles, reads by name the roles of the bindings that `isWanted` selects, and leaves out
 * those that cannot be read. Throws if another object cannot be read, because `revoke` decides by absence.
 */
export async function listRbacOrNamed(
  apiServer: ApiServer,
  isWanted: (binding: ClusterRoleBinding) => boolean,
): Promise<RbacObjects & { readonly whole: boolean }> {
  try {
    const [clusterRoles, clusterRoleBindings, roleBindings] = await allInOrder([
      listClusterRoles(apiServer),
      listClusterRoleBindings(apiServer),
      listRoleReferences(apiServer),
    ]);
    return { clusterRoles, clusterRoleBindings, roleBindings, whole: true };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    // Throws again if the denied list was a list of bindings.
    const [clusterRoleBindings, roleBindings] = await allInOrder([
      listClusterRoleBindings(apiServer),
      listRoleReferences(apiServer),
    ]);
    const names = clusterRoleBindings.filter(isWanted).map(({ roleRef }) => roleRef.name);
    const found = await Promise.all(
      [...new Set(names)].map((name) => orUndefined(findRole(apiServer, name))),
    );
    const clusterRoles = found.flatMap((role) => role ?? []);
    if (clusterRoles.length === 0) throw error;
    return { clusterRoles, clusterRoleBindings, roleBindings, whole: false };
  }
}

/**
 * Finds a ClusterRole and ClusterRoleBinding. If `needed` returns true for them, also finds every binding that may refer to the role.
 *
 * @param read the role and binding if they were read before; they are not read again
 */
export async function findWithBindings(
  apiServer: ApiServer,
  names: PairNames,
  needed: (found: FoundPair) => boolean,
  read?: FoundPair,
): Promise<FoundWithBindings> {
  const found = read ?? (await findPair(apiServer, names));
  if (!needed(found)) return { ...found, bindings: [] };
  if (found.role) {
    const [bindings, roles] = await allInOrder([listBindings(apiServer), knownRoles(apiServer)]);
    return { ...found, ...bindings, roles };
  }
  const [allowed, roles] = await allInOrder([
    listAllowedBindings(apiServer),
    knownRoles(apiServer),
  ]);
  const listed = { ...allowed, roles };
  if (otherReferrers(listed, names.role, found.binding).length === 0)
    return { ...found, ...listed };
  // Another client may have created the role and binding while the bindings were listed.
  const current = await findPair(apiServer, names);
  return current.role ? findWithBindings(apiServer, names, needed) : { ...current, ...listed };
}

type ListedBindings = Pick<FoundWithBindings, 'bindings' | 'unlisted'>;

async function listBindings(apiServer: ApiServer): Promise<ListedBindings> {
  return joined(await allInOrder([listClusterBindings(apiServer), listRoleBindings(apiServer)]));
}

/** A denied list is not an error: if the role does not exist yet, a user who may create it needs no other permission. */
async function listAllowedBindings(apiServer: ApiServer): Promise<ListedBindings> {
  const lists: readonly Known<ListedBindings>[] = await allInOrder([
    knownUnlessDenied(listClusterBindings(apiServer)),
    knownUnlessDenied(listRoleBindings(apiServer)),
  ]);
  return joined(
    lists.map((list) => (isFound(list) ? list.found : { bindings: [], unlisted: list.unknown })),
  );
}

function joined(lists: readonly ListedBindings[]): ListedBindings {
  const [unlisted] = lists.flatMap((list) => list.unlisted ?? []);
  const bindings = lists.flatMap((list) => list.bindings);
  return { bindings, ...(unlisted !== undefined && { unlisted }) };
}

async function listClusterBindings(apiServer: ApiServer): Promise<ListedBindings> {
  return { bindings: await listClusterRoleBindings(apiServer) };
}

/** RoleBindings that cannot be read are reported, and stop nothing: they grant nothing on nodes, which are in no namespace. */
async function listRoleBindings(apiServer: ApiServer): Promise<ListedBindings> {
  const { items, unread } = await apiServer.listReadable(roleBindings, kinds.RoleBinding);
  const unlisted = `cannot read RoleBindings: ${summarizeUnread(unread)}`;
  return { bindings: items, ...(unread.length > 0 && { unlisted }) };
}

function knownRoles(apiServer: ApiServer): Promise<Known<readonly ClusterRole[]>> {
  return knownUnlessDenied(listClusterRoles(apiServer));
}

/** Returns a map from the name of each ClusterRole to the title of a binding that refers to it. Throws if a binding cannot be read. */
export async function listReferrers(apiServer: ApiServer): Promise<ReadonlyMap<string, string>> {
  const lists: readonly (readonly AnyBinding[])[] = await allInOrder([
    listClusterRoleBindings(apiServer),
    listRoleReferences(apiServer),
  ]);
  return new Map(
    lists
      .flat()
      .filter(({ roleRef }) => roleRef.kind === 'ClusterRole')
      .map((binding) => [binding.roleRef.name, bindingTitle(binding)]),
  );
}

/** Lists RoleBindings without their subjects, so that no RoleBinding is too large to be kept. */
function listRoleReferences(apiServer: ApiServer): Promise<readonly RoleBinding[]> {
  return apiServer.list(roleBindings, kinds.RoleReference);
}

function listClusterRoles(apiServer: ApiServer): Promise<readonly ClusterRole[]> {
  return apiServer.list(collections.ClusterRole, kinds.ClusterRole);
}

export function listClusterRoleBindings(
  apiServer: ApiServer,
): Promise<readonly ClusterRoleBinding[]> {
  return apiServer.list(collections.ClusterRoleBinding, kinds.ClusterRoleBinding);
}
