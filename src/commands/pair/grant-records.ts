import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import {
  isOurs,
  otherManager,
  recordedExpiries,
  recordedProfile,
  recordedSubjects,
} from '../../rbac/annotations.ts';
import { knownNames, pairNames } from '../../rbac/pair.ts';
import { listed } from '../../rbac/permission.ts';
import { isProfileName, type ProfileName, profileNames, profileOf } from '../../rbac/profiles.ts';
import { formatSubject, user } from '../../rbac/subject.ts';

/** Whether grant left any record in a binding, its own or another's. */
export function isRecorded(binding: ClusterRoleBinding): boolean {
  return (
    isOurs(binding) || recordedSubjects(binding).length > 0 || recordedExpiries(binding).length > 0
  );
}

/** What grant recorded in a binding, by subject as `formatSubject` has it. */
export interface RecordsBySubject {
  readonly subjects: ReadonlySet<string>;
  /** In ISO 8601. */
  readonly expiries: ReadonlyMap<string, string>;
}

export function recordsBySubject(binding: ClusterRoleBinding): RecordsBySubject {
  return {
    subjects: new Set(recordedSubjects(binding).map(formatSubject)),
    expiries: new Map(
      recordedExpiries(binding).map(([subject, expires]) => [formatSubject(subject), expires]),
    ),
  };
}

/** The profile of a grant: by the annotation of its binding, or of its role, or by the names that grant gives; undefined if unknown. */
export function profileOfGrant(
  binding: ClusterRoleBinding,
  role: ClusterRole | undefined,
): ProfileName | undefined {
  const recorded = recordedProfile(binding) ?? '';
  if (isProfileName(recorded)) return recorded;
  if (binding.metadata?.name === knownNames.binding) return 'apiserver';
  return role ? profileOfRole(role) : profileByName(binding.roleRef.name, []);
}

/** The same for a role alone. */
export function profileOfRole(role: ClusterRole): ProfileName | undefined {
  const recorded = recordedProfile(role) ?? '';
  return isProfileName(recorded)
    ? recorded
    : profileByName(role.metadata?.name ?? '', nodesOf(role));
}

function profileByName(roleName: string, nodes: readonly string[]): ProfileName | undefined {
  if (roleName === knownNames.role) return 'apiserver';
  return profileNames.find((name) => roleNameFor(name, nodes) === roleName);
}

/** What grant calls the role of a profile for anyone but the kubelet client. */
export function roleNameFor(profile: ProfileName, nodes: readonly string[]): string {
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

/** Who else manages an object; also kube-apiserver, which restores its own roles and bindings, but never created the known pair. */
export function managerOf(object: ClusterRole | ClusterRoleBinding): string | undefined {
  const manager = otherManager(object);
  const { name, labels } = object.metadata ?? {};
  const bootstrapping = labels?.['kubernetes.io/bootstrapping'] !== undefined;
  if (manager !== undefined || !bootstrapping || isOurs(object)) return manager;
  return name === knownNames.role || name === knownNames.binding
    ? undefined
    : 'kube-apiserver itself (kubernetes.io/bootstrapping)';
}
