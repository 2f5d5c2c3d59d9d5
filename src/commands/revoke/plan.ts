import { Failure } from '../../errors.ts';
import type { AnyBinding, ClusterRoleBinding, RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import { recordedProfiles } from '../../rbac/grant-record.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { profilesOfRole } from '../shared/pair/recorded-grants.ts';
import { type BindingPlan, planUnbind } from './plan-binding.ts';
import { planRoleRemoval, sharedNotes } from './plan-role.ts';
import {
  type GrantSelection,
  type NamedGrant,
  type SelectedGrants,
  selectGrants,
} from './select-grants.ts';
import type { RevokeOptions } from './subject-outcome.ts';

export interface RevokePlan {
  /** Changes of bindings, followed by changes of roles. In this order, no binding refers to a deleted role. */
  readonly changes: readonly Change[];
  /** Subjects that lose access, spelled as in their bindings. */
  readonly leaving: readonly RbacSubject[];
  readonly affected: readonly NamedGrant[];
  readonly failures: readonly Failure[];
  readonly remaining: readonly NamedGrant[];
}

const mostListed = 5;

/** Plans all selected grants from one state of the cluster, so that a dry run shows each change of a real run. */
export function planRevoke(
  found: RbacObjects,
  selection: GrantSelection,
  options: RevokeOptions,
): RevokePlan {
  const selected = selectGrants(found, selection);
  const failures: Failure[] = [];
  const unbindings = selected.grants.flatMap((grant) => {
    try {
      const unbinding = planUnbind(grant, selection, options);
      failures.push(...unbinding.failures);
      return unbinding.failures.length > 0 && unbinding.leaving.length === 0 ? [] : unbinding;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
      return [];
    }
  });
  const changes = [
    ...limitKept(
      unbindings.map(({ change }) => change),
      'bindings',
    ),
    ...limitKept(planRoles(found, selection, selected, unbindings, options), 'roles'),
  ];
  return {
    changes: changes.some(isOfSomething) ? changes : [],
    leaving: unbindings.flatMap(({ leaving }) => leaving),
    affected: unbindings.flatMap(({ leaving, grant }) => (leaving.length > 0 ? grant : [])),
    failures,
    remaining: selected.remaining,
  };
}

function isOfSomething({ action, object, differences, notes = [] }: Change): boolean {
  return action !== 'none' || object !== undefined || differences.length + notes.length > 0;
}

function limitKept(changes: readonly Change[], what: string): readonly Change[] {
  const rest = changes.filter(({ action }) => action === 'none').length - mostListed;
  if (rest <= 0) return changes;
  let listed = 0;
  return changes.flatMap((change): Change | [] => {
    if (change.action !== 'none') return change;
    listed += 1;
    if (listed > mostListed) return [];
    if (listed < mostListed) return change;
    return { ...change, differences: [...change.differences, `and ${rest} more ${what} kept`] };
  });
}

function planRoles(
  found: RbacObjects,
  { profile, names }: GrantSelection,
  { unbound }: SelectedGrants,
  unbindings: readonly BindingPlan[],
  { force }: RevokeOptions,
): readonly Change[] {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const named = unbindings.flatMap((unbinding) => {
    const { binding, roleName, expectedRole } = unbinding.grant;
    const name = unbinding.isForeign ? expectedRole : roleName;
    // If --binding-name names a binding that does not exist, its role is unknown.
    const isUnknown = !binding && names.binding !== '' && names.role === '';
    return name === undefined || isUnknown ? [] : { name, unbinding };
  });
  const unused = unbound.map((role) => ({ name: nameOf(role), unbinding: [] }));
  const byName = Map.groupBy([...named, ...unused], ({ name }) => name);
  const referrers = referrersByRole(found, unbindings);
  const removals = [...byName].map(([name, group]) => {
    const from = group.flatMap(({ unbinding }) => unbinding);
    const others = referrers.get(name) ?? [];
    return planRoleRemoval({ name, role: roles.get(name), from, profile, others }, found, force);
  });
  // If other subjects of a role keep the rules of the revoked profile, a note says how to edit the role.
  const shared = found.clusterRoles.flatMap((role): Change | [] => {
    const name = nameOf(role);
    const users = referrers.get(name);
    if (profile === undefined || !users || byName.has(name) || !isOurs(role)) return [];
    const isNeeded = users.some((binding) => recordedProfiles(binding).includes(profile));
    if (isNeeded || !profilesOfRole(role).includes(profile)) return [];
    const target = { kind: 'ClusterRole', name, action: 'none', object: role } as const;
    return { ...target, differences: [], notes: sharedNotes(role) };
  });
  return [...removals, ...shared.filter(({ notes = [] }) => notes.length > 0)];
}

/** Returns the ClusterRoleBindings and RoleBindings that refer to each ClusterRole after the plan is applied. */
function referrersByRole(
  found: RbacObjects,
  unbindings: readonly BindingPlan[],
): ReadonlyMap<string, readonly AnyBinding[]> {
  const changes = new Map(unbindings.map(({ change, grant }) => [grant.binding, change]));
  const staying = [
    ...found.clusterRoleBindings.flatMap((binding) => {
      const { action, object } = changes.get(binding) ?? {};
      if (action === 'delete') return [];
      return action === 'update' ? (object as ClusterRoleBinding) : binding;
    }),
    ...found.roleBindings,
  ].filter(({ roleRef }) => roleRef.kind === 'ClusterRole');
  return Map.groupBy(staying, ({ roleRef }) => roleRef.name);
}
