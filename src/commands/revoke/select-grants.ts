import { permissionsOf } from '../../kubelet/reach.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { grantRecordOf } from '../../rbac/grant-record.ts';
import { knownNames, type PairNames, pairNames } from '../../rbac/pair.ts';
import { isProfileName, type ProfileName, profileNames, profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { covers } from '../../rbac/rules.ts';
import { hasSubject, user } from '../../rbac/subject.ts';
import {
  isForNodes,
  isRecorded,
  profilesOfGrant,
  profilesOfRole,
} from '../shared/pair/recorded-grants.ts';

/**
 * Options that select the grants to revoke. Without any of them, selects the ClusterRole and ClusterRoleBinding of the API server's
 * kubelet client.
 */
export interface GrantSelection {
  readonly profile: ProfileName | undefined;
  readonly allProfiles: boolean;
  readonly subject: RbacSubject | undefined;
  /**
   * Whether --expired is set. Then grants with a recorded expiry are selected, for all profiles unless `profile` is set. The plan keeps
   * access that has not expired.
   */
  readonly expired: boolean;
  /** Names of the nodes that the selected grants are limited to; empty without --node. */
  readonly nodes: readonly string[];
  readonly names: PairNames;
}

/** A binding, or the name of a binding that does not exist. */
export interface NamedGrant {
  readonly name: string;
  readonly binding: ClusterRoleBinding | undefined;
  /** Name of the role that the binding refers to, or would refer to if it existed. */
  readonly roleName: string;
  readonly role: ClusterRole | undefined;
  /** Empty if unknown. */
  readonly profiles: readonly ProfileName[];
  /** Name of the role that grant creates with a binding of this name; undefined if the binding was found only by its grant records. */
  readonly expectedRole: string | undefined;
}

/** The selected grants of a cluster. `unbound` are roles that an interrupted run of grant or revoke left without a binding. */
export interface SelectedGrants {
  readonly grants: readonly NamedGrant[];
  readonly unbound: readonly ClusterRole[];
  /** Grants that were not selected, although the user may expect them to be revoked. */
  readonly remaining: readonly NamedGrant[];
}

/** Selects grants by the grant records in bindings. Selects a binding without grant records by its name. */
export function selectGrants(found: RbacObjects, selection: GrantSelection): SelectedGrants {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const named = namesToFind(selection);
  const all = found.clusterRoleBindings.map((binding): NamedGrant => {
    const role = roles.get(binding.roleRef.name);
    return {
      name: nameOf(binding),
      binding,
      roleName: binding.roleRef.name,
      role,
      profiles: profilesOfGrant(binding, role),
      expectedRole: named.find((names) => names.binding === nameOf(binding))?.role,
    };
  });
  const grants = all.filter((grant) => isSelected(grant, selection));
  if (grants.length === 0 || isPlain(selection))
    grants.push(...missing(named, all, roles, grants, selection));
  const bound = new Set(
    [...found.clusterRoleBindings, ...found.roleBindings].flatMap(({ roleRef }) =>
      roleRef.kind === 'ClusterRole' ? roleRef.name : [],
    ),
  );
  return {
    grants,
    unbound: found.clusterRoles.filter(
      (role) => isOurs(role) && !bound.has(nameOf(role)) && isSelectedRole(role, selection),
    ),
    remaining: all.filter((grant) => isExpectedGone(grant, selection) && !grants.includes(grant)),
  };
}

function isPlain(selection: GrantSelection): boolean {
  const { profile, subject, nodes, names, allProfiles, expired } = selection;
  const narrowed = subject !== undefined || nodes.length > 0 || names.role || names.binding;
  return profile === undefined && !narrowed && !allProfiles && !expired;
}

/** Whether a binding refers to a role that the grant command does not use. Such a binding is no grant, even with grant records. */
export function isForeignRole(
  { binding, roleName, role, expectedRole, profiles }: NamedGrant,
  { names }: GrantSelection,
): boolean {
  if (!binding) return false;
  if (names.role !== '') return roleName !== names.role;
  if (names.binding !== '' || roleName === expectedRole) return false;
  if (!isRecorded(binding)) return true;
  if (roleName.startsWith('kubeletaccess:') || roleName === knownNames.role) return false;
  // A binding to a missing role is a grant too, because the subjects get access if the role is created later.
  return role !== undefined && !isOurs(role) && !isOfProfiles(role, profiles);
}

/**
 * Whether a role gives access to kubelets and allows no more than these profiles. If `profiles` is empty, compares the role with all
 * profiles.
 */
function isOfProfiles(role: ClusterRole, profiles: readonly string[]): boolean {
  const rules = role.rules ?? [];
  const named = profiles.length > 0 ? profiles.filter(isProfileName) : profileNames;
  const known = named.map((name) => profileOf(name));
  return (
    permissionsOf(rules).length > 0 &&
    (known.some(({ ownRole }) => ownRole === nameOf(role)) ||
      covers(
        known.flatMap((profile) => profile.rules),
        rules,
      ))
  );
}

function isSelected(grant: NamedGrant, selection: GrantSelection): boolean {
  const { binding, expectedRole } = grant;
  if (!binding || !(isRecorded(binding) || expectedRole !== undefined)) return false;
  const { names, nodes, subject, expired } = selection;
  if (names.role !== '' && names.role !== grant.roleName) return false;
  if (names.binding !== '' && names.binding !== grant.name) return false;
  if (nodes.length > 0 && !isForNodes(grant.roleName, grant.role, nodes)) return false;
  if (expired && !mayExpire(binding)) return false;
  if (subject && !hasSubject(binding.subjects ?? [], subject)) return false;
  return isOfProfile(grant, selection);
}

function mayExpire(binding: ClusterRoleBinding): boolean {
  const { subjects, isUnreadable } = grantRecordOf(binding);
  return isUnreadable || subjects.values().some(({ expires }) => expires !== undefined);
}

function isOfProfile(grant: NamedGrant, selection: GrantSelection): boolean {
  const { binding, profiles } = grant;
  const isUnknown = binding && grantRecordOf(binding).isUnreadable;
  if (isUnknown && (selection.profile !== undefined || selection.subject)) return true;
  return profiles.length === 0
    ? isProfileSelected(grant, undefined, selection)
    : profiles.some((name) => isProfileSelected(grant, name, selection));
}

/** Whether the selection includes a profile of a grant. `name` is undefined if the profile is unknown. */
export function isProfileSelected(
  grant: NamedGrant,
  name: string | undefined,
  selection: GrantSelection,
): boolean {
  const { profile, nodes, subject } = selection;
  if (profile !== undefined)
    return (
      name === profile ||
      (isKnownPair(grant) &&
        isForKubeletClient(profile) &&
        (name === undefined || isForKubeletClient(name)))
    );
  if (takesAllProfiles(selection)) return true;
  if (nodes.length > 0 || subject) return isKnownPair(grant) || runsCommands(name);
  return isKnownPair(grant) || grant.name === 'kubeadm:apiserver-kubelet-client';
}

export function takesAllProfiles(selection: GrantSelection): boolean {
  const { profile, allProfiles, expired, names } = selection;
  const isNamed = names.role !== '' || names.binding !== '';
  return expired || (profile === undefined && (allProfiles || isNamed));
}

/**
 * Whether a grant has the usual binding of the API server's kubelet client. The profile in its grant record may be outdated, because newer
 * rules may have been added to its role.
 */
function isKnownPair({ name }: NamedGrant): boolean {
  return name === knownNames.binding;
}

function isForKubeletClient(profile: string): boolean {
  return profile === 'apiserver' || profile === 'apiserver-full';
}

function runsCommands(name: string | undefined): boolean {
  return name !== undefined && isProfileName(name) && profileOf(name).runsCommands;
}

function isSelectedRole(role: ClusterRole, selection: GrantSelection): boolean {
  const { profile, allProfiles, expired, names, nodes } = selection;
  const profiles = profilesOfRole(role);
  if (names.role !== '') return names.role === nameOf(role);
  if (nodes.length > 0 && !isForNodes(nameOf(role), role, nodes)) return false;
  if (allProfiles || expired) return profile === undefined || profiles.includes(profile);
  if (profile !== undefined)
    return (
      profiles.includes(profile) ||
      (nameOf(role) === knownNames.role && isForKubeletClient(profile))
    );
  if (names.binding !== '') return false;
  return profiles.some(isForKubeletClient);
}

/** Returns names of roles and bindings. Bindings without grant records are found by these names. */
function namesToFind(selection: GrantSelection): readonly PairNames[] {
  const { profile: name = 'apiserver', subject, nodes, names, allProfiles, expired } = selection;
  const profile = profileOf(name, nodes);
  if (names.role !== '' || names.binding !== '') {
    const usual = pairNames(profile, subject ?? user(''), nodes, true);
    return [{ role: names.role || usual.role, binding: names.binding || usual.binding }];
  }
  if ((allProfiles && !subject) || expired) return [];
  if (subject) {
    const own = pairNames(profile, subject, nodes, false);
    const known = pairNames(profile, subject, nodes, true);
    return known === knownNames ? [known, own] : [own];
  }
  if (nodes.length === 0 && isForKubeletClient(name)) return [knownNames];
  return [];
}

/**
 * Returns the first existing grant whose binding has one of the names. If no such binding exists, returns a grant with the first name.
 * Returns nothing if `grants` already has such a binding.
 */
function missing(
  named: readonly PairNames[],
  all: readonly NamedGrant[],
  roles: ReadonlyMap<string, ClusterRole>,
  grants: readonly NamedGrant[],
  { subject }: GrantSelection,
): readonly NamedGrant[] {
  const [first] = named;
  if (!first || named.some(({ binding }) => grants.some(({ name }) => name === binding))) return [];
  const there = all.find((grant) => named.some(({ binding }) => binding === grant.name));
  const isHeld = (binding: ClusterRoleBinding) =>
    !subject || hasSubject(binding.subjects ?? [], subject);
  if (there?.binding && isHeld(there.binding)) return [there];
  // If the binding does not exist, the subject of --subject has no access to revoke.
  if (subject) return [];
  return [
    {
      name: first.binding,
      binding: undefined,
      roleName: first.role,
      role: roles.get(first.role),
      profiles: [],
      expectedRole: first.role,
    },
  ];
}

function isExpectedGone(grant: NamedGrant, selection: GrantSelection): boolean {
  const { binding, profiles } = grant;
  if (!binding || !isRecorded(binding) || selection.allProfiles || selection.expired) return false;
  const { subject, profile } = selection;
  if (subject)
    return (
      hasSubject(binding.subjects ?? [], subject) &&
      (profile === undefined || profiles.includes(profile) || opensAlso(grant, profile))
    );
  return isPlain(selection) && profiles.some(runsCommands);
}

/** Whether a role has one of the permissions of a profile, even if another profile is recorded. */
function opensAlso({ role }: NamedGrant, profile: ProfileName): boolean {
  const wanted = permissionsOf(profileOf(profile).rules);
  return permissionsOf(role?.rules ?? []).some(({ resource, verb }) =>
    wanted.some((permission) => permission.resource === resource && permission.verb === verb),
  );
}
