import type { ClusterRoleBinding, PolicyRule, RbacSubject, RoleBinding } from '../objects.ts';
import {
  addRuleCommand,
  addSubjectCommand,
  bindClusterWideCommand,
  type DeniedPermission,
} from './near-miss-command.ts';
import { listed } from './permission.ts';
import { boundRole, nameOf, type RbacObjects } from './rbac-objects.ts';
import { allowsRequest } from './rules.ts';
import {
  appliesTo,
  canonicalSubject,
  type Identity,
  identityOf,
  subjectOf,
  subjectPhrase,
} from './subject.ts';

/** An RBAC object that nearly grants a permission, and why it does not. */
export interface NearMiss {
  /** `ClusterRoleBinding system:kube-apiserver`, `RoleBinding NAMESPACE/NAME`. */
  readonly object: string;
  /** One sentence. */
  readonly why: string;
  /** Grants the permission to this user, on at least one of the nodes, and nothing to anyone else. */
  readonly command?: string;
}

const most = 10;

/**
 * RBAC objects for another namespace, another kind or apiGroup, or nodes without the subresource: at most ten, the most likely
 * cause first. None if RBAC grants the permission. The texts contain names from the cluster: they are quoted, but control
 * characters in them are not escaped yet.
 */
export function nearMisses(
  { user, nodes, ...permission }: DeniedPermission,
  objects: RbacObjects,
): readonly NearMiss[] {
  const who = identityOf(user);
  const { clusterRoleBindings, roleBindings } = objects;
  const held = clusterRoleBindings
    .filter(({ subjects }) => subjects?.some((subject) => appliesTo(subject, who)))
    .flatMap((binding) => boundRole(binding, objects)?.rules ?? []);
  const known = nodes.length > 0 ? nodes : [undefined];
  const left = known.filter((node) => !allowsOn(held, permission, node));
  if (left.length === 0) return [];
  const attempt: Attempt = {
    who,
    denied: { ...permission, user, nodes: left.flatMap((node) => node ?? []) },
    gives: (rules) => left.some((node) => allowsOn(rules, permission, node)),
    objects,
  };
  const checks = [
    clusterRoleBindings.flatMap((binding) => subjectMiss(binding, attempt)),
    roleBindings.flatMap((binding) => namespaceMiss(binding, attempt)),
    clusterRoleBindings.flatMap((binding) => ruleMiss(binding, apiGroupMismatch, attempt)),
    clusterRoleBindings.flatMap((binding) => ruleMiss(binding, subresourceMismatch, attempt)),
  ];
  const byObject = new Map<string, NearMiss>();
  for (const miss of checks.flatMap((found) => found.sort(byName)))
    if (!byObject.has(miss.object)) byObject.set(miss.object, miss);
  return [...byObject.values()].slice(0, most);
}

/** A request that was denied, and the objects that may nearly allow it. */
interface Attempt {
  readonly who: Identity;
  /** Its nodes are those where RBAC does not grant the permission. */
  readonly denied: DeniedPermission;
  /** Whether rules allow it on any of the nodes. */
  readonly gives: (rules: readonly PolicyRule[]) => boolean;
  readonly objects: RbacObjects;
}

function allowsOn(
  rules: readonly PolicyRule[],
  { verb, subresources }: Pick<DeniedPermission, 'verb' | 'subresources'>,
  name: string | undefined,
): boolean {
  return subresources.some((subresource) =>
    allowsRequest(rules, { apiGroup: '', resource: 'nodes', subresource, verb, name }),
  );
}

function byName(a: NearMiss, b: NearMiss): number {
  const [first, second] = [`${a.object} ${a.why}`, `${b.object} ${b.why}`];
  return first < second ? -1 : Number(first > second);
}

/** A binding of the right role to a subject of another kind, or to a service account of another namespace. */
function subjectMiss(binding: ClusterRoleBinding, attempt: Attempt): readonly NearMiss[] {
  const { who, denied, gives, objects } = attempt;
  const role = boundRole(binding, objects);
  const subjects = binding.subjects ?? [];
  if (!role || !gives(role.rules ?? []) || subjects.some((each) => appliesTo(each, who))) return [];
  const own = subjectOf(who.user);
  return subjects.flatMap((subject) => {
    const difference = subjectDifference(subject, own, who);
    if (difference === undefined) return [];
    const why = `It grants ClusterRole ${nameOf(role)} to ${subjectPhrase(subject)}, not to ${subjectPhrase(own)}: ${difference}.`;
    const command = addSubjectCommand(denied, binding, role, gives);
    return [nearMiss(`ClusterRoleBinding ${nameOf(binding)}`, why, command)];
  });
}

