import { foundIn, isFound, type Known } from '../../known.ts';
import type { AnyBinding, ClusterRole, ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import { bindingTitle, type FoundWithBindings, otherReferrers } from '../../rbac/change.ts';
import type { FoundPair, PairNames } from '../../rbac/pair.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import type { ApiServer } from './api-server.ts';
import { isForbidden, knownUnlessDenied, orUndefined } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { collections, findPair, findRole } from './pair-objects.ts';
import { orMissingPermission } from './write-denial.ts';

export async function listClusterRbac(apiServer: ApiServer) {
  const [roles, bindings] = await allInOrder([
    listClusterRoles(apiServer),
    listClusterRoleBindings(apiServer),
  ]);
  return { roles, bindings };
}

/** Throws a Failure with the missing permission if the caller may not list the objects. */
export function readClusterRbac(apiServer: ApiServer): ReturnType<typeof listClusterRbac> {
  return orMissingPermission(listClusterRbac(apiServer));
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

/** Like Promise.all, but if several promises reject, throws the error of the first one in the array, not of the first one to reject. */
async function allInOrder<const T extends readonly Promise<unknown>[]>(promises: T) {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/**
 * Like listRbac, but works if the caller may not list ClusterRoles: then reads by name the roles of the bindings that `isWanted` selects.
 * Roles that cannot be read are left out.
 */
export async function listRbacOrNamed(
  apiServer: ApiServer,
  isWanted: (binding: ClusterRoleBinding) => boolean,
): Promise<RbacObjects & { readonly whole: boolean }> {
  try {
    return { ...(await listRbac(apiServer)), whole: true };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    // Throws again if the denied list was a list of bindings.
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
    return { ...found, bindings, roles };
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

/** A denied list is not an error: if the role does not exist yet, a user who may create it needs no other permission. */
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

/** Returns a map from the name of each ClusterRole to the title of a binding that refers to it. */
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
