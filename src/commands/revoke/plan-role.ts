import type { AnyBinding, ClusterRole } from '../../objects.ts';
import { aggregatorsOf, hasAggregationLabel } from '../../rbac/aggregation.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { isProfileName, profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { missingRules, signedRules } from '../../rbac/rules.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { managerOf, nodesOf, profilesOfRole } from '../shared/pair/recorded-grants.ts';
import type { BindingPlan } from './plan-binding.ts';
import type { GrantSelection } from './select-grants.ts';

export interface RoleRemoval {
  readonly name: string;
  readonly role: ClusterRole | undefined;
  readonly from: readonly BindingPlan[];
  /** The profile that the user named; undefined without --profile. */
  readonly profile: GrantSelection['profile'];
  /** The bindings that refer to the role after the plan is applied. */
  readonly others: readonly AnyBinding[];
}

const mostListed = 5;

export function planRoleRemoval(
  { name, role, from, profile, others }: RoleRemoval,
  found: RbacObjects,
  force: boolean,
): Change {
  const target = { kind: 'ClusterRole' as const, name };
  // The change has no object, so that -o does not print the built-in role: `kubectl apply` of the output would annotate that role.
  if (!role || name === profileOf('builtin').ownRole)
    return { ...target, action: 'none', differences: [] };
  // If a binding of these grants still refers to the role, the lines about this binding already say why both are kept.
  const own = new Set(from.map(({ grant }) => grant.name));
  const isKeptAlike = others.some(
    ({ metadata }) => metadata.namespace === undefined && own.has(metadata.name),
  );
  const reason = whyKept(role, { from, profile, others }, found, force);
  if (isKeptAlike || reason !== undefined)
    return {
      ...{ ...target, action: 'none', object: role },
      differences: isKeptAlike ? [] : [`ClusterRole ${name} kept: ${reason}`],
      notes: others.length > 0 ? sharedNotes(role) : [],
    };
  return {
    ...target,
    action: 'delete',
    object: role,
    differences: [
      ...signedRules('-', role.rules ?? []),
      ...losersByAggregation(role, found).map((loser) => `  also from ${loser}`),
    ],
  };
}

function whyKept(
  role: ClusterRole,
  { from, profile, others }: Pick<RoleRemoval, 'from' | 'profile' | 'others'>,
  found: RbacObjects,
  force: boolean,
): string | undefined {
  const manager = managerOf(role);
  if (manager !== undefined && !force) return `it is managed by ${manager}`;
  const isCreatedByHand = from.some(({ isHandMade }) => isHandMade);
  if (!isOurs(role) && !isCreatedByHand) return 'it was not created by kubectl-kubeletaccess';
  if (!force && !isCreatedByHand && allowsMore(role, from, profile))
    return 'rules were added to it';
  if (others.length > 0)
    return `it is referenced by ${summarize(others, mostListed, bindingTitle)}`;
  if (force) return undefined;
  if (found.isPartial && hasAggregationLabel(role))
    return 'it has an aggregation label, and clusterroles cannot be listed';
  const losers = losersByAggregation(role, found);
  return losers.length > 0
    ? `others have it through aggregation: ${losers.join('; ')}; --force deletes it`
    : undefined;
}

function losersByAggregation(role: ClusterRole, found: RbacObjects): readonly string[] {
  const all = [...found.clusterRoleBindings, ...found.roleBindings];
  return aggregatorsOf(role, found.clusterRoles).map((aggregator) => {
    const holders = all
      .filter(
        ({ roleRef }) => roleRef.kind === 'ClusterRole' && roleRef.name === nameOf(aggregator),
      )
      .map((binding) => {
        const subjects = (binding.subjects ?? []).map(formatSubject);
        const who = subjects.length > 0 ? ` with ${summarize(subjects, mostListed)}` : '';
        return bindingTitle(binding) + who;
      });
    const by = holders.length > 0 ? ` (${summarize(holders, mostListed)})` : '';
    return `ClusterRole ${nameOf(aggregator)}${by}`;
  });
}

export function sharedNotes(role: ClusterRole): readonly string[] {
  const profiles = profilesOfRole(role);
  if (profiles.length < 2) return [];
  const edit = command`kubectl edit clusterrole ${nameOf(role)}`;
  return [
    `ClusterRole ${nameOf(role)} gives its other subjects profiles ${profiles.join(', ')}; to remove rules from it: ${edit}`,
  ];
}

function allowsMore(
  role: ClusterRole,
  from: readonly BindingPlan[],
  named: GrantSelection['profile'],
): boolean {
  const profiles = new Set([
    ...profilesOfRole(role),
    ...(named === undefined ? [] : [named]),
    ...from.flatMap(({ grant }) => grant.profiles),
  ]);
  const rules = [...profiles]
    .filter(isProfileName)
    .flatMap((name) => profileOf(name, nodesOf(role)).rules);
  return missingRules(rules, role.rules ?? []).length > 0;
}
