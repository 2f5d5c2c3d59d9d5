import type { PolicyRule } from '../../objects.ts';
import { summarize } from '../../text/list.ts';
import { listed } from '../permission.ts';
import { allowsRequest, formatRule } from '../rules.ts';

/** A right on nodes that was refused. */
export interface Wanted {
  /** Empty for what only `*` covers. */
  readonly verb: string;
  /** Any of them would do. */
  readonly subresources: readonly string[];
  /** Where it was refused; undefined stands for no node by name. */
  readonly nodes: readonly (string | undefined)[];
}

/** Where a rule misses: the nodes, a word that means nothing to RBAC, the verb, or the resource. */
export interface RuleFault {
  readonly kind: 'names' | 'form' | 'verb' | 'whole' | 'other';
  /** Follows "but". */
  readonly text: string;
}

/** Those of a rule that was most likely meant for this right, the most telling first. */
export const closeFaults: readonly RuleFault['kind'][] = ['names', 'form', 'verb'];
/** Those of a rule for something else nearby. */
export const farFaults: readonly RuleFault['kind'][] = ['whole', 'other'];

export function allowsOn(
  rules: readonly PolicyRule[],
  { verb, subresources }: Omit<Wanted, 'nodes'>,
  name: string | undefined,
): boolean {
  return subresources.some((subresource) =>
    allowsRequest(rules, { apiGroup: '', resource: 'nodes', subresource, verb, name }),
  );
}

/** Whether rules give the right on any of the nodes. */
export function gives(rules: readonly PolicyRule[], wanted: Wanted): boolean {
  return wanted.nodes.some((name) => allowsOn(rules, wanted, name));
}

/** What keeps a rule from giving the right, if that is one thing alone: a rule with two faults does not come close. */
export function ruleFault(rule: PolicyRule, wanted: Wanted): RuleFault | undefined {
  const whole = { apiGroups: [''], resources: ['*'], verbs: ['*'] };
  const wrong = (['verbs', 'apiGroups', 'resources', 'resourceNames'] as const).filter(
    (part) => !gives([{ ...whole, [part]: listed(rule[part]) }], wanted),
  );
  const [part] = wrong;
  if (wrong.length > 1) return undefined;
  switch (part) {
    case 'verbs':
      return verbFault(rule, wanted);
    case 'apiGroups':
      return groupFault(rule, wanted);
    case 'resources':
      return resourceFault(rule, wanted);
    case 'resourceNames':
      return { kind: 'names', text: namesFault(rule, wanted) };
    default:
      return undefined;
  }
}

/** `nodes/healthz or nodes/proxy` as RBAC writes them. */
function resourcesOf({ subresources }: Wanted): readonly string[] {
  return subresources.map((subresource) => `nodes/${subresource}`);
}

/** The resources of a rule by which it comes close. */
function fitting(rule: PolicyRule, wanted: Wanted): readonly string[] {
  const paths = resourcesOf(wanted);
  return listed(rule.resources).filter(
    (resource) =>
      resource === '*' ||
      paths.includes(resource) ||
      wanted.subresources.some((subresource) => resource === `*/${subresource}`),
  );
}

function verbFault(rule: PolicyRule, wanted: Wanted): RuleFault {
  const { verb } = wanted;
  const resources = [...fitting(rule, wanted)];
  const misspelt = listed(rule.verbs).find((word) => verbOf(word) === verb);
  if (misspelt !== undefined)
    return {
      kind: 'form',
      text: `the verb ${JSON.stringify(misspelt)} in its rule for ${resources.join(', ')} matches nothing: the verb is written "${verb}"`,
    };
  const needed = verb === '' ? 'and only the verb * covers what was asked' : `not ${verb}`;
  return { kind: 'verb', text: `it allows ${formatRule({ ...rule, resources })}, ${needed}` };
}

/** What somebody who writes a verb in another case, or the HTTP method, means by it. */
function verbOf(word: string): string {
  const lower = word.trim().toLowerCase();
  return { post: 'create', put: 'update' }[lower] ?? lower;
}

/** For a rule that speaks of kubelets; all resources of another group have nothing to do with them. */
function groupFault(rule: PolicyRule, wanted: Wanted): RuleFault | undefined {
  const named = resourcesOf(wanted).filter((path) => listed(rule.resources).includes(path));
  if (named.length === 0) return undefined;
  const groups = listed(rule.apiGroups);
  const found =
    groups.length === 0
      ? 'names no apiGroups'
      : `is for the apiGroups ${groups.map((group) => JSON.stringify(group)).join(', ')}`;
  return {
    kind: 'form',
    text: `its rule for ${named.join(', ')} ${found}, and nodes are in the core group, which is written ""`,
  };
}

function resourceFault(rule: PolicyRule, wanted: Wanted): RuleFault | undefined {
  const resources = listed(rule.resources);
  const paths = resourcesOf(wanted);
  const right = paths.join(' or ');
  const verb = wanted.verb || '*';
  const star = resources.find((resource) => resource === 'nodes/*' || resource === '*/*');
  if (star !== undefined)
    return {
      kind: 'form',
      text: `the resource "${star}" in its rule matches no subresource, as RBAC has no such wildcard: it is written ${right}`,
    };
  const misspelt = resources.find((resource) =>
    paths.some((path) => resource !== path && plainPath(resource) === plainPath(path)),
  );
  if (misspelt !== undefined)
    return {
      kind: 'form',
      text: `the resource ${JSON.stringify(misspelt)} in its rule matches nothing here: it is written ${right}`,
    };
  const others = resources.filter((resource) => resource.startsWith('nodes/'));
  if (others.length > 0)
    return { kind: 'other', text: `it allows ${verb} on ${summarize(others, 5)}, not on ${right}` };
  if (resources.includes('nodes'))
    return {
      kind: 'whole',
      text: `it allows ${verb} on nodes, and that does not include a subresource: it takes ${right}`,
    };
  return undefined;
}

/** Alike for spellings of one resource: other case, another separator, singular for plural. */
function plainPath(resource: string): string {
  const [parent = '', ...rest] = resource
    .trim()
    .toLowerCase()
    .split(/[^a-z0-9*]+/);
  return [parent, ...rest.filter(Boolean)].map((word) => word.replace(/s$/, '')).join('/');
}

function namesFault(rule: PolicyRule, { nodes }: Wanted): string {
  const names = listed(rule.resourceNames).map((name) => JSON.stringify(name));
  const left = nodes.flatMap((name) => (name === undefined ? [] : [JSON.stringify(name)]));
  const rest = left.length === 0 ? 'every node' : summarize(left, 5);
  const star = names.includes('"*"') ? ' ("*" is a name there, and no wildcard)' : '';
  return `its resourceNames make it hold for ${summarize(names, 5)} alone${star}, not for ${rest}`;
}
