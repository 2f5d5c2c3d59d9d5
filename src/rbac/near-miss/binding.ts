import type { ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import { boundRole, nameOf, type RbacObjects } from '../rbac-objects.ts';
import { appliesTo, type Identity, subjectPhrase } from '../subject.ts';
import {
  addRuleCommand,
  addSubjectCommand,
  bindAlsoCommand,
  createRoleCommand,
} from './fix-command.ts';
import { findRoleMismatch, type RoleMismatch } from './role-mismatch.ts';
import { gives, type Wanted } from './rule-mismatch.ts';
import { findSimilarity, type SimilarSubject } from './similar-subject.ts';

/** An RBAC object that nearly grants a permission. */
export interface Miss {
  readonly kind: SimilarSubject['kind'] | RoleMismatch['kind'] | 'namespace' | 'absent' | 'unbound';
  /** The ClusterRole in question; empty if there is none. */
  readonly role: string;
  /** `ClusterRoleBinding system:kube-apiserver`, `RoleBinding NAMESPACE/NAME`. */
  readonly object: string;
  /** One sentence. */
  readonly why: string;
  /** Grants the permission to this user, on at least one of the nodes, and nothing to anyone else. */
  readonly command?: string;
}

/** A ClusterRoleBinding that grants the permission to a similar subject, or a similar permission to the subject. */
export function bindingMisses(
  binding: ClusterRoleBinding,
  who: Identity,
  wanted: Wanted,
  objects: RbacObjects,
): readonly Miss[] {
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
      return [{ kind: similar.kind, role: roleName, object, why, ...command }];
    });
  }
  if (refKind === 'Role') {
    const why = `It refers to Role ${roleName}, but a ClusterRoleBinding can refer only to a ClusterRole.`;
    return [{ kind: 'absent', role: '', object, why }];
  }
  if (!role) {
    const why = `It grants ClusterRole ${roleName} to ${subjectPhrase(subject)}, but that ClusterRole does not exist.`;
    const command = createRoleCommand(who, roleName, wanted, objects.clusterRoleBindings);
    return [{ kind: 'absent', role: roleName, object, why, ...command }];
  }
  const mismatch = findRoleMismatch(role, wanted);
  if (!mismatch) return [];
  const why = `${capital(subjectPhrase(subject))} has it through ${object}, but ${mismatch.text}.`;
  const command = mismatch.rule
    ? addRuleCommand(who, role, mismatch.rule, wanted, objects.clusterRoleBindings)
    : {};
  return [
    { kind: mismatch.kind, role: roleName, object: `ClusterRole ${roleName}`, why, ...command },
  ];
}

/** A RoleBinding that would grant the permission if nodes were namespaced. */
export function roleBindingMisses(
  binding: RoleBinding,
  who: Identity,
  wanted: Wanted,
  objects: RbacObjects,
): readonly Miss[] {
  const { namespace = '' } = binding.metadata ?? {};
  const subject = (binding.subjects ?? []).find((each) => appliesTo(each, who, namespace));
  const clusterRole = boundRole(binding, objects);
  const role =
    clusterRole ??
    (objects.roles ?? []).find(
      ({ metadata }) =>
        binding.roleRef.kind === 'Role' &&
        metadata?.namespace === namespace &&
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
      ...(clusterRole && bindAlsoCommand(who.user, binding, clusterRole)),
    },
  ];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
