import type { PolicyRule } from '../objects.ts';

/** The smallest thing a rule can allow. Without a name it means every object. */
interface Permission {
  readonly apiGroup: string;
  readonly resource: string;
  readonly verb: string;
  readonly resourceName?: string;
}

/** Whether `found` allows all that `wanted` allows, however either is written down. */
export function covers(found: readonly PolicyRule[], wanted: readonly PolicyRule[]): boolean {
  return missingRules(found, wanted).length === 0;
}

/** What `wanted` allows and `found` does not: one rule for each apiGroup, resource and name, its verbs together. */
export function missingRules(
  found: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  const missing = new Map<string, PolicyRule>();
  for (const permission of wanted.flatMap(permissions)) {
    if (found.some((rule) => allows(rule, permission))) continue;
    const { apiGroup, resource, verb, resourceName } = permission;
    const key = JSON.stringify([apiGroup, resource, resourceName]);
    const verbs = [...(missing.get(key)?.verbs ?? []), verb];
    const names = resourceName === undefined ? {} : { resourceNames: [resourceName] };
    missing.set(key, { apiGroups: [apiGroup], resources: [resource], verbs, ...names });
  }
  return [...missing.values()];
}

/** `nodes/log *`, `nodes/proxy get,create (only node-1)`: a rule as it is told to people. */
export function formatRule(rule: PolicyRule): string {
  const groups = (rule.apiGroups ?? []).filter((group) => group !== '');
  const group = groups.length > 0 ? `.${groups.join(',')}` : '';
  const names = rule.resourceNames?.length ? ` (only ${rule.resourceNames.join(', ')})` : '';
  const what = rule.resources?.join(',') ?? rule.nonResourceURLs?.join(',') ?? '';
  return `${what}${group} ${rule.verbs.join(',')}${names}`;
}

function permissions(rule: PolicyRule): Permission[] {
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  return (rule.apiGroups ?? []).flatMap((apiGroup) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb) =>
        names.map((resourceName) => ({
          apiGroup,
          resource,
          verb,
          ...(resourceName === undefined ? {} : { resourceName }),
        })),
      ),
    ),
  );
}

// kubernetes pkg/apis/rbac/v1/evaluation_helpers.go: `*` stands for all, `*/log` for the log of anything, and
// `nodes/*` for nothing but itself.
function allows(rule: PolicyRule, wanted: Permission): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list !== undefined && (list.includes('*') || list.includes(value));
  const slash = wanted.resource.indexOf('/');
  const anyParent = slash < 0 ? undefined : `*${wanted.resource.slice(slash)}`;
  const resource =
    has(rule.resources, wanted.resource) ||
    (anyParent !== undefined && has(rule.resources, anyParent));
  const name =
    !rule.resourceNames?.length ||
    (wanted.resourceName !== undefined && rule.resourceNames.includes(wanted.resourceName));
  return resource && name && has(rule.apiGroups, wanted.apiGroup) && has(rule.verbs, wanted.verb);
}
