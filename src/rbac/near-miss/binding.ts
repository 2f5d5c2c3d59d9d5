import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
  RoleBinding,
} from '../../objects.ts';
import { boundRole, nameOf, type RbacObjects } from '../rbac-objects.ts';
import {
  appliesTo,
  canonicalSubject,
  type Identity,
  subjectOf,
  subjectPhrase,
} from '../subject.ts';
import {
  addRuleCommand,
  addSubjectCommand,
  bindAlsoCommand,
  createRoleCommand,
} from './fix-command.ts';
import {
  closeMismatches,
  farMismatches,
  findRuleMismatch,
  gives,
  type RuleMismatch,
  type WantedPermission,
} from './rule-mismatch.ts';

/** An RBAC object that nearly grants a permission. */
export interface NearBinding {
  readonly kind: SimilarSubject['kind'] | RoleMismatch['kind'] | 'namespace' | 'absent' | 'unbound';
  /** The ClusterRole in question; empty if there is none. */
  readonly role: string;
  /** `ClusterRoleBinding system:kube-apiserver`, `RoleBinding NAMESPACE/NAME`. */
  readonly object: string;
  /** One sentence. */
  readonly why: string;
  /** Grants the permission to this user, on at least one of the nodes, and nothing to anyone else. */
  readonly command?: string | undefined;
}

/** A ClusterRoleBinding that grants the permission to a similar subject, or a similar permission to the subject. */
export function bindingMisses(
  binding: ClusterRoleBinding,
  who: Identity,
  wanted: WantedPermission,
  objects: RbacObjects,
): readonly NearBinding[] {
  const object = `ClusterRoleBinding ${nameOf(binding)}`;
  const { kind: refKind, name: roleName } = binding.roleRef;
  const role = boundRole(binding, objects);
  const subjects = binding.subjects ?? [];
  const subject = subjects.find((each) => appliesTo(each, who));
  if (!subject) {
    if (!role || !gives(role.rules ?? [], wanted)) return [];
    return subjects.flatMap((each) => {
      const similar = findSimilarity(each, who);
      if (!similar) return [];
      const why = `It grants ClusterRole ${roleName} to ${subjectPhrase(each)}, ${similar.text}.`;
      const command = addSubjectCommand(who.user, binding, role, wanted);
      return [{ kind: similar.kind, role: roleName, object, why, command }];
    });
  }
  if (refKind === 'Role') {
    const why = `It refers to Role ${roleName}, but a ClusterRoleBinding can refer only to a ClusterRole.`;
    return [{ kind: 'absent', role: '', object, why }];
  }
  if (!role) {
    const why = `It grants ClusterRole ${roleName} to ${subjectPhrase(subject)}, but that ClusterRole does not exist.`;
    const command = createRoleCommand(who, roleName, wanted, objects.clusterRoleBindings);
    return [{ kind: 'absent', role: roleName, object, why, command }];
  }
  const mismatch = findRoleMismatch(role, wanted);
  if (!mismatch) return [];
  const why = `${capital(subjectPhrase(subject))} has it through ${object}, but ${mismatch.text}.`;
  const command = mismatch.rule
    ? addRuleCommand(who, role, mismatch.rule, wanted, objects.clusterRoleBindings)
    : undefined;
  return [{ kind: mismatch.kind, role: roleName, object: `ClusterRole ${roleName}`, why, command }];
}

/** A RoleBinding that would grant the permission if nodes were namespaced. */
export function roleBindingMisses(
  binding: RoleBinding,
  who: Identity,
  wanted: WantedPermission,
  objects: RbacObjects,
): readonly NearBinding[] {
  const { namespace = '' } = binding.metadata;
  const subject = (binding.subjects ?? []).find((each) => appliesTo(each, who, namespace));
  const clusterRole = boundRole(binding, objects);
  const role =
    clusterRole ??
    (objects.roles ?? []).find(
      ({ metadata }) =>
        binding.roleRef.kind === 'Role' &&
        metadata.namespace === namespace &&
        metadata.name === binding.roleRef.name,
    );
  if (!subject || !role || !gives(role.rules ?? [], wanted)) return [];
  const { kind, name } = binding.roleRef;
  const remedy = clusterRole ? 'a ClusterRoleBinding' : 'a ClusterRole with a ClusterRoleBinding';
  return [
    {
      kind: 'namespace',
      role: clusterRole ? name : '',
      object: `RoleBinding ${namespace}/${nameOf(binding)}`,
      why: `It grants ${kind} ${name} to ${subjectPhrase(subject)} only in namespace ${namespace}, but nodes are not namespaced; use ${remedy}.`,
      command: clusterRole && bindAlsoCommand(who.user, binding, clusterRole),
    },
  ];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Why a role does not allow a permission that it nearly allows. */
interface RoleMismatch {
  readonly kind: RuleMismatch['kind'] | 'aggregation';
  readonly text: string;
  /** The closest one, if there is one. */
  readonly rule?: PolicyRule;
}

const order: readonly RuleMismatch['kind'][] = [...closeMismatches, ...farMismatches];

function findRoleMismatch(role: ClusterRole, wanted: WantedPermission): RoleMismatch | undefined {
  const rules = role.rules ?? [];
  if (role.aggregationRule && rules.length === 0) return emptyAggregation(role);
  const [closest] = rules
    .flatMap((rule) => {
      const mismatch = findRuleMismatch(rule, wanted);
      return mismatch ? [{ ...mismatch, rule }] : [];
    })
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  return closest;
}

function emptyAggregation({ aggregationRule }: ClusterRole): RoleMismatch {
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
    text: `it aggregates ClusterRoles with labels ${selectors.join(' or ')}, and none of them has a rule`,
  };
}

/** A subject that may have been meant for an identity, and does not match it. */
interface SimilarSubject {
  readonly kind: 'spelling' | 'kind';
  /** Follows the subject and a comma. */
  readonly text: string;
}

/** How `subject`, which does not match `who`, resembles it; undefined if it does not. */
function findSimilarity(subject: RbacSubject, who: Identity): SimilarSubject | undefined {
  const own = subjectOf(who.user);
  const canonical = canonicalSubject(subject);
  // The user name of an account is that account, unless `who` is none.
  if (canonical.kind !== subject.kind && own.kind === 'ServiceAccount')
    return findSimilarity(canonical, who);
  const wrongKind = otherKind(subject, own, who);
  if (wrongKind !== undefined)
    return { kind: 'kind', text: `not to ${subjectPhrase(own)}: ${wrongKind}` };
  const names = subject.kind === 'User' ? [who.user] : subject.kind === 'Group' ? who.groups : [];
  const meant = names.find((name) => plainName(name) === plainName(subject.name));
  if (meant === undefined) return undefined;
  const named = subjectPhrase({ ...subject, name: meant });
  return { kind: 'spelling', text: `not to ${named}: ${difference(subject.name, meant)}` };
}

function otherKind(subject: RbacSubject, own: RbacSubject, who: Identity): string | undefined {
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
  return [
    name,
    ...[':', '/'].map((separator) => `${namespace}${separator}${name}`),
    `serviceaccount:${namespace}:${name}`,
  ];
}

const prefixes = /^(?:(?:user|group|system):)+/;

/** The same for spellings of one name. */
function plainName(name: string): string {
  return name.trim().toLowerCase().replace(prefixes, '').trim();
}

function difference(found: string, meant: string): string {
  if (found.trim() === meant.trim()) return 'leading or trailing white space differs';
  if (found.trim().toLowerCase() === meant.trim().toLowerCase()) return 'the case differs';
  return 'the prefix differs';
}
