import { Failure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding, RbacSubject, RoleBinding } from '../../objects.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { formatRule, missingRules } from '../../rbac/rules.ts';
import { summarize } from '../../text/list.ts';
import { keeperOf, nodesOf, profileOfRole } from '../pair/grant-records.ts';
import { planUnbind, type RevokeOptions, type Unbinding } from './plan-binding.ts';
import { type Chosen, chooseGrants, type Selection, type Target } from './select-grants.ts';

/** What it takes to take back grants. */
export interface RevokePlan {
  /** Bindings first, so that none ever dangles. */
  readonly changes: readonly Change[];
  /** Whoever loses something, each as a binding has them. */
  readonly leaving: readonly RbacSubject[];
  /** Why chosen grants are not touched, though they should be. */
  readonly refusals: readonly Failure[];
  /** Grants that were not chosen, and of which it is well to know that they stay. */
  readonly remaining: readonly Target[];
}

/** How many of one kind that stay are told one by one. */
const mostTold = 5;

/** One plan for all grants that are chosen, over one look at the cluster: a dry run of it says what a run does. */
export function planRevoke(
  found: RbacObjects,
  selection: Selection,
  options: RevokeOptions,
): RevokePlan {
  const chosen = chooseGrants(found, selection);
  const unbindings: Unbinding[] = [];
  const refusals: Failure[] = [];
  for (const target of chosen.targets)
    try {
      unbindings.push(planUnbind(target, selection, options));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusals.push(error);
    }
  return {
    changes: [
      ...toldInPart(
        unbindings.map(({ change }) => change),
        'bindings',
      ),
      ...toldInPart(planRoles(found, selection, chosen, unbindings, options), 'roles'),
    ],
    leaving: unbindings.flatMap(({ leaving }) => leaving),
    refusals,
    remaining: chosen.remaining,
  };
}

/** All that is to change, and of the rest the first few. */
function toldInPart(changes: readonly Change[], what: string): readonly Change[] {
  const rest = changes.filter(({ action }) => action === 'none').length - mostTold;
  if (rest <= 0) return changes;
  let told = 0;
  return changes.flatMap((change): Change | [] => {
    if (change.action !== 'none') return change;
    told += 1;
    if (told > mostTold) return [];
    if (told < mostTold) return change;
    return { ...change, differences: [...change.differences, `and ${rest} more ${what} stay`] };
  });
}

function planRoles(
  found: RbacObjects,
  { profile, subject }: Selection,
  { unbound }: Chosen,
  unbindings: readonly Unbinding[],
  { force }: RevokeOptions,
): readonly Change[] {
  const roles = new Map(found.clusterRoles.map((role) => [nameOf(role), role]));
  const bindings = new Map<string, Unbinding[]>();
  for (const unbinding of unbindings) {
    const { roleName, expectedRole } = unbinding.target;
    const name = unbinding.strays ? expectedRole : roleName;
    // Whose binding is not there loses nothing, and no role goes in their name.
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

/** The bindings, of either kind, that refer to each ClusterRole once the plan is carried out. */
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
  // The cluster's own role is left out of what is printed: kubectl would put a mark of its own on it.
  if (!role || name === profileOf('builtin').ownRole)
    return { ...target, action: 'none', differences: [] };
  const none = (differences: readonly string[]): Change => ({
    ...target,
    action: 'none',
    object: role,
    differences,
  });
  const stays = (reason: string) => none([`ClusterRole ${name} stays: ${reason}`]);
  // Of a binding that stays, all has been said.
  const told = new Set<object>(from.flatMap(({ target }) => target.binding ?? []));
  if (others.some((binding) => told.has(binding))) return none([]);
  const owner = keeperOf(role);
  if (owner !== undefined && !force) return stays(`it is managed by ${owner}`);
  const madeByHand = from.some(({ byHand }) => byHand);
  if (!isOurs(role) && !madeByHand) return stays('it was not made by kubectl-kubeletaccess');
  if (!force && !madeByHand && holdsMore(role, from, profile))
    return stays('somebody added rules to it');
  if (others.length > 0)
    return stays(`${summarize(others.map(bindingTitle), mostTold)} refers to it`);
  return {
    ...target,
    action: 'delete',
    object: role,
    differences: (role.rules ?? []).map((rule) => `- ${formatRule(rule)}`),
  };
}

/** Whether a role holds more than the profiles that are on record, or that the user named. */
function holdsMore(
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
