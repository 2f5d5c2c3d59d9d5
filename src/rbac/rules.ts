import type { PolicyRule } from '../objects.ts';
import { allows, has, listed, type Permission, permissions } from './permission.ts';

export interface ResourceRequest {
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly verb: string;
  /** Name of the object; absent for the verbs list and create, whose requests name no object. */
  readonly name?: string | undefined;
}

/** Whether `found` allows all permissions of `wanted`, even if the rules are in another form. */
export function covers(found: readonly PolicyRule[], wanted: readonly PolicyRule[]): boolean {
  return wanted.every((rule) => permissions(rule).every((each) => anyAllows(found, each)));
}

/**
 * Returns the permissions of `wanted` that `found` lacks. Each returned rule has all missing verbs for one apiGroup, resource and
 * name, or for one URL. No rule repeats a permission of another rule.
 */
export function missingRules(
  found: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  const missing = wanted
    .flatMap(permissions)
    .filter((each) => !anyAllows(found, each))
    .map((permission) => ({ permission, rule: ruleFor(permission, [permission.verb]) }));
  const rules = new Map<string, PolicyRule>();
  for (const [index, { permission, rule }] of missing.entries()) {
    // If two rules allow the same permissions, keeps the first.
    const redundant = missing.some(
      (other, otherIndex) =>
        otherIndex !== index &&
        allows(other.rule, permission) &&
        (otherIndex < index || !allows(rule, other.permission)),
    );
    if (redundant) continue;
    const key = JSON.stringify({ ...rule, verbs: [] });
    rules.set(key, ruleFor(permission, [...(rules.get(key)?.verbs ?? []), permission.verb]));
  }
  return [...rules.values()];
}

/** Whether these rules allow a request, as kube-apiserver decides: RuleAllows in plugin/pkg/auth/authorizer/rbac/rbac.go. */
export function allowsRequest(rules: readonly PolicyRule[], request: ResourceRequest): boolean {
  const { apiGroup, resource, subresource = '', verb, name = '' } = request;
  return rules.some((rule) => {
    const names = listed(rule.resourceNames);
    return (
      has(rule.verbs, verb) &&
      has(rule.apiGroups, apiGroup) &&
      (has(rule.resources, subresource === '' ? resource : `${resource}/${subresource}`) ||
        (subresource !== '' && listed(rule.resources).includes(`*/${subresource}`))) &&
      (names.length === 0 || names.includes(name))
    );
  });
}

/**
 * Formats a rule for messages: `nodes/log (all verbs)`, `nodes/proxy get,create (only node-1)`, `deployments.apps/scale get`, `URL
 * /metrics get`. Rules with the same text allow the same permissions.
 */
export function formatRule(rule: PolicyRule): string {
  const verbs = words(rule.verbs).map((verb) => (verb === '*' ? '(all verbs)' : verb));
  const resources = listed(rule.resources).flatMap((resource) =>
    listed(rule.apiGroups).map((group) => formatResource(resource, group)),
  );
  const urls = words(rule.nonResourceURLs);
  const names = words(rule.resourceNames).join(', ');
  const only = names && ` (only ${names})`;
  const parts = [
    ...(resources.length > 0 ? [`${unique(resources)} ${unique(verbs)}${only}`] : []),
    ...(urls.length > 0 ? [`URL ${unique(urls)} ${unique(verbs)}`] : []),
  ];
  return verbs.length > 0 && parts.length > 0 ? parts.join(', ') : 'nothing';
}

export function listRules(rules: readonly PolicyRule[]): readonly string[] {
  return rules.map(formatRule);
}

export function formatRules(rules: readonly PolicyRule[]): string {
  return listRules(rules).join(', ');
}

export function signedRules(sign: '+' | '-', rules: readonly PolicyRule[]): readonly string[] {
  return rules.map((rule) => `${sign} ${formatRule(rule)}`);
}

function anyAllows(rules: readonly PolicyRule[], wanted: Permission): boolean {
  return rules.some((rule) => allows(rule, wanted));
}

function ruleFor(permission: Permission, verbs: string[]): PolicyRule {
  if ('url' in permission) return { nonResourceURLs: [permission.url], verbs };
  const { apiGroup, resource, resourceName } = permission;
  const names = resourceName === undefined ? {} : { resourceNames: [resourceName] };
  return { apiGroups: [apiGroup], resources: [resource], verbs, ...names };
}

// Formats a resource like kubectl: the group comes before the subresource, and the core group is left out.
function formatResource(resource: string, group: string): string {
  const slash = resource.indexOf('/');
  const parent = word(slash < 0 ? resource : resource.slice(0, slash), /^[^./]+$/);
  const subresource = slash < 0 ? '' : `/${word(resource.slice(slash + 1))}`;
  return `${parent}${group && `.${word(group, /^[^/]+$/)}`}${subresource}`;
}

function words(list: readonly string[] | null | undefined): readonly string[] {
  return listed(list).map((text) => word(text));
}

// Quotes a word if it is empty, or contains spaces, quotes, parentheses, commas or characters other than printable ASCII.
function word(text: string, plain = /^/): string {
  return /^[!#-'*+\--~]+$/.test(text) && plain.test(text) ? text : JSON.stringify(text);
}

function unique(list: readonly string[]): string {
  return [...new Set(list)].join(',');
}
