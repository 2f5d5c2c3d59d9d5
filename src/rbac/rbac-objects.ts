import type { AnyBinding, ClusterRole, ClusterRoleBinding, RoleBinding } from '../objects.ts';

/** The RBAC objects of a cluster. If `roles` is absent, Roles are ignored. */
export interface RbacObjects {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles?: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
  /** Whether only some ClusterRoles could be read. */
  readonly isPartial?: boolean;
}

type Role = Pick<ClusterRole, 'metadata' | 'rules'>;

export function nameOf(object: { readonly metadata: { readonly name: string } }): string {
  return object.metadata.name;
}

/** Returns the object with changed annotations. If a value is undefined, the annotation is removed. */
export function annotate<T extends ClusterRole | ClusterRoleBinding>(
  object: T,
  changed: Readonly<Record<string, string | undefined>>,
): T {
  const { annotations: own = {}, ...metadata } = object.metadata;
  const kept = Object.entries(own).filter(([key]) => !Object.hasOwn(changed, key));
  const all = [...kept, ...Object.entries(changed)].filter(([, value]) => value !== undefined);
  const annotated = all.length > 0 ? { annotations: Object.fromEntries(all) } : {};
  return { ...object, metadata: { ...metadata, ...annotated } };
}

export function boundRole(
  { roleRef }: AnyBinding,
  { clusterRoles }: RbacObjects,
): ClusterRole | undefined {
  if (roleRef.kind === 'Role') return undefined;
  return clusterRoles.find((role) => nameOf(role) === roleRef.name);
}
