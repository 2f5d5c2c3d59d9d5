import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../objects.ts';
import { bootstrappingKey, isOurs, ownLabels } from './annotations.ts';
import { addedSubjects, withAddedSubject, withoutAddedSubjects } from './known-pair.ts';
import { bindingNameOf, isKnownBinding, knownNames, namesOf, profileOfRoleName } from './names.ts';
import { type ProfileName, profileOf } from './profiles.ts';
import { annotate, nameOf } from './rbac-objects.ts';
import { covers } from './rules.ts';
import { hasSubject } from './subject.ts';

/** Access to kubelets that `grant` gives: one ClusterRoleBinding to the ClusterRole of a profile. */
export interface Grant {
  readonly profile: ProfileName;
  /** Names of the nodes to which the access is limited; empty if it covers all nodes. */
  readonly nodes: readonly string[];
  readonly subject: RbacSubject;
  /** When the access expires, in ISO 8601; undefined if it does not expire. */
  readonly expires?: string | undefined;
  /** The user who ran `grant`, as the API server authenticated this user; undefined if unknown. */
  readonly grantedBy?: string | undefined;
}

const expiresKey = 'kubeletaccess/expires';
const grantedByKey = 'kubeletaccess/granted-by';

export interface GrantObjects {
  /** The role to write; undefined if the cluster has the role already, so that only the binding is written. */
  readonly role: ClusterRole | undefined;
  readonly binding: ClusterRoleBinding;
}

/** Returns the objects that give the access. They depend on nothing but the grant. */
export function objectsOf(grant: Grant, isClient: boolean): GrantObjects {
  const { profile, nodes, subject } = grant;
  const names = namesOf(profile, nodes, subject, isClient);
  const { ownRole, rules } = profileOf(profile, nodes);
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const binding: ClusterRoleBinding = {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: names.binding, labels: ownLabels() },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: names.role },
    subjects: [subject],
  };
  return {
    role:
      ownRole === undefined
        ? {
            apiVersion,
            kind: 'ClusterRole',
            metadata: roleMetadata(names.role),
            rules: [...rules],
          }
        : undefined,
    binding: withTerms(
      isKnownBinding(names.binding) ? withAddedSubject(binding, subject) : binding,
      grant,
    ),
  };
}

/** kube-apiserver's role has the marks that clusters have had since Kubernetes the Hard Way. They have no effect on this role. */
function roleMetadata(name: string): ClusterRole['metadata'] {
  if (name !== knownNames.role) return { name, labels: ownLabels() };
  return {
    name,
    labels: { [bootstrappingKey]: 'rbac-defaults', ...ownLabels() },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

/** Returns the binding with the expiry of the grant, and with the user who granted it. */
export function withTerms(
  binding: ClusterRoleBinding,
  { expires, grantedBy }: Pick<Grant, 'expires' | 'grantedBy'>,
): ClusterRoleBinding {
  return annotate(binding, { [expiresKey]: expires, [grantedByKey]: grantedBy });
}

/** Returns the binding without subjects, and without the terms of a grant if none of its subjects is left. */
export function withoutSubjects(
  binding: ClusterRoleBinding,
  leaving: readonly RbacSubject[],
): ClusterRoleBinding {
  const subjects = (binding.subjects ?? []).filter((each) => !hasSubject(leaving, each));
  const left = withoutAddedSubjects({ ...binding, subjects });
  return ownSubjects(left).length > 0 ? left : withTerms(left, {});
}

export function expiryOf({ metadata }: ClusterRoleBinding): string | undefined {
  return metadata.annotations?.[expiresKey];
}

/**
 * Whether an expiry has passed at `now` (in ms since 1970). Also true for a time that cannot be parsed, because the access would otherwise
 * never end.
 */
export function isExpired(expires: string, now: number): boolean {
  return !(Date.parse(expires) > now);
}

/** A grant, and the binding in which it was found. */
export interface FoundGrant extends Omit<Grant, 'nodes'> {
  /** Undefined if the role was not found. */
  readonly nodes: readonly string[] | undefined;
  readonly binding: ClusterRoleBinding;
}

/**
 * Returns the grants in bindings. A binding with our label and a name that `grant` chooses has one; kube-apiserver's own may have one for
 * each subject that `grant` added. Other bindings have none, and a subject that has left the binding has none.
 */
export function grantsIn(
  roles: readonly ClusterRole[],
  bindings: readonly ClusterRoleBinding[],
): readonly FoundGrant[] {
  const byName = new Map(roles.map((role) => [nameOf(role), role]));
  return bindings.flatMap((binding) => {
    const { roleRef, metadata } = binding;
    const role = byName.get(roleRef.name);
    const profile = profileIn(roleRef.name, role);
    if (profile === undefined) return [];
    const { annotations = {} } = metadata;
    const terms = { expires: annotations[expiresKey], grantedBy: annotations[grantedByKey] };
    return ownSubjects(binding).map((subject) => ({
      ...{ profile, subject, binding, ...terms },
      nodes: role && nodesOf(role),
    }));
  });
}

/** Returns the subjects of a binding that `grant` added. */
export function ownSubjects(binding: ClusterRoleBinding): readonly RbacSubject[] {
  const { subjects = [], roleRef } = binding;
  if (isKnownBinding(nameOf(binding))) return addedSubjects(binding);
  return isOurs(binding)
    ? subjects.filter((each) => bindingNameOf(roleRef.name, each) === nameOf(binding))
    : [];
}

/** Returns the profile of a role, by its name and rules; undefined if `grant` binds no such role. */
function profileIn(name: string, role: ClusterRole | undefined): ProfileName | undefined {
  const isFull =
    name === knownNames.role && covers(role?.rules ?? [], profileOf('apiserver-full').rules);
  return isFull ? 'apiserver-full' : profileOfRoleName(name);
}

/** Returns the sorted names of the nodes to which a role is limited. Empty if one of its rules covers all nodes. */
function nodesOf({ rules }: ClusterRole): readonly string[] {
  const names = (rules ?? []).map(({ resourceNames }) => resourceNames ?? []);
  return names.some((list) => list.length === 0) ? [] : [...new Set(names.flat())].sort();
}