function subjectDifference(
  subject: RbacSubject,
  own: RbacSubject,
  who: Identity,
): string | undefined {
  const account = canonicalSubject(subject);
  // RBAC takes the user name of a service account for that account.
  if (account.kind !== subject.kind && own.kind === 'ServiceAccount')
    return subjectDifference(account, own, who);
  switch (subject.kind) {
    case 'Group':
      return subject.name === who.user ? 'the binding says Group' : undefined;
    case 'ServiceAccount':
      if (subject.name !== own.name) return undefined;
      if (own.kind === 'User') return 'the binding says ServiceAccount';
      return subject.namespace ? 'the namespace differs' : 'the binding has no namespace';
    case 'User':
      if (who.groups.includes(subject.name))
        return `${JSON.stringify(subject.name)} is one of its groups, but the binding says User`;
      return own.kind === 'ServiceAccount' && accountNames(own).includes(subject.name)
        ? `the binding says User, and its user name is ${JSON.stringify(who.user)}`
        : undefined;
    default:
      return undefined;
  }
}

/** Names that people write for a service account in place of its user name. */
function accountNames({ namespace, name }: RbacSubject): readonly string[] {
  const forms = [`${namespace}:${name}`, `${namespace}/${name}`];
  return [name, ...forms, `serviceaccount:${namespace}:${name}`];
}

/** A RoleBinding of a ClusterRole that has the permission. */
function namespaceMiss(
  binding: RoleBinding,
  { who, denied, gives, objects }: Attempt,
): readonly NearMiss[] {
  const { namespace = '' } = binding.metadata;
  const subject = binding.subjects?.find((each) => appliesTo(each, who, namespace));
  const role = boundRole(binding, objects);
  if (!subject || !role || !gives(role.rules ?? [])) return [];
  const why = `It grants ClusterRole ${nameOf(role)} to ${subjectPhrase(subject)} only in namespace ${namespace}, but nodes are not namespaced; use a ClusterRoleBinding.`;
  const object = `RoleBinding ${namespace}/${nameOf(binding)}`;
  return [nearMiss(object, why, bindClusterWideCommand(denied.user, binding, role))];
}

type FindMismatch = (rule: PolicyRule, attempt: Attempt) => string | undefined;

/** A role of the subject with a rule that has one mismatch. */
function ruleMiss(
  binding: ClusterRoleBinding,
  findMismatch: FindMismatch,
  attempt: Attempt,
): readonly NearMiss[] {
  const { who, denied, gives, objects } = attempt;
  const role = boundRole(binding, objects);
  const subject = binding.subjects?.find((each) => appliesTo(each, who));
  if (!subject || !role) return [];
  const [closest] = (role.rules ?? []).flatMap((rule) => {
    const text = findMismatch(rule, attempt);
    return text === undefined ? [] : [{ rule, text }];
  });
  if (!closest) return [];
  const phrase = subjectPhrase(subject);
  const why = `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)} has it through ClusterRoleBinding ${nameOf(binding)}, but ${closest.text}.`;
  const command = addRuleCommand(denied, role, closest.rule, gives, objects.clusterRoleBindings);
  return [nearMiss(`ClusterRole ${nameOf(role)}`, why, command)];
}

function nearMiss(object: string, why: string, command: string | undefined): NearMiss {
  return { object, why, ...(command !== undefined && { command }) };
}

/** The apiGroups of a rule that would allow it in the core group. `*` in another group does not mean kubelets. */
const apiGroupMismatch: FindMismatch = (rule, { denied, gives }) => {
  const paths = pathsOf(denied);
  const named = paths.filter((path) => listed(rule.resources).includes(path));
  const groups = listed(rule.apiGroups);
  if (named.length === 0 || gives([rule]) || !gives([{ ...rule, apiGroups: [''] }]))
    return undefined;
  const quoted = groups.map((group) => JSON.stringify(group)).join(', ');
  const found = groups.length === 0 ? 'has no apiGroups' : `has apiGroups ${quoted}`;
  return `its rule for ${named.join(', ')} ${found}; nodes are in the core group ""`;
};

/** A rule for `nodes` that names no subresource and would allow it on one. */
const subresourceMismatch: FindMismatch = (rule, { denied, gives }) => {
  const resources = listed(rule.resources);
  const paths = pathsOf(denied);
  if (!resources.includes('nodes') || resources.some((resource) => resource.startsWith('nodes/')))
    return undefined;
  if (gives([rule]) || !gives([{ ...rule, resources: [...paths] }])) return undefined;
  return `it allows ${denied.verb || '*'} on nodes, which includes no subresource; use ${paths.join(' or ')}`;
};

/** As RBAC writes them: `nodes/healthz`, `nodes/proxy`. */
function pathsOf({ subresources }: DeniedPermission): readonly string[] {
  return subresources.map((subresource) => `nodes/${subresource}`);
}
