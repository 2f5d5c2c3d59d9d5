import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { aggregatorsOf } from '../../rbac/aggregation.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { canonicalSubject, subjectKey } from '../../rbac/subject.ts';

/** A subject that has a role, and by which bindings. */
export interface Holder {
  readonly subject: RbacSubject;
  readonly bindings: readonly string[];
}

/** Everyone who has a role on nodes: by a ClusterRoleBinding, also of a role that takes over its rules. */
export function holdersOf(
  role: ClusterRole,
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
): readonly Holder[] {
  const names = new Set([role, ...aggregatorsOf(role, roles)].map(nameOf));
  const found = new Map<string, { subject: RbacSubject; bindings: string[] }>();
  for (const binding of bindings) {
    if (binding.roleRef.kind !== 'ClusterRole' || !names.has(binding.roleRef.name)) continue;
    for (const subject of (binding.subjects ?? []).map(canonicalSubject)) {
      const key = subjectKey(subject);
      const holder = found.get(key) ?? { subject, bindings: [] };
      holder.bindings.push(nameOf(binding));
      found.set(key, holder);
    }
  }
  return [...found.values()];
}

/** The roles from which an aggregated role has its rules. */
export function sourcesOf(
  role: ClusterRole,
  roles: readonly ClusterRole[],
): readonly ClusterRole[] {
  return roles.filter(
    (each) => each !== role && !each.aggregationRule && aggregatorsOf(each, roles).includes(role),
  );
}
