import type { ClusterRole, PolicyRule } from '../../objects.ts';
import { closeFaults, farFaults, type RuleFault, ruleFault, type Wanted } from './rule-mismatch.ts';

/** What keeps a role from giving a right that it comes close to. */
export interface RoleFault {
  readonly kind: RuleFault['kind'] | 'aggregation';
  readonly text: string;
  /** The one that comes closest, if any does. */
  readonly rule?: PolicyRule;
}

const order: readonly RuleFault['kind'][] = [...closeFaults, ...farFaults];

export function roleFault(role: ClusterRole, wanted: Wanted): RoleFault | undefined {
  const rules = role.rules ?? [];
  if (role.aggregationRule && rules.length === 0) return emptyAggregation(role);
  const [closest] = rules
    .flatMap((rule) => {
      const fault = ruleFault(rule, wanted);
      return fault ? [{ ...fault, rule }] : [];
    })
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return closest;
}

function emptyAggregation({ aggregationRule }: ClusterRole): RoleFault {
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
    text: `it is put together from the ClusterRoles with labels ${selectors.join(' or ')}, and holds no rule: there are none, or they hold none`,
  };
}
