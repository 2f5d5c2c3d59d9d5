import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import type { ApiServer } from './api-server.ts';
import { orUndefined } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { collections } from './pair-objects.ts';
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
    listRoleBindings(apiServer),
  ]);
  return { clusterRoles: roles, clusterRoleBindings: bindings, roleBindings: items };
}

/** Returns the RoleBindings that can be read, for hints: no result depends on those left out. */
export async function findRoleBindings(apiServer: ApiServer): Promise<readonly RoleBinding[]> {
  const found = await orUndefined(apiServer.listReadable(roleBindings, kinds.RoleBinding));
  return found?.items ?? [];
}

/** The command notes the objects of `unread` when it ends. */
export function listRoleBindings(apiServer: ApiServer) {
  return apiServer.listNoted(roleBindings, kinds.RoleBinding);
}

/** The command notes the objects of `unread` when it ends. */
export async function listNamespacedRbac(apiServer: ApiServer) {
  const [roles, bindings] = await allInOrder([
    apiServer.listNoted('/apis/rbac.authorization.k8s.io/v1/roles', kinds.Role),
    listRoleBindings(apiServer),
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

/** Lists RoleBindings without their subjects, so that no RoleBinding is too large to be kept. Throws if one cannot be read. */
export function listRoleReferences(apiServer: ApiServer): Promise<readonly RoleBinding[]> {
  return apiServer.list(roleBindings, kinds.RoleReference);
}

/** Throws if one of them cannot be read. */
export function listClusterRoles(apiServer: ApiServer): Promise<readonly ClusterRole[]> {
  return apiServer.list(collections.ClusterRole, kinds.ClusterRole);
}

/** Throws if one of them cannot be read. */
export function listClusterRoleBindings(
  apiServer: ApiServer,
): Promise<readonly ClusterRoleBinding[]> {
  return apiServer.list(collections.ClusterRoleBinding, kinds.ClusterRoleBinding);
}
