import type { PolicyRule } from '../../objects.ts';
import { summarize } from '../../text/list.ts';
import { listed } from '../permission.ts';
import { allowsRequest, formatRule } from '../rules.ts';

/** A permission on nodes that was denied. */
export interface WantedPermission {
  /** RBAC's, such as get or create; empty for what only `*` covers. */
  readonly verb: string;
  /** Any of them is enough: `healthz`, `proxy`. */
  readonly subresources: readonly string[];
  /** Where it was denied; undefined stands for no node by name. */
  readonly nodes: readonly (string | undefined)[];
}

/** The difference: in the nodes, a word that RBAC does not know, the verb, or the resource. */
export interface RuleMismatch {
  readonly kind: 'names' | 'form' | 'verb' | 'whole' | 'other';
  /** Follows "but". */
  readonly text: string;
}

/** Mismatches of a rule that was most likely meant for this permission, the most likely first. */
export const closeMismatches: readonly RuleMismatch['kind'][] = ['names', 'form', 'verb'];
/** Mismatches of a rule for something similar. */
export const farMismatches: readonly RuleMismatch['kind'][] = ['whole', 'other'];

export function allowsOn(
  rules: readonly PolicyRule[],
  { verb, subresources }: Omit<WantedPermission, 'nodes'>,
  name: string | undefined,
): boolean {
  return subresources.some((subresource) =>
    allowsRequest(rules, { apiGroup: '', resource: 'nodes', subresource, verb, name }),
  );
}

/** Whether rules allow it on any of the nodes. */
export function gives(rules: readonly PolicyRule[], wanted: WantedPermission): boolean {
  return wanted.nodes.some((name) => allowsOn(rules, wanted, name));
}

/** The one difference that keeps a rule from allowing it: a rule with two differences is no near miss. */
export function findRuleMismatch(
  rule: PolicyRule,
  wanted: WantedPermission,
): RuleMismatch | undefined {
  const whole = { apiGroups: [''], resources: ['*'], verbs: ['*'] };
  const wrong = (['verbs', 'apiGroups', 'resources', 'resourceNames'] as const).filter(
    (part) => !gives([{ ...whole, [part]: listed(rule[part]) }], wanted),
  );
  const [part] = wrong;
  if (wrong.length > 1) return undefined;
  switch (part) {
    case 'verbs':
      return verbMismatch(rule, wanted);
    case 'apiGroups':
      return groupMismatch(rule, wanted);
    case 'resources':
      return resourceMismatch(rule, wanted);
    case 'resourceNames':
      return { kind: 'names', text: describeNames(rule, wanted) };
    default:
      return undefined;
  }
}

/** `nodes/healthz or nodes/proxy` as RBAC writes them. */
function resourcesOf({ subresources }: WantedPermission): readonly string[] {
  return subresources.map((subresource) => `nodes/${subresource}`);
}

/** The resources of a rule that match. */
function fitting(rule: PolicyRule, wanted: WantedPermission): readonly string[] {
  const paths = resourcesOf(wanted);
  return listed(rule.resources).filter(
    (resource) =>
      resource === '*' ||
      paths.includes(resource) ||
      wanted.subresources.some((subresource) => resource === `*/${subresource}`),
  );
}

function verbMismatch(rule: PolicyRule, wanted: WantedPermission): RuleMismatch {
  const { verb } = wanted;
  const resources = [...fitting(rule, wanted)];
  const misspelt = listed(rule.verbs).find((word) => verbOf(word) === verb);
  if (misspelt !== undefined)
    return {
      kind: 'form',
      text: `verb ${JSON.stringify(misspelt)} in its rule for ${resources.join(', ')} matches nothing; use "${verb}"`,
    };
  const needed = verb === '' ? 'and only verb * covers this request' : `not ${verb}`;
  return { kind: 'verb', text: `it allows ${formatRule({ ...rule, resources })}, ${needed}` };
}

/** The verb that another case of it, or an HTTP method, stands for. */
function verbOf(word: string): string {
  const lower = word.trim().toLowerCase();
  return { post: 'create', put: 'update' }[lower] ?? lower;
}

/** For a rule that names resources of kubelets; `*` in another group does not mean them. */
function groupMismatch(rule: PolicyRule, wanted: WantedPermission): RuleMismatch | undefined {
  const named = resourcesOf(wanted).filter((path) => listed(rule.resources).includes(path));
  if (named.length === 0) return undefined;
  const groups = listed(rule.apiGroups);
  const found =
    groups.length === 0
      ? 'has no apiGroups'
      : `has apiGroups ${groups.map((group) => JSON.stringify(group)).join(', ')}`;
  return {
    kind: 'form',
    text: `its rule for ${named.join(', ')} ${found}; nodes are in the core group ""`,
  };
}

function resourceMismatch(rule: PolicyRule, wanted: WantedPermission): RuleMismatch | undefined {
  const resources = listed(rule.resources);
  const paths = resourcesOf(wanted);
  const correct = paths.join(' or ');
  const verb = wanted.verb || '*';
  const star = resources.find((resource) => resource === 'nodes/*' || resource === '*/*');
  if (star !== undefined)
    return {
      kind: 'form',
      text: `resource "${star}" in its rule matches no subresource: RBAC has no such wildcard; use ${correct}`,
    };
  const misspelt = resources.find((resource) =>
    paths.some((path) => resource !== path && plainPath(resource) === plainPath(path)),
  );
  if (misspelt !== undefined)
    return {
      kind: 'form',
      text: `resource ${JSON.stringify(misspelt)} in its rule matches nothing here; use ${correct}`,
    };
  const others = resources.filter((resource) => resource.startsWith('nodes/'));
  if (others.length > 0)
    return {
      kind: 'other',
      text: `it allows ${verb} on ${summarize(others, 5)}, not on ${correct}`,
    };
  if (resources.includes('nodes'))
    return {
      kind: 'whole',
      text: `it allows ${verb} on nodes, which includes no subresource; use ${correct}`,
    };
  return undefined;
}

/** The same for spellings of one resource: case, separator, singular and plural. */
function plainPath(resource: string): string {
  const [parent = '', ...rest] = resource
    .trim()
    .toLowerCase()
    .split(/[^a-z0-9*]+/);
  return [parent, ...rest.filter(Boolean)].map((word) => word.replace(/s$/, '')).join('/');
}

function describeNames(rule: PolicyRule, { nodes }: WantedPermission): string {
  const names = listed(rule.resourceNames).map((name) => JSON.stringify(name));
  const left = nodes.flatMap((name) => (name === undefined ? [] : [JSON.stringify(name)]));
  const rest = left.length === 0 ? 'other nodes' : summarize(left, 5);
  const star = names.includes('"*"') ? ' ("*" is not a wildcard there)' : '';
  return `its resourceNames limit it to ${summarize(names, 5)}${star} and exclude ${rest}`;
}
