import { foundIn, isFound, type Known } from '../../known.ts';
import type { AnyBinding, ClusterRole, ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import { bindingTitle, type FoundWithBindings, otherReferrers } from '../../rbac/change.ts';
import type { FoundPair, PairNames } from '../../rbac/pair.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import type { ApiServer } from './api-server.ts';
import { isForbidden, knownUnlessDenied, orUndefined } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { collections, findPair, findRole } from './pair-objects.ts';

export async function listClusterRbac(apiServer: ApiServer) {
  const [roles, bindings] = await allInOrder([
    listClusterRoles(apiServer),
    listClusterRoleBindings(apiServer),
  ]);
  return { roles, bindings };
}

export async function listRbac(apiServer: ApiServer): Promise<RbacObjects> {
  const [clusterRoles, clusterRoleBindings, roleBindings] = await allInOrder([
    listClusterRoles(apiServer),
    listClusterRoleBindings(apiServer),
    listRoleBindings(apiServer),
  ]);
  return { clusterRoles, clusterRoleBindings, roleBindings };
}

export async function listNamespacedRbac(apiServer: ApiServer) {
  const [roles, roleBindings] = await allInOrder([
    apiServer.list('/apis/rbac.authorization.k8s.io/v1/roles', kinds.Role),
    listRoleBindings(apiServer),
  ]);
  return { roles, roleBindings };
}

/** Like Promise.all, but if several promises reject, throws the error of the first in the array, not of the first to reject. */
async function allInOrder<const T extends readonly Promise<unknown>[]>(promises: T) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/**
 * Like listRbac, but if the caller may not list ClusterRoles, reads by name the roles of the bindings that `isWanted` selects, and leaves
 * out unreadable ones.
 */
export async function listRbacOrNamed(
  apiServer: ApiServer,
  isWanted: (binding: ClusterRoleBinding) => boolean,
): Promise<RbacObjects & { readonly whole: boolean }> {
  try {
    return { ...(await listRbac(apiServer)), whole: true };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    // These lists fail again if the caller may not list bindings.
    const [clusterRoleBindings, roleBindings] = await allInOrder([
      listClusterRoleBindings(apiServer),
      listRoleBindings(apiServer),
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

/** Finds the pair and, if `needed` returns true for it, every binding that may refer to its role. `read`: a pair read just before. */
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
    return { ...found, bindings, roles };
  }
  const [allowed, roles] = await allInOrder([
    listAllowedBindings(apiServer),
    knownRoles(apiServer),
  ]);
  const listed = { ...allowed, roles };
  if (otherReferrers(listed, names.role, found.binding).length === 0)
    return { ...found, ...listed };
  // Another client may have created role and binding while the bindings were listed.
  const current = await findPair(apiServer, names);
  return current.role ? findWithBindings(apiServer, names, needed) : { ...current, ...listed };
}

/** Lists the bindings that the caller may list. If the role does not exist yet, the permission to create a pair is enough. */
async function listAllowedBindings(
  apiServer: ApiServer,
): Promise<Pick<FoundWithBindings, 'bindings' | 'unlisted'>> {
  const lists: readonly Known<readonly AnyBinding[]>[] = await allInOrder([
    knownUnlessDenied(listClusterRoleBindings(apiServer)),
    knownUnlessDenied(listRoleBindings(apiServer)),
  ]);
  const [unlisted] = lists.flatMap((list) => (isFound(list) ? [] : list.unknown));
  return {
    bindings: lists.flatMap((list) => foundIn(list) ?? []),
    ...(unlisted !== undefined && { unlisted }),
  };
}

function knownRoles(apiServer: ApiServer): Promise<Known<readonly ClusterRole[]>> {
  return knownUnlessDenied(listClusterRoles(apiServer));
}

/** Returns, by name of a ClusterRole, the title of a binding that refers to it. */
export async function listReferrers(apiServer: ApiServer): Promise<ReadonlyMap<string, string>> {
  return new Map(
    (await listBindings(apiServer))
      .filter(({ roleRef }) => roleRef.kind === 'ClusterRole')
      .map((binding) => [binding.roleRef.name, bindingTitle(binding)]),
  );
}

async function listBindings(apiServer: ApiServer): Promise<readonly AnyBinding[]> {
  const [cluster, namespaced] = await allInOrder([
    listClusterRoleBindings(apiServer),
    listRoleBindings(apiServer),
  ]);
  return [...cluster, ...namespaced];
}

function listClusterRoles(apiServer: ApiServer): Promise<readonly ClusterRole[]> {
  return apiServer.list(collections.ClusterRole, kinds.ClusterRole);
}

export function listClusterRoleBindings(
  apiServer: ApiServer,
): Promise<readonly ClusterRoleBinding[]> {
  return apiServer.list(collections.ClusterRoleBinding, kinds.ClusterRoleBinding);
}

function listRoleBindings(apiServer: ApiServer): Promise<readonly RoleBinding[]> {
  return apiServer.list('/apis/rbac.authorization.k8s.io/v1/rolebindings', kinds.RoleBinding);
}
