import type { PolicyRule } from '../../../objects.ts';
import { covers } from '../../../rbac/rules.ts';
import type { NodeRight } from '../facts.ts';

/** What logs, exec and metrics take first, then what kubelets since 1.33 check apart. */
const candidates: readonly NodeRight[] = [
  { verb: 'get', subresource: 'proxy' },
  // By SPDY, exec and attach are a POST.
  { verb: 'create', subresource: 'proxy' },
  ...['stats', 'metrics', 'log', 'healthz', 'pods', 'configz'].map(
    (subresource) => ({ verb: 'get', subresource }) as const,
  ),
  { verb: 'create', subresource: 'checkpoint' },
];

/** The rights on kubelets that matter, of those that rules give. Which nodes they hold for is not looked at. */
export function rightsOf(rules: readonly PolicyRule[]): readonly NodeRight[] {
  const anyNode = rules.map(({ resourceNames: _, ...rule }) => rule);
  return candidates.filter((right) => covers(anyNode, [ruleOf(right)]));
}

export function ruleOf({ verb, subresource }: NodeRight): PolicyRule {
  return { apiGroups: [''], resources: [`nodes/${subresource}`], verbs: [verb] };
}
