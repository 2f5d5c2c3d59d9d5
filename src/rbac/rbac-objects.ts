import type { ClusterRole, ClusterRoleBinding, RoleBinding } from '../objects.ts';

/** The RBAC objects of a cluster: all ClusterRoles and ClusterRoleBindings; without `roles`, Roles are not considered. */
export interface RbacObjects {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles?: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
  /** Whether only some ClusterRoles could be read. */
  readonly isPartial?: boolean;
}

/** What is needed of a namespaced role. */
type Role = Pick<ClusterRole, 'metadata' | 'rules'>;

export function nameOf(object: { metadata?: { name?: string } }): string {
  return object.metadata?.name ?? '';
}

/** The ClusterRole that a binding refers to, if it exists. */
export function boundRole(
  { roleRef }: ClusterRoleBinding | RoleBinding,
  { clusterRoles }: RbacObjects,
): ClusterRole | undefined {
  if (roleRef.kind === 'Role') return undefined;
  return clusterRoles.find((role) => nameOf(role) === roleRef.name);
}
