import type { ClusterRole, RoleBinding } from '../objects.ts';
import { bindingTitle } from '../rbac/change.ts';
import type { RbacObjects } from '../rbac/rbac-objects.ts';
import type { ApiServer } from './api-server.ts';
import { listClusterRoleBindings } from './pair.ts';

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
