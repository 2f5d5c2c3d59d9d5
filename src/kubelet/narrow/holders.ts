import type { ClusterRole, ClusterRoleBinding, PolicyRule, RbacSubject } from '../../objects.ts';
import { aggregatorsOf } from '../../rbac/aggregation.ts';
import { knownNames } from '../../rbac/names.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { canonicalSubject, hasSubject, subjectKey } from '../../rbac/subject.ts';

export interface RoleHolder {
  readonly subject: RbacSubject;
  readonly bindings: readonly string[];
  /** The aggregating roles through which the subject has the rules. Empty if the subject is also bound to the aggregated role. */
  readonly through: readonly string[];
}

/** Returns the subjects of all ClusterRoleBindings to a role, or to a role that aggregates it. */
export function roleHoldersOf(
  role: ClusterRole,
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
): readonly RoleHolder[] {
  const names = new Set([role, ...aggregatorsOf(role, roles)].map(nameOf));
  const found = new Map<string, { subject: RbacSubject; bindings: string[]; by: Set<string> }>();
  for (const binding of bindings) {
    if (binding.roleRef.kind !== 'ClusterRole' || !names.has(binding.roleRef.name)) continue;
    for (const subject of (binding.subjects ?? []).map(canonicalSubject)) {
      const key = subjectKey(subject);
      const holder = found.get(key) ?? { subject, bindings: [], by: new Set() };
      holder.bindings.push(nameOf(binding));
      holder.by.add(binding.roleRef.name);
      found.set(key, holder);
    }
  }
  return [...found.values()].map(({ subject, bindings: own, by }) => ({
    ...{ subject, bindings: own },
    through: by.has(nameOf(role)) ? [] : [...by],
  }));
}

/** Returns all rules of the ClusterRoles to which ClusterRoleBindings bind the subject by name. */
export function rulesOf(
  subject: RbacSubject,
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
): readonly PolicyRule[] {
  const names = new Set(
    bindings
      .filter(({ roleRef }) => roleRef.kind === 'ClusterRole')
      .filter(({ subjects }) => hasSubject(subjects ?? [], subject))
      .map(({ roleRef }) => roleRef.name),
  );
  return roles
    .filter((role) => names.has(nameOf(role)))
    .flatMap((role) => [role, ...aggregatedFrom(role, roles)])
    .flatMap(({ rules = [] }) => rules);
}

export function aggregatedFrom(
  role: ClusterRole,
  roles: readonly ClusterRole[],
): readonly ClusterRole[] {
  return roles.filter(
    (each) => each !== role && !each.aggregationRule && aggregatorsOf(each, roles).includes(role),
  );
}

/** Whether a role is for kube-apiserver. kubectl exec and logs need all permissions of such a role. */
export function isOfApiServer(role: ClusterRole): boolean {
  return [knownNames.role, 'system:kubelet-api-admin'].includes(nameOf(role));
}
