import { Failure } from '../../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../../objects.ts';
import { bootstrappingKey, isOurs, otherManager } from '../../../rbac/annotations.ts';
import type { PairKind } from '../../../rbac/change.ts';
import { knownNames, pairNames } from '../../../rbac/pair.ts';
import { listed } from '../../../rbac/permission.ts';
import {
  isProfileName,
  type ProfileName,
  profileNames,
  profileOf,
} from '../../../rbac/profiles.ts';
import { recordedProfiles, recordKey, recordsOf } from '../../../rbac/records.ts';
import { user } from '../../../rbac/subject.ts';

/** Whether grant left any record in a binding, its own or another's. */
export function isRecorded(binding: ClusterRoleBinding): boolean {
  const { subjects, isUnreadable } = recordsOf(binding);
  return isOurs(binding) || subjects.length > 0 || isUnreadable;
}

/** Why a binding cannot be judged: a record that cannot be parsed says nothing, not even that there is nothing. */
export function unreadableRecord(binding: ClusterRoleBinding, consequence: string): Failure {
  return new Failure(
    `cannot parse annotation ${recordKey} of ClusterRoleBinding ${binding.metadata.name}, and ${consequence}`,
    {
      hints: [
        'fix the annotation: {"profiles":["stats"],"subjects":{"user:NAME":{"expires":"2030-01-31T12:00:00Z"}}}; or remove it',
      ],
    },
  );
}

/** The profiles of a grant: by the annotations of its binding, or of its role, or by the names that grant gives; none if unknown. */
export function profilesOfGrant(
  binding: ClusterRoleBinding,
  role: ClusterRole | undefined,
): readonly ProfileName[] {
  const recorded = recordedProfiles(binding).filter(isProfileName);
  if (recorded.length > 0) return recorded;
  if (binding.metadata.name === knownNames.binding) return ['apiserver'];
  return role ? profilesOfRole(role) : profilesByName(binding.roleRef.name, []);
}

/** The same for a role alone. */
export function profilesOfRole(role: ClusterRole): readonly ProfileName[] {
  const recorded = recordedProfiles(role).filter(isProfileName);
  return recorded.length > 0 ? recorded : profilesByName(role.metadata.name, nodesOf(role));
}

function profilesByName(roleName: string, nodes: readonly string[]): readonly ProfileName[] {
  if (roleName === knownNames.role) return ['apiserver'];
  return profileNames.filter((name) => roleNameFor(name, nodes) === roleName);
}

/** Name of the role of a profile, for any subject but the kubelet client. */
function roleNameFor(profile: ProfileName, nodes: readonly string[]): string {
  return pairNames(profileOf(profile, nodes), user(''), nodes, false).role;
}

/** The nodes that each rule of a role is limited to, each once and sorted; none if a rule covers all. */
export function nodesOf({ rules }: ClusterRole): readonly string[] {
  const names = (rules ?? []).map(({ resourceNames }) => listed(resourceNames));
  return names.some((list) => list.length === 0) ? [] : [...new Set(names.flat())].sort();
}

/** Whether a grant is for exactly these nodes, sorted; by the name of the role if that is gone. */
export function isForNodes(
  roleName: string,
  role: ClusterRole | undefined,
  nodes: readonly string[],
): boolean {
  if (role) return JSON.stringify(nodesOf(role)) === JSON.stringify(nodes);
  return profileNames.some((profile) => roleNameFor(profile, nodes) === roleName);
}

/** Denies a change of what another tool manages, unless it is forced; `details` tell what would change. */
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

/** kube-apiserver makes its own roles and bindings by these names. */
const ownNames = /^(?:system:|(?:cluster-admin|admin|edit|view)$)/;

/** Another manager of an object, such as Helm; also kube-apiserver, which restores its own roles and bindings, but never created the known pair. */
export function managerOf(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const manager = otherManager(object);
  const { name, labels } = object.metadata;
  // A copied role has the copied label.
  const bootstrapping = labels?.[bootstrappingKey] !== undefined && ownNames.test(name);
  if (manager !== undefined || !bootstrapping || isOurs(object)) return manager;
  return name === knownNames.role || name === knownNames.binding
    ? undefined
    : 'kube-apiserver itself (kubernetes.io/bootstrapping)';
}
