import type { PolicyRule } from '../../objects.ts';
import { listed } from '../../rbac/permission.ts';

export interface ResourceVerb {
  readonly resource: string;
  readonly verb: string;
}

/**
 * Returns the rule, and rules for the grants. Resources with equal verbs share a rule. Leaves out a rule without resources and
 * URLs.
 */
export function withGrants(
  rule: PolicyRule,
  grants: readonly ResourceVerb[],
): readonly PolicyRule[] {
  const verbsOf = new Map<string, readonly string[]>();
  for (const { resource, verb } of grants)
    verbsOf.set(resource, [...new Set([...(verbsOf.get(resource) ?? []), verb])]);
  const groups = [...Map.groupBy(verbsOf.keys(), (resource) => key(verbsOf.get(resource) ?? []))];
  const own = listed(rule.resources);
  const isCore = own.length > 0 && key(listed(rule.apiGroups)) === key(['']);
  const joined = isCore ? groups.find(([verbs]) => verbs === key(rule.verbs))?.[1] : undefined;
  const added = groups
    .filter(([, resources]) => resources !== joined)
    .map(([, resources]) => partOf(rule, resources, verbsOf.get(resources[0] ?? '') ?? []));
  const isEmpty = own.length === 0 && listed(rule.nonResourceURLs).length === 0;
  const resources = [...new Set([...own, ...(joined ?? [])])];
  return [...(isEmpty ? [] : [{ ...rule, resources }]), ...added];
}

export function partOf(
  rule: PolicyRule,
  resources: readonly string[],
  verbs: readonly string[],
): PolicyRule {
  const names = listed(rule.resourceNames);
  return {
    apiGroups: [''],
    resources: [...resources],
    ...(names.length > 0 && { resourceNames: [...names] }),
    verbs: [...verbs],
  };
}

function key(list: readonly string[]): string {
  return [...new Set(list)].sort().join();
}
