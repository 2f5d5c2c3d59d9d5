import { Failure } from '../../errors.ts';
import type { AnyBinding, RbacSubject } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import type { Change } from '../../rbac/change.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { profilesOfRole } from '../shared/pair/grant-records.ts';
import { holdersOf, narrowRole } from './narrow-role.ts';
import { type BindingPlan, planUnbind, type RevokeOptions } from './plan-binding.ts';
import { planRoleRemoval, staleNotes } from './plan-role.ts';
import {
  type SelectedGrant,
  type SelectedGrants,
  type Selection,
  selectGrants,
} from './select-grants.ts';

export interface RevokePlan {
  /** Bindings first, so that none ever dangles. */
  readonly changes: readonly Change[];
  /** Subjects that lose access, each as its binding names it. */
  readonly leaving: readonly RbacSubject[];
  /** The grants that give them access. */
  readonly affected: readonly SelectedGrant[];
  /** Why selected grants may not be changed. */
  readonly refusals: readonly Failure[];
  /** Grants that were not selected although the user may expect it. */
  readonly remaining: readonly SelectedGrant[];
}

/** How many kept objects of one kind are listed. */
const mostListed = 5;

/** One plan for all selected grants, from one state of the cluster: a dry run shows what a run does. */
export function planRevoke(
  found: RbacObjects,
  selection: Selection,
  options: RevokeOptions,
): RevokePlan {
  const selected = selectGrants(found, selection);
  const refusals: Failure[] = [];
  const tried = selected.targets.flatMap((target) => {
    try {
      return planUnbind(target, selection, options);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusals.push(error);
      return [];
    }
  });
  const { narrowings, unbindings, refused } = planNarrowing(found, tried, selection, options);
  refusals.push(...refused);
  const narrowed = new Set(narrowings.map(({ name }) => name));
  return {
    changes: [
      // First, so that an interrupted run finds the rest to revoke in the records.
      ...narrowings,
      ...limitKept(
        unbindings.map(({ change }) => change),
        'bindings',
      ),
      ...limitKept(
        planRoles(found, selection, selected, unbindings, options).filter(
          ({ name }) => !narrowed.has(name),
        ),
        'roles',
      ),
    ],
    leaving: unbindings.flatMap(({ leaving }) => leaving),
    affected: unbindings.flatMap(({ leaving, narrowed: less, target }) =>
      leaving.length + less.length > 0 ? target : [],
    ),
    refusals,
    remaining: selected.remaining,
  };
}

/** The changes of roles whose subjects keep other profiles, and what then becomes of their bindings. */
function planNarrowing(
  found: RbacObjects,
  tried: readonly BindingPlan[],
  selection: Selection,
  options: RevokeOptions,
) {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const referrers = referrersByRole(found, tried);
  const refused = new Map<BindingPlan, Failure>();
  const names = new Set(
    tried.flatMap(({ target, narrowed }) => (narrowed.length > 0 ? target.roleName : [])),
  );
  const narrowings = [...names].flatMap((name): Change | [] => {
    const ofRole = tried.filter(({ target }) => target.roleName === name);
    const holders = holdersOf(referrers.get(name) ?? [], ofRole);
    const { change, refusals } = narrowRole(roles.get(name), ofRole, holders, found, options.force);
    for (const [unbinding, failure] of refusals) refused.set(unbinding, failure);
    return change ?? [];
  });
  const unbindings = tried.flatMap((unbinding) => {
    if (!refused.has(unbinding)) return unbinding;
    const without = planUnbind(unbinding.target, selection, options, false);
    return without.leaving.length > 0 ? without : [];
  });
  return { narrowings, unbindings, refused: [...refused.values()] };
}

/** All objects that change, and the first few of those kept. */
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
  { profile, names }: Selection,
  { unbound }: SelectedGrants,
  unbindings: readonly BindingPlan[],
  { force }: RevokeOptions,
): readonly Change[] {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const named = unbindings.flatMap((unbinding) => {
    const { binding, roleName, expectedRole } = unbinding.target;
    const name = unbinding.isForeign ? expectedRole : roleName;
    // To which role a binding referred that is named and not there, nobody knows.
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
  return [...removals, ...planStaleRoles(found, profile, referrers, byName)];
}

/** Other roles of ours that still have the rules of a revoked profile, as an interrupted run leaves them. */
function planStaleRoles(
  { clusterRoles }: RbacObjects,
  profile: Selection['profile'],
  referrers: Referrers,
  planned: ReadonlyMap<string, unknown>,
): readonly Change[] {
  if (profile === undefined) return [];
  return clusterRoles.flatMap((role): Change | [] => {
    const name = nameOf(role);
    if (planned.has(name) || !isOurs(role) || !profilesOfRole(role).includes(profile)) return [];
    const notes = staleNotes(role, [], referrers.get(name) ?? [], profile);
    const change = { kind: 'ClusterRole', name, action: 'none', object: role } as const;
    return notes.length > 0 ? { ...change, differences: [], notes } : [];
  });
}

type Referrers = ReadonlyMap<string, readonly AnyBinding[]>;

/** The bindings, of either kind, that refer to each ClusterRole once the plan is applied. */
function referrersByRole(found: RbacObjects, unbindings: readonly BindingPlan[]): Referrers {
  const going = new Set(
    unbindings.flatMap(({ change, target }) => (change.action === 'delete' ? target.binding : [])),
  );
  const staying = [...found.clusterRoleBindings, ...found.roleBindings].filter(
    (binding) => binding.roleRef.kind === 'ClusterRole' && !going.has(binding),
  );
  return Map.groupBy(staying, ({ roleRef }) => roleRef.name);
}
