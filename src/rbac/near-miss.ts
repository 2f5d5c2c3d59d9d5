import type { ClusterRoleBinding, PolicyRule, RbacSubject, RoleBinding } from '../objects.ts';
import { listed } from './permission.ts';
import { boundRole, nameOf, type RbacObjects } from './rbac-objects.ts';
import { allowsRequest } from './rules.ts';
import { appliesTo, type Identity, identityOf, subjectPhrase } from './subject.ts';

export interface DeniedPermission {
  /** User name, as in the kubelet's denial. */
  readonly user: string;
  /** RBAC verb, such as get or create. Empty if the request has a method that only a rule with verb `*` allows. */
  readonly verb: string;
  /** Subresources of nodes, such as `healthz` and `proxy`. Permission on any one of them is enough. */
  readonly subresources: readonly string[];
  /** Nodes whose kubelets denied the permission; empty if unknown. */
  readonly nodes: readonly string[];
}

export interface NearMiss {
  /** Kind and name: `ClusterRoleBinding system:kube-apiserver` or `RoleBinding NAMESPACE/NAME`. */
  readonly object: string;
  readonly why: string;
}

const most = 10;

/**
 * Returns at most ten RBAC objects that nearly grant the permission. They grant it to another kind of subject, only in one
 * namespace, in another apiGroup, or on nodes without the subresource, in this order. Empty if RBAC grants the permission. Names
 * from the cluster are quoted, but their control characters are not escaped.
 */
export function nearMisses(denied: DeniedPermission, objects: RbacObjects): readonly NearMiss[] {
  const who = identityOf(denied.user);
  const { clusterRoleBindings, roleBindings } = objects;
  const held = clusterRoleBindings.flatMap((binding) => {
    const subject = binding.subjects?.find((each) => appliesTo(each, who));
    const role = boundRole(binding, objects);
    return subject && role ? { binding, subject, role } : [];
  });
  const rules = held.flatMap(({ role }) => role.rules ?? []);
  const nodes = denied.nodes.length > 0 ? denied.nodes : [undefined];
  const left = nodes.filter((node) => !allowsOn(rules, denied, node));
  const gives: Gives = (some) => left.some((node) => allowsOn(some, denied, node));
  const isGiving = (binding: ClusterRoleBinding | RoleBinding) =>
    gives(boundRole(binding, objects)?.rules ?? []);
  const mismatches = [wrongGroup, wrongResource].flatMap((mismatch) =>
    held.flatMap(({ binding, subject, role }) => {
      const [found] = (role.rules ?? []).flatMap((rule) => mismatch(rule, denied, gives) ?? []);
      const why = `${capitalized(subjectPhrase(subject))} has it through ClusterRoleBinding ${nameOf(binding)}, but ${found}.`;
      return found === undefined ? [] : { object: `ClusterRole ${nameOf(role)}`, why };
    }),
  );
  const all = [
    ...clusterRoleBindings.filter(isGiving).flatMap((binding) => otherKind(binding, who)),
    ...roleBindings.filter(isGiving).flatMap((binding) => otherNamespace(binding, who)),
    ...mismatches,
  ];
  const first = all.filter(
    (miss, at) => at === all.findIndex((each) => each.object === miss.object),
  );
  return first.slice(0, most);
}

type Gives = (rules: readonly PolicyRule[]) => boolean;

function allowsOn(
  rules: readonly PolicyRule[],
  { verb, subresources }: DeniedPermission,
  name: string | undefined,
): boolean {
  return subresources.some((subresource) =>
    allowsRequest(rules, { apiGroup: '', resource: 'nodes', subresource, verb, name }),
  );
}

/** Finds groups and service accounts in a binding that have the user's name. */
function otherKind({ metadata, roleRef, subjects }: ClusterRoleBinding, { user }: Identity) {
  return (subjects ?? []).flatMap((subject) => {
    const { kind, name } = subject;
    if (kind === 'User' || name !== user) return [];
    const own: RbacSubject = { kind: 'User', name };
    const why = `It grants ClusterRole ${roleRef.name} to ${subjectPhrase(subject)}, not to ${subjectPhrase(own)}: the binding says ${kind}.`;
    return { object: `ClusterRoleBinding ${metadata.name}`, why };
  });
}

function otherNamespace({ metadata, roleRef, subjects }: RoleBinding, who: Identity) {
  const { name, namespace } = metadata;
  const subject = subjects?.find((each) => appliesTo(each, who, namespace));
  if (!subject) return [];
  const why = `It grants ClusterRole ${roleRef.name} to ${subjectPhrase(subject)} only in namespace ${namespace}, but nodes are not namespaced; use a ClusterRoleBinding.`;
  return { object: `RoleBinding ${namespace}/${name}`, why };
}

/**
 * Returns why a rule does not match if only its apiGroups are wrong. The rule must name the resource, because a rule for `*` may
 * be meant for other objects.
 */
function wrongGroup(rule: PolicyRule, denied: DeniedPermission, gives: Gives): string | undefined {
  const named = pathsOf(denied).filter((path) => listed(rule.resources).includes(path));
  if (named.length === 0 || gives([rule]) || !gives([{ ...rule, apiGroups: [''] }]))
    return undefined;
  const quoted = listed(rule.apiGroups).map((group) => JSON.stringify(group));
  const found = quoted.length === 0 ? 'has no apiGroups' : `has apiGroups ${quoted.join(', ')}`;
  return `its rule for ${named.join(', ')} ${found}; nodes are in the core group ""`;
}

/**
 * Explains that a rule for `nodes` does not match because it lacks the subresource, or that RBAC has no wildcard `nodes/*`. Undefined if
 * another mismatch remains.
 */
function wrongResource(
  rule: PolicyRule,
  denied: DeniedPermission,
  gives: Gives,
): string | undefined {
  const resources = listed(rule.resources);
  const paths = pathsOf(denied);
  if (gives([rule]) || !gives([{ ...rule, resources: [...paths] }])) return undefined;
  const [meant, why] = resources.includes('nodes/*')
    ? ['nodes/*', 'which matches nothing: RBAC has no such wildcard']
    : ['nodes', 'which includes no subresource'];
  const isOther = meant === 'nodes' && resources.some((each) => each.startsWith('nodes/'));
  if (!resources.includes(meant) || isOther) return undefined;
  return `it allows ${denied.verb || '*'} on ${meant}, ${why}; use ${paths.join(' or ')}`;
}

function pathsOf({ subresources }: DeniedPermission): readonly string[] {
  return subresources.map((subresource) => `nodes/${subresource}`);
}

function capitalized(phrase: string): string {
  return phrase.slice(0, 1).toUpperCase() + phrase.slice(1);
}
