import { rightsOf } from '../../kubelet/reach.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs, recordedExpiries } from '../../rbac/annotations.ts';
import { knownNames, type PairNames, pairNames } from '../../rbac/pair.ts';
import { type ProfileName, profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { hasSubject, user } from '../../rbac/subject.ts';
import { isForNodes, isRecorded, profileOfGrant, profileOfRole } from '../pair/grant-records.ts';

/** Which grants to revoke. Without any choice: the pair of the kubelet client. */
export interface Selection {
  readonly profile: ProfileName | undefined;
  readonly allProfiles: boolean;
  readonly subject: RbacSubject | undefined;
  /** Those with an expiry on record, of whatever profile. */
  readonly expired: boolean;
  /** Those limited to exactly these nodes; empty for no such choice. */
  readonly nodes: readonly string[];
  /** Of these names; empty where none is given. */
  readonly names: PairNames;
}

/** A selected grant: a binding, or the name of one that does not exist. */
export interface Target {
  readonly name: string;
  readonly binding: ClusterRoleBinding | undefined;
  /** Of the role that the binding refers to, or should. */
  readonly roleName: string;
  readonly role: ClusterRole | undefined;
  readonly profile: ProfileName | undefined;
  /** The role that a pair of this name refers to; undefined if the binding was found by its records alone. */
  readonly expectedRole: string | undefined;
}

/** The grants of a cluster that a selection means, and roles of ours that an interrupted run left without a binding. */
export interface SelectedGrants {
  readonly targets: readonly Target[];
  readonly unbound: readonly ClusterRole[];
  /** Grants that were not selected although the user may expect it. */
  readonly remaining: readonly Target[];
}

/** By the records in bindings; names count only for bindings without records. */
export function selectGrants(found: RbacObjects, selection: Selection): SelectedGrants {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const named = namesToFind(selection);
  const all = found.clusterRoleBindings.map((binding): Target => {
    const role = roles.get(binding.roleRef.name);
    return {
      name: nameOf(binding),
      binding,
      roleName: binding.roleRef.name,
      role,
      profile: profileOfGrant(binding, role),
      expectedRole: named.find((names) => names.binding === nameOf(binding))?.role,
    };
  });
  const targets = all.filter((target) => isSelected(target, selection));
  if (targets.length === 0 || isPlain(selection))
    targets.push(...missing(named, all, roles, targets));
  const bound = new Set(
    [...found.clusterRoleBindings, ...found.roleBindings].flatMap(({ roleRef }) =>
      roleRef.kind === 'ClusterRole' ? roleRef.name : [],
    ),
  );
  return {
    targets,
    unbound: found.clusterRoles.filter(
      (role) => isOurs(role) && !bound.has(nameOf(role)) && isSelectedRole(role, selection),
    ),
    remaining: all.filter(
      (target) => isExpectedGone(target, selection) && !targets.includes(target),
    ),
  };
}

function isPlain({ profile, subject, nodes, names, allProfiles, expired }: Selection): boolean {
  const narrowed = subject !== undefined || nodes.length > 0 || names.role || names.binding;
  return profile === undefined && !narrowed && !allProfiles && !expired;
}

/** Whether a binding refers to a role that no grant refers to: then it is not a grant, whatever its records. */
export function isForeignRole(
  { binding, roleName, role, expectedRole }: Target,
  { names, expired }: Selection,
): boolean {
  // Expired access is revoked, whatever else is on record.
  if (!binding || expired) return false;
  if (names.role !== '') return roleName !== names.role;
  if (names.binding !== '' || roleName === expectedRole) return false;
  if (!isRecorded(binding)) return true;
  if (roleName.startsWith('kubeletaccess:') || roleName === knownNames.role) return false;
  // A role of that name that is created later would be granted to the subjects.
  return role !== undefined && !isOurs(role) && rightsOf(role.rules ?? []).length === 0;
}

function isSelected(target: Target, selection: Selection): boolean {
  const { binding, expectedRole } = target;
  if (!binding || !(isRecorded(binding) || expectedRole !== undefined)) return false;
  const { names, nodes, subject, expired } = selection;
  if (names.role !== '' && names.role !== target.roleName) return false;
  if (names.binding !== '' && names.binding !== target.name) return false;
  if (nodes.length > 0 && !isForNodes(target.roleName, target.role, nodes)) return false;
  if (expired && recordedExpiries(binding).length === 0) return false;
  if (subject && !hasSubject(binding.subjects ?? [], subject)) return false;
  return isOfProfile(target, selection);
}

function isOfProfile(target: Target, selection: Selection): boolean {
  const { profile, allProfiles, expired, names, nodes, subject } = selection;
  if (profile !== undefined)
    return target.profile === profile || (isKnownPair(target) && isForKubeletClient(profile));
  if (allProfiles || expired || names.role !== '' || names.binding !== '') return true;
  if (nodes.length > 0 || subject) return isKnownPair(target) || runsCommands(target);
  return isKnownPair(target) || isKubeadmPair(target);
}

/** Its annotation may be older than its rules. */
function isKnownPair({ name }: Target): boolean {
  return name === knownNames.binding;
}

function isKubeadmPair({ name }: Target): boolean {
  return name === 'kubeadm:apiserver-kubelet-client';
}

function isForKubeletClient(profile: ProfileName): boolean {
  return profile === 'apiserver' || profile === 'apiserver-full';
}

function runsCommands({ profile }: Target): boolean {
  return profile !== undefined && profileOf(profile).runsCommands;
}

function isSelectedRole(role: ClusterRole, selection: Selection): boolean {
  const { profile, allProfiles, expired, names, nodes, subject } = selection;
  // With --subject, only that subject loses access; and an aggregated role may be granted through another.
  if (subject || isAggregated(role)) return false;
  const roleProfile = profileOfRole(role);
  if (names.role !== '') return names.role === nameOf(role);
  if (nodes.length > 0 && !isForNodes(nameOf(role), role, nodes)) return false;
  if (allProfiles || expired) return profile === undefined || roleProfile === profile;
  if (profile !== undefined)
    return (
      roleProfile === profile || (nameOf(role) === knownNames.role && isForKubeletClient(profile))
    );
  if (names.binding !== '') return false;
  return roleProfile !== undefined && isForKubeletClient(roleProfile);
}

function isAggregated({ metadata }: ClusterRole): boolean {
  return Object.keys(metadata?.labels ?? {}).some((label) => label.includes('/aggregate-to-'));
}

/** The names of pairs without records. */
function namesToFind(selection: Selection): readonly PairNames[] {
  const { profile: name = 'apiserver', subject, nodes, names, allProfiles, expired } = selection;
  const profile = profileOf(name, nodes);
  if (names.role !== '' || names.binding !== '') {
    const usual = pairNames(profile, subject ?? user(''), nodes, true);
    return [{ role: names.role || usual.role, binding: names.binding || usual.binding }];
  }
  if (allProfiles || expired) return [];
  if (subject) {
    const own = pairNames(profile, subject, nodes, false);
    const known = pairNames(profile, subject, nodes, true);
    return known === knownNames ? [known, own] : [own];
  }
  if (nodes.length === 0 && isForKubeletClient(name)) return [knownNames];
  return [];
}

/** Of the names to find, the first that exists, or else the first. */
function missing(
  named: readonly PairNames[],
  all: readonly Target[],
  roles: ReadonlyMap<string, ClusterRole>,
  targets: readonly Target[],
): readonly Target[] {
  const [first] = named;
  if (!first || named.some(({ binding }) => targets.some(({ name }) => name === binding)))
    return [];
  const there = all.find((target) => named.some(({ binding }) => binding === target.name));
  if (there) return [there];
  return [
    {
      name: first.binding,
      binding: undefined,
      roleName: first.role,
      role: roles.get(first.role),
      profile: undefined,
      expectedRole: first.role,
    },
  ];
}

function isExpectedGone(target: Target, selection: Selection): boolean {
  const { binding } = target;
  if (!binding || !isRecorded(binding) || selection.allProfiles || selection.expired) return false;
  const { subject, profile } = selection;
  if (subject)
    return (
      hasSubject(binding.subjects ?? [], subject) &&
      (profile === undefined || target.profile === profile)
    );
  return isPlain(selection) && runsCommands(target);
}
