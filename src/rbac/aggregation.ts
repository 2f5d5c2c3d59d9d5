import type { ClusterRole } from '../objects.ts';

type Selector = NonNullable<
  NonNullable<ClusterRole['aggregationRule']>['clusterRoleSelectors']
>[number];
type Labels = Readonly<Record<string, string>>;

/**
 * Returns the ClusterRoles that aggregate the rules of a role, directly or through another role. Their subjects also have the
 * permissions of the role. Selects them like clusterroleaggregation_controller.go of kube-controller-manager.
 */
export function aggregatorsOf(
  role: Pick<ClusterRole, 'metadata'>,
  roles: readonly ClusterRole[],
): readonly ClusterRole[] {
  const found = new Set<ClusterRole>();
  const next: Pick<ClusterRole, 'metadata'>[] = [role];
  for (let part = next.pop(); part; part = next.pop())
    for (const other of roles) {
      const isSame = other.metadata.name === role.metadata.name;
      if (isSame || found.has(other) || !aggregates(other, part)) continue;
      found.add(other);
      next.push(other);
    }
  return roles.filter((each) => found.has(each));
}

export function hasAggregationLabel(role: Pick<ClusterRole, 'metadata'>): boolean {
  return aggregationLabels(role).length > 0;
}

/** Returns the labels of a role by which other ClusterRoles, such as `view`, aggregate it. */
export function aggregationLabels({ metadata }: Pick<ClusterRole, 'metadata'>): readonly string[] {
  return Object.keys(metadata.labels ?? {}).filter((label) => label.includes('/aggregate-to-'));
}

function aggregates(role: ClusterRole, { metadata }: Pick<ClusterRole, 'metadata'>): boolean {
  const { clusterRoleSelectors } = role.aggregationRule ?? {};
  return (clusterRoleSelectors ?? []).some((selector) => selects(selector, metadata.labels ?? {}));
}

/** Whether a selector selects a role with these labels. An empty selector selects every role. */
function selects({ matchLabels, matchExpressions }: Selector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels ?? {}).every(([key, value]) => labels[key] === value) &&
    (matchExpressions ?? []).every(({ key, operator, values }) =>
      matches(Object.hasOwn(labels, key) ? labels[key] : undefined, operator, values ?? []),
    )
  );
}

function matches(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      // Returns true for an unknown operator, because it may select the role.
      return true;
  }
}
