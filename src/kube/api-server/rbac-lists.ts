import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import { bindingTitle } from '../../rbac/change.ts';
import type { RbacObjects } from '../../rbac/rbac-objects.ts';
import { type ApiServer, ApiServerFailure, orUndefined } from './api-server.ts';
import { findRole, listClusterRoleBindings } from './pair-objects.ts';

const api = '/apis/rbac.authorization.k8s.io/v1';

/** Every ClusterRole, and every binding that may refer to one. Of several refusals the first in this order is thrown. */
export async function listRbac(apiServer: ApiServer): Promise<RbacObjects> {
  const lists = [
    listClusterRoles(apiServer),
    listClusterRoleBindings(apiServer),
    listRoleBindings(apiServer),
  ] as const;
  await Promise.allSettled(lists);
  const [clusterRoles, clusterRoleBindings, roleBindings] = await Promise.all(lists);
  return { clusterRoles, clusterRoleBindings, roleBindings };
}

/**
 * The same for who may not list ClusterRoles: those alone that the bindings give which `isWanted` means. Undefined roles are
 * left out, and so are those that may not be read either.
 */
export async function listRbacOrNamed(
  apiServer: ApiServer,
  isWanted: (binding: ClusterRoleBinding) => boolean,
): Promise<RbacObjects & { readonly whole: boolean }> {
  try {
    return { ...(await listRbac(apiServer)), whole: true };
  } catch (error) {
    if (!(error instanceof ApiServerFailure) || error.status !== 403) throw error;
    // If it is bindings that may not be listed, this says so again.
    const [clusterRoleBindings, roleBindings] = await Promise.all([
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

/** By ClusterRole, the title of a binding that refers to it. */
export async function listReferrers(apiServer: ApiServer): Promise<ReadonlyMap<string, string>> {
  const [cluster, namespaced] = await Promise.all([
    listClusterRoleBindings(apiServer),
    listRoleBindings(apiServer),
  ]);
  return new Map(
    [...cluster, ...namespaced]
      .filter(({ roleRef }) => roleRef.kind === 'ClusterRole')
      .map((binding) => [binding.roleRef.name, bindingTitle(binding)]),
  );
}

export function listClusterRoles(apiServer: ApiServer): Promise<readonly ClusterRole[]> {
  return apiServer.list<ClusterRole>(`${api}/clusterroles`);
}

function listRoleBindings(apiServer: ApiServer): Promise<readonly RoleBinding[]> {
  return apiServer.list<RoleBinding>(`${api}/rolebindings`);
}
