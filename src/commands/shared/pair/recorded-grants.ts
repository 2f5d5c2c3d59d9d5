import { Failure } from '../../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../../objects.ts';
import { bootstrappingKey, isOurs, otherManager } from '../../../rbac/annotations.ts';
import type { PairKind } from '../../../rbac/change.ts';
import { grantRecordOf, recordedProfiles } from '../../../rbac/grant-record.ts';
import { knownNames, pairNames } from '../../../rbac/pair.ts';
import { listed } from '../../../rbac/permission.ts';
import {
  isProfileName,
  type ProfileName,
  profileNames,
  profileOf,
} from '../../../rbac/profiles.ts';
import { user } from '../../../rbac/subject.ts';

export function isRecorded(binding: ClusterRoleBinding): boolean {
  const { subjects, isUnreadable } = grantRecordOf(binding);
  return isOurs(binding) || subjects.size > 0 || isUnreadable;
}

/**
 * Returns the profiles that the annotations of the binding or the role record. Without a record, recognizes the profiles by the names of
 * the binding and the role. Returns an empty list if no profile matches.
 */
export function profilesOfGrant(
  binding: ClusterRoleBinding,
  role: ClusterRole | undefined,
): readonly ProfileName[] {
  const recorded = recordedProfiles(binding).filter(isProfileName);
  if (recorded.length > 0) return recorded;
  if (binding.metadata.name === knownNames.binding) return ['apiserver'];
  return role ? profilesOfRole(role) : profilesByName(binding.roleRef.name, []);
}

/** Returns the profiles that the annotation of a role records. Without a record, recognizes the profiles by the name of the role. */
export function profilesOfRole(role: ClusterRole): readonly ProfileName[] {
  const recorded = recordedProfiles(role).filter(isProfileName);
  return recorded.length > 0 ? recorded : profilesByName(role.metadata.name, nodesOf(role));
}

function profilesByName(roleName: string, nodes: readonly string[]): readonly ProfileName[] {
  if (roleName === knownNames.role) return ['apiserver'];
  return profileNames.filter((name) => roleNameFor(name, nodes) === roleName);
}

function roleNameFor(profile: ProfileName, nodes: readonly string[]): string {
  return pairNames(profileOf(profile, nodes), user(''), nodes, false).role;
}

/** Returns the sorted names of the nodes that a role is limited to. Returns an empty list if one of its rules covers all nodes. */
export function nodesOf({ rules }: ClusterRole): readonly string[] {
  const names = (rules ?? []).map(({ resourceNames }) => listed(resourceNames));
  return names.some((list) => list.length === 0) ? [] : [...new Set(names.flat())].sort();
}

/** Whether a grant is limited to exactly these sorted nodes. If the role does not exist, its name shows the nodes. */
export function isForNodes(
  roleName: string,
  role: ClusterRole | undefined,
  nodes: readonly string[],
): boolean {
  if (role) return JSON.stringify(nodesOf(role)) === JSON.stringify(nodes);
  return profileNames.some((profile) => roleNameFor(profile, nodes) === roleName);
}

export function checkManager(
  kind: PairKind,
  object: ClusterRole | ClusterRoleBinding,
  force: boolean,
  details: readonly string[] = [],
): void {
  const manager = managerOf(object);
  if (manager === undefined || force) return;
  throw new Failure(
    `${kind} ${object.metadata.name} is managed by ${manager} and would be changed`,
    { details, hints: ['change it there, or re-run with --force to override'] },
  );
}

const ownNames = /^(?:system:|(?:cluster-admin|admin|edit|view)$)/;

/**
 * Returns the tool that manages an object, such as Helm. For built-in objects, this is kube-apiserver, except for the ClusterRole and
 * ClusterRoleBinding of the kubelet client.
 */
export function managerOf(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const manager = otherManager(object);
  const { name, labels } = object.metadata;
  // A copy of a built-in role has the same label, but another name.
  const bootstrapping = labels?.[bootstrappingKey] !== undefined && ownNames.test(name);
  if (manager !== undefined || !bootstrapping || isOurs(object)) return manager;
  return name === knownNames.role || name === knownNames.binding
    ? undefined
    : 'kube-apiserver itself (kubernetes.io/bootstrapping)';
}
