import type { ClusterRoleBinding, RoleBinding } from '../../objects.ts';
import { boundRole, nameOf, type RbacObjects } from '../rbac-objects.ts';
import { appliesTo, type Identity, subjectPhrase } from '../subject.ts';
import {
  addRuleCommand,
  addSubjectCommand,
  bindAlsoCommand,
  makeRoleCommand,
} from './fix-command.ts';
import { type RoleFault, roleFault } from './role-mismatch.ts';
import { gives, type Wanted } from './rule-mismatch.ts';
import { type OtherSubject, otherSubject } from './similar-subject.ts';

/** An RBAC object that looks as if it gave a right, and does not. */
export interface Miss {
  readonly kind: OtherSubject['kind'] | RoleFault['kind'] | 'namespace' | 'absent' | 'unbound';
  /** The ClusterRole that is concerned; empty if there is none. */
  readonly role: string;
  /** `ClusterRoleBinding system:kube-apiserver`, `RoleBinding NAMESPACE/NAME`. */
  readonly object: string;
  /** One sentence. */
  readonly why: string;
  /** What gives this user the right, on one of the nodes at least, and nobody else anything. */
  readonly command?: string;
}

/** A ClusterRoleBinding that gives the right to another subject that may have been meant, or the subject another right. */
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
      const other = otherSubject(each, who);
      if (!other) return [];
      const why = `It gives ClusterRole ${roleName} to ${subjectPhrase(each)}, and ${other.text}.`;
      const command = addSubjectCommand(who.user, binding, role, wanted);
      return [{ kind: other.kind, role: roleName, object, why, ...command }];
    });
  }
  if (refKind === 'Role') {
    const why = `It refers to a Role, ${roleName}, and a ClusterRoleBinding can give only a ClusterRole.`;
    return [{ kind: 'absent', role: '', object, why }];
  }
  if (!role) {
    const why = `It gives ${subjectPhrase(subject)} the ClusterRole ${roleName}, and there is none of that name.`;
    const command = makeRoleCommand(who, roleName, wanted, objects.clusterRoleBindings);
    return [{ kind: 'absent', role: roleName, object, why, ...command }];
  }
  const fault = roleFault(role, wanted);
  if (!fault) return [];
  const why = `${capital(subjectPhrase(subject))} has it by ${object}, but ${fault.text}.`;
  const command = fault.rule
    ? addRuleCommand(who, role, fault.rule, wanted, objects.clusterRoleBindings)
    : {};
  return [{ kind: fault.kind, role: roleName, object: `ClusterRole ${roleName}`, why, ...command }];
}

/** Where a RoleBinding would give the right, if nodes were in its namespace. */
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
  const need = clusterRole ? 'a ClusterRoleBinding' : 'a ClusterRole with a ClusterRoleBinding';
  return [
    {
      kind: 'namespace',
      role: clusterRole ? name : '',
      object: `RoleBinding ${namespace}/${nameOf(binding)}`,
      why: `It gives ${kind} ${name} to ${subjectPhrase(subject)} within namespace ${namespace}, and nodes are in no namespace: it takes ${need}.`,
      ...(clusterRole && bindAlsoCommand(who.user, binding, clusterRole)),
    },
  ];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
