import type { ClusterRole, PolicyRule } from '../../objects.ts';
import {
  closeMismatches,
  farMismatches,
  findRuleMismatch,
  type RuleMismatch,
  type Wanted,
} from './rule-mismatch.ts';

/** What keeps a role from allowing a permission that it nearly allows. */
export interface RoleMismatch {
  readonly kind: RuleMismatch['kind'] | 'aggregation';
  readonly text: string;
  /** The closest one, if there is one. */
  readonly rule?: PolicyRule;
}

const order: readonly RuleMismatch['kind'][] = [...closeMismatches, ...farMismatches];

export function findRoleMismatch(role: ClusterRole, wanted: Wanted): RoleMismatch | undefined {
  const rules = role.rules ?? [];
  if (role.aggregationRule && rules.length === 0) return emptyAggregation(role);
  const [closest] = rules
    .flatMap((rule) => {
      const mismatch = findRuleMismatch(rule, wanted);
      return mismatch ? [{ ...mismatch, rule }] : [];
    })
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return closest;
}

function emptyAggregation({ aggregationRule }: ClusterRole): RoleMismatch {
  const selectors = (aggregationRule?.clusterRoleSelectors ?? []).map((selector) =>
    [
      ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
      ...(selector.matchExpressions ?? []).map(({ key, operator, values }) =>
        [key, operator, ...(values?.length ? [`(${values.join(',')})`] : [])].join(' '),
      ),
    ].join(','),
  );
  return {
    kind: 'aggregation',
    text: `it aggregates ClusterRoles with labels ${selectors.join(' or ')}, and none of them has a rule`,
  };
}
