import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../objects.ts';

/** The lists of a cluster. Those of ClusterRoles and ClusterRoleBindings are whole; without Roles, none is judged. */
export interface RbacObjects {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles?: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/** A namespaced role, as far as it matters here. */
export type Role = Pick<ClusterRole, 'metadata' | 'rules'>;

export function nameOf(object: { metadata?: { name?: string } }): string {
  return object.metadata?.name ?? '';
}

/** The ClusterRole that a binding refers to, if it is there. */
export function boundRole(
  { roleRef }: ClusterRoleBinding | RoleBinding,
  { clusterRoles }: RbacObjects,
): ClusterRole | undefined {
  if (roleRef.kind === 'Role') return undefined;
  return clusterRoles.find((role) => nameOf(role) === roleRef.name);
}
