import type { PolicyRule } from '../objects.ts';

/** The smallest unit that a rule can allow: one verb on one URL, or on one resource in one apiGroup. */
export type Permission =
  | { readonly verb: string; readonly url: string }
  | {
      readonly verb: string;
      readonly apiGroup: string;
      readonly resource: string;
      /** Name of the only object that is covered; absent if all objects are covered, including future ones. */
      readonly resourceName?: string;
    };

/** Returns all permissions of a rule. A wildcard is a permission of its own, because no list of verbs is equal to `*`. */
export function permissions(rule: PolicyRule): readonly Permission[] {
  const verbs = listed(rule.verbs);
  const names = listed(rule.resourceNames).map((resourceName) => ({ resourceName }));
  const objects = names.length > 0 ? names : [{}];
  return [
    ...listed(rule.apiGroups).flatMap((apiGroup) =>
      listed(rule.resources).flatMap((resource) =>
        verbs.flatMap((verb) => objects.map((name) => ({ apiGroup, resource, verb, ...name }))),
      ),
    ),
    ...listed(rule.nonResourceURLs).flatMap((url) => verbs.map((verb) => ({ url, verb }))),
  ];
}

/**
 * Whether a rule allows a permission, as kube-apiserver decides in its escalation check: ruleCovers in component-helpers
 * auth/rbac/validation/policy_comparator.go. One rule is checked at a time: if no rule alone allows a permission, several rules
 * together do not allow it either.
 */
export function allows(rule: PolicyRule, wanted: Permission): boolean {
  if (!has(rule.verbs, wanted.verb)) return false;
  if ('url' in wanted) return listed(rule.nonResourceURLs).some((url) => opens(url, wanted.url));
  const { apiGroup, resource, resourceName } = wanted;
  const names = listed(rule.resourceNames);
  const slash = resource.indexOf('/');
  return (
    has(rule.apiGroups, apiGroup) &&
    (has(rule.resources, resource) ||
      (slash >= 0 && listed(rule.resources).includes(`*${resource.slice(slash)}`))) &&
    (names.length === 0 || (resourceName !== undefined && names.includes(resourceName)))
  );
}

export function has(list: readonly string[] | null | undefined, value: string): boolean {
  return listed(list).some((item) => item === '*' || item === value);
}

/** Returns a list field of a rule. Empty if the API server sent null or left the field out. */
export function listed(list: readonly string[] | null | undefined): readonly string[] {
  return list ?? [];
}

// If a rule's URL ends in `*`, it matches all URLs with this prefix.
function opens(url: string, wanted: string): boolean {
  if (url === wanted) return true;
  let end = url.length;
  while (url[end - 1] === '*') end -= 1;
  return end < url.length && wanted.startsWith(url.slice(0, end));
}

/** Returns a text that equal rules share. An empty list equals an absent one, because API servers leave out empty lists. */
export function ruleKey(rule: PolicyRule): string {
  const { verbs, apiGroups, resources, resourceNames, nonResourceURLs } = rule;
  return JSON.stringify([verbs, apiGroups, resources, resourceNames, nonResourceURLs].map(listed));
}
