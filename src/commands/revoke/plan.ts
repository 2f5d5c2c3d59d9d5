import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject, RoleBinding } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { formatRule, missingRules } from '../../rbac/rules.ts';
import { summarize } from '../../text/list.ts';
import { managerOf, nodesOf, profileOfRole } from '../pair/grant-records.ts';
import { planUnbind, type RevokeOptions, type Unbinding } from './plan-binding.ts';
import { type SelectedGrants, type Selection, selectGrants, type Target } from './select-grants.ts';

/** The changes that revoke grants. */
export interface RevokePlan {
  /** Bindings first, so that none ever dangles. */
  readonly changes: readonly Change[];
  /** Who loses access, each as a binding has it. */
  readonly leaving: readonly RbacSubject[];
  /** Why selected grants may not be changed. */
  readonly refusals: readonly Failure[];
  /** Grants that were not selected although the user may expect it. */
  readonly remaining: readonly Target[];
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
  const unbindings: Unbinding[] = [];
  const refusals: Failure[] = [];
  for (const target of selected.targets)
    try {
      unbindings.push(planUnbind(target, selection, options));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusals.push(error);
    }
  return {
    changes: [
      ...limitKept(
        unbindings.map(({ change }) => change),
        'bindings',
      ),
      ...limitKept(planRoles(found, selection, selected, unbindings, options), 'roles'),
    ],
    leaving: unbindings.flatMap(({ leaving }) => leaving),
    refusals,
    remaining: selected.remaining,
  };
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
  { profile, subject }: Selection,
  { unbound }: SelectedGrants,
  unbindings: readonly Unbinding[],
  { force }: RevokeOptions,
): readonly Change[] {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const bindings = new Map<string, Unbinding[]>();
  for (const unbinding of unbindings) {
    const { roleName, expectedRole } = unbinding.target;
    const name = unbinding.isForeign ? expectedRole : roleName;
    // A subject without a binding loses nothing, and no role is deleted for it.
    if (name === undefined || (subject && !unbinding.target.binding)) continue;
    const list = bindings.get(name);
    if (list) list.push(unbinding);
    else bindings.set(name, [unbinding]);
  }
  for (const role of unbound) if (!bindings.has(nameOf(role))) bindings.set(nameOf(role), []);
  const referrers = referrersByRole(found, unbindings);
  return [...bindings].map(([name, from]) => {
    const role = roles.get(name);
    return planRoleRemoval(name, role, from, profile, referrers.get(name) ?? [], force);
  });
}

/** The bindings, of either kind, that refer to each ClusterRole once the plan is applied. */
function referrersByRole(
  found: RbacObjects,
  unbindings: readonly Unbinding[],
): ReadonlyMap<string, readonly (ClusterRoleBinding | RoleBinding)[]> {
  const going = new Set(
    unbindings.flatMap(({ change, target }) => (change.action === 'delete' ? target.binding : [])),
  );
  const byRole = new Map<string, (ClusterRoleBinding | RoleBinding)[]>();
  for (const binding of [...found.clusterRoleBindings, ...found.roleBindings]) {
    const { kind, name } = binding.roleRef;
    if (kind !== 'ClusterRole' || going.has(binding)) continue;
    const list = byRole.get(name);
    if (list) list.push(binding);
    else byRole.set(name, [binding]);
  }
  return byRole;
}

function planRoleRemoval(
  name: string,
  role: ClusterRole | undefined,
  from: readonly Unbinding[],
  profile: Selection['profile'],
  others: readonly (ClusterRoleBinding | RoleBinding)[],
  force: boolean,
): Change {
  const target = { kind: 'ClusterRole' as const, name };
  // The cluster's own role is not printed: kubectl apply would annotate it.
  if (!role || name === profileOf('builtin').ownRole)
    return { ...target, action: 'none', differences: [] };
  const none = (differences: readonly string[]): Change => ({
    ...target,
    action: 'none',
    object: role,
    differences,
  });
  const kept = (reason: string) => none([`ClusterRole ${name} kept: ${reason}`]);
  // The differences of its own binding show why that is kept.
  const own = new Set<object>(from.flatMap(({ target }) => target.binding ?? []));
  if (others.some((binding) => own.has(binding))) return none([]);
  const manager = managerOf(role);
  if (manager !== undefined && !force) return kept(`it is managed by ${manager}`);
  const isCreatedByHand = from.some(({ isHandMade }) => isHandMade);
  if (!isOurs(role) && !isCreatedByHand) return kept('it was not created by kubectl-kubeletaccess');
  if (!force && !isCreatedByHand && allowsMore(role, from, profile))
    return kept('rules were added to it');
  if (others.length > 0)
    return kept(`it is referenced by ${summarize(others.map(bindingTitle), mostListed)}`);
  return {
    ...target,
    action: 'delete',
    object: role,
    differences: (role.rules ?? []).map((rule) => `- ${formatRule(rule)}`),
  };
}

/** Whether a role allows more than the recorded profiles, or the one that the user named. */
function allowsMore(
  role: ClusterRole,
  from: readonly Unbinding[],
  named: Selection['profile'],
): boolean {
  const profiles = new Set([
    profileOfRole(role),
    named,
    ...from.map(({ target }) => target.profile),
  ]);
  const rules = [...profiles].flatMap((name) =>
    name === undefined ? [] : profileOf(name, nodesOf(role)).rules,
  );
  return missingRules(rules, role.rules ?? []).length > 0;
}
