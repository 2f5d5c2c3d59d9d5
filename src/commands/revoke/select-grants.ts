import { rightsOf } from '../../kubelet/reach.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs, recordedExpiries } from '../../rbac/annotations.ts';
import { knownNames, type PairNames, pairNames } from '../../rbac/pair.ts';
import { type ProfileName, profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { hasSubject, user } from '../../rbac/subject.ts';
import { isForNodes, isRecorded, profileOfGrant, profileOfRole } from '../pair/grant-records.ts';

/** Which grants are to be taken back. Without any choice: the pair of the kubelet client. */
export interface Selection {
  readonly profile: ProfileName | undefined;
  readonly allProfiles: boolean;
  readonly subject: RbacSubject | undefined;
  /** Those with an expiry on record, of whatever profile. */
  readonly expired: boolean;
  /** Those for exactly these nodes; empty for no such choice. */
  readonly nodes: readonly string[];
  /** Exactly these; empty where none is named. */
  readonly names: PairNames;
}

/** A grant that was chosen: a binding, or the name of one that is not there. */
export interface Target {
  readonly name: string;
  readonly binding: ClusterRoleBinding | undefined;
  /** Of the role that the binding gives, or should. */
  readonly roleName: string;
  readonly role: ClusterRole | undefined;
  readonly profile: ProfileName | undefined;
  /** The role that a pair of this name would give; undefined if the binding was found by its records alone. */
  readonly expectedRole: string | undefined;
}

/** The grants of a cluster that a selection means, and roles of ours that a run cut short left without any binding. */
export interface Chosen {
  readonly targets: readonly Target[];
  readonly unbound: readonly ClusterRole[];
  /** Grants that were not chosen, and of which whoever made that choice may think they were. */
  readonly remaining: readonly Target[];
}

/** By what is on record in the bindings; names count only for what has nothing on record. */
export function chooseGrants(found: RbacObjects, selection: Selection): Chosen {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const named = namesToLookFor(selection);
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
  const targets = all.filter((target) => isChosen(target, selection));
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
      (role) => isOurs(role) && !bound.has(nameOf(role)) && isChosenRole(role, selection),
    ),
    remaining: all.filter(
      (target) => mayBeThoughtGone(target, selection) && !targets.includes(target),
    ),
  };
}

function isPlain({ profile, subject, nodes, names, allProfiles, expired }: Selection): boolean {
  const narrowed = subject !== undefined || nodes.length > 0 || names.role || names.binding;
  return profile === undefined && !narrowed && !allProfiles && !expired;
}

/** Whether a binding gives something that no grant gave: then it is not what was granted, whatever it has on record. */
export function strays(
  { binding, roleName, role, expectedRole }: Target,
  { names, expired }: Selection,
): boolean {
  // What is over is over, whatever else there is on record.
  if (!binding || expired) return false;
  if (names.role !== '') return roleName !== names.role;
  if (names.binding !== '' || roleName === expectedRole) return false;
  if (!isRecorded(binding)) return true;
  if (roleName.startsWith('kubeletaccess:') || roleName === knownNames.role) return false;
  // Whoever makes a role of that name later would give it to the subjects.
  return role !== undefined && !isOurs(role) && rightsOf(role.rules ?? []).length === 0;
}

function isChosen(target: Target, selection: Selection): boolean {
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

/** Its mark may be older than what it gives by now. */
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

function isChosenRole(role: ClusterRole, selection: Selection): boolean {
  const { profile, allProfiles, expired, names, nodes, subject } = selection;
  // One subject's grants are taken back; and what a role is aggregated into, it is given by.
  if (subject || isAggregated(role)) return false;
  const its = profileOfRole(role);
  if (names.role !== '') return names.role === nameOf(role);
  if (nodes.length > 0 && !isForNodes(nameOf(role), role, nodes)) return false;
  if (allProfiles || expired) return profile === undefined || its === profile;
  if (profile !== undefined)
    return its === profile || (nameOf(role) === knownNames.role && isForKubeletClient(profile));
  if (names.binding !== '') return false;
  return its !== undefined && isForKubeletClient(its);
}

function isAggregated({ metadata }: ClusterRole): boolean {
  return Object.keys(metadata?.labels ?? {}).some((label) => label.includes('/aggregate-to-'));
}

/** Where a pair would be that has nothing on record. */
function namesToLookFor(selection: Selection): readonly PairNames[] {
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

/** Of the names that were looked for, the first that is there, or else the first. */
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

function mayBeThoughtGone(target: Target, selection: Selection): boolean {
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
