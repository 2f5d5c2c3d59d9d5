import { Failure } from '../../errors.ts';
import type {
  AnyBinding,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  RbacSubject,
} from '../../objects.ts';
import { aggregatorsOf } from '../../rbac/aggregation.ts';
import { isOurs } from '../../rbac/annotations.ts';
import { bindingTitle, type Change } from '../../rbac/change.ts';
import { isProfileName, profileOf } from '../../rbac/profiles.ts';
import { nameOf, type RbacObjects } from '../../rbac/rbac-objects.ts';
import { recordedProfiles, recordOf, recordsOf, withRecords } from '../../rbac/records.ts';
import {
  covers,
  formatRules,
  missingRules,
  signedRules,
  withoutPermissions,
} from '../../rbac/rules.ts';
import { formatSubject, sameSubject, subjectKey } from '../../rbac/subject.ts';
import { command, options } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { managerOf, nodesOf } from '../shared/pair/grant-records.ts';
import type { BindingPlan } from './plan-binding.ts';
import type { Narrowed } from './subject-outcome.ts';

/** A subject that has a role once a plan is applied. */
export interface Holder {
  /** `user:jane (profile logs in ClusterRoleBinding NAME)`. */
  readonly title: string;
  readonly subject: RbacSubject | undefined;
  /** Undefined if grant does not know what for. */
  readonly profiles: readonly string[] | undefined;
}

/** The change of a role whose subjects lose some profiles and keep others. */
export interface RoleNarrowing {
  /** Undefined if the role has none of the rules that are to go, or must keep them. */
  readonly change: Change | undefined;
  /** Why a subject keeps a profile, for each of these grants. */
  readonly refusals: ReadonlyMap<BindingPlan, Failure>;
}

/** How many subjects are listed. */
const mostListed = 5;

/** Removes from a role the rules of the dropped profiles that no holder needs. */
export function narrowRole(
  role: ClusterRole | undefined,
  unbindings: readonly BindingPlan[],
  holders: readonly Holder[],
  { clusterRoles }: RbacObjects,
  force: boolean,
): RoleNarrowing {
  // A binding to a role that does not exist grants nothing.
  if (!role) return { change: undefined, refusals: new Map() };
  const nodes = nodesOf(role);
  const rules = role.rules ?? [];
  const all = unbindings.flatMap(({ narrowed }) => narrowed);
  const dropped = all.flatMap((each) => each.dropped);
  const obstacle = force ? undefined : obstacleTo(role, clusterRoles);
  const unknown = holders.filter(({ profiles }) => profiles === undefined);
  const mayShrink = unknown.length === 0 && obstacle === undefined && !role.aggregationRule;
  const unneeded = missingRules(neededBy(holders, nodes), rulesOf(dropped, nodes));
  const left = mayShrink ? withoutPermissions(rules, unneeded) : rules;
  const refusals = new Map<BindingPlan, Failure>();
  for (const unbinding of unbindings)
    for (const narrowed of unbinding.narrowed) {
      const rest = remainingRules(left, narrowed, nodes);
      if (rest.length === 0) continue;
      const others = holders.filter(
        (holder) =>
          !(holder.subject && sameSubject(holder.subject, narrowed.subject)) &&
          (holder.profiles === undefined || needs(holder, rest, nodes)),
      );
      const reason =
        obstacle ??
        (others.length > 0
          ? `it also grants ${formatRules(rest)} to ${summarize(others, mostListed, ({ title }) => title)}`
          : `it was changed, and allows ${formatRules(rest)} by a wider rule`);
      refusals.set(unbinding, refusal(unbinding, narrowed, nodes, reason));
    }
  return { change: changeOf(role, left, all, holders, refusals.size > 0), refusals };
}

function changeOf(
  role: ClusterRole,
  left: readonly PolicyRule[],
  narrowed: readonly Narrowed[],
  holders: readonly Holder[],
  isDenied: boolean,
): Change | undefined {
  const removed = missingRules(left, role.rules ?? []);
  if (removed.length === 0) return undefined;
  const gone = new Set(narrowed.flatMap(({ dropped }) => dropped));
  const profiles = recordedProfiles(role).filter(
    (name) =>
      isDenied || !gone.has(name) || holders.some((holder) => holder.profiles?.includes(name)),
  );
  return {
    kind: 'ClusterRole',
    name: nameOf(role),
    action: 'update',
    object: {
      ...withRecords(role, { profiles, subjects: [] }),
      rules: [...left],
    },
    differences: signedRules('-', removed),
    removed: { rules: removed },
  };
}

/** Rules that a subject would keep of the profiles that it loses. */
function remainingRules(
  left: readonly PolicyRule[],
  { dropped, kept }: Narrowed,
  nodes: readonly string[],
): readonly PolicyRule[] {
  const lost = missingRules(rulesOf(kept, nodes), rulesOf(dropped, nodes));
  return missingRules(missingRules(left, lost), lost);
}

function needs({ profiles = [] }: Holder, rest: readonly PolicyRule[], nodes: readonly string[]) {
  return missingRules(rulesOf(profiles, nodes), rest).length < missingRules([], rest).length;
}

/** Why the rules of a role are not ours to remove; undefined if they are. */
function obstacleTo(role: ClusterRole, roles: readonly ClusterRole[]): string | undefined {
  const manager = managerOf(role);
  if (manager !== undefined) return `it is managed by ${manager}`;
  if (!isOurs(role)) return 'it was not created by kubectl-kubeletaccess';
  const aggregators = aggregatorsOf(role, roles).map((each) => `ClusterRole ${nameOf(each)}`);
  return aggregators.length > 0
    ? `it is aggregated into ${summarize(aggregators, mostListed)}`
    : undefined;
}

function refusal(
  { target }: BindingPlan,
  { subject, dropped, kept }: Narrowed,
  nodes: readonly string[],
  reason: string,
): Failure {
  const who = formatSubject(subject);
  const rest = kept.map((name) => {
    const more = options([
      ...nodes.flatMap((node) => ['--node', node]),
      ...(isProfileName(name) && profileOf(name).runsCommands ? ['--allow-exec'] : []),
    ]);
    return command`kubectl kubeletaccess grant --profile ${name} --subject ${who} ${more}`;
  });
  const all = command`kubectl kubeletaccess revoke --subject ${who} --all-profiles --binding-name ${target.name}`;
  return new Failure(
    `${who} keeps profile ${dropped.join(', ')} through ClusterRoleBinding ${target.name}: ClusterRole ${target.roleName} cannot lose it for one subject, since ${reason}`,
    {
      hints: [`to give it a role of its own: ${[all, ...rest].join(' && ')}`],
    },
  );
}

/** The subjects of a role, by the bindings that refer to it once a plan is applied. */
export function holdersOf(
  referrers: readonly AnyBinding[],
  unbindings: readonly BindingPlan[],
): readonly Holder[] {
  const byBinding = new Map(unbindings.map((each) => [each.target.binding, each] as const));
  return referrers.flatMap((binding): Holder[] => {
    const title = bindingTitle(binding);
    if (binding.metadata.namespace !== undefined)
      return [{ title, subject: undefined, profiles: undefined }];
    const unbinding = byBinding.get(binding as ClusterRoleBinding);
    const records = recordsOf(binding as ClusterRoleBinding);
    const leaving = new Set((unbinding?.leaving ?? []).map(subjectKey));
    const kept = new Map(
      (unbinding?.narrowed ?? []).map((each) => [subjectKey(each.subject), each.kept] as const),
    );
    return (binding.subjects ?? []).flatMap((subject): Holder[] => {
      const key = subjectKey(subject);
      if (leaving.has(key)) return [];
      const recorded = recordOf(records, subject)?.profiles;
      const profiles = kept.get(key) ?? recorded;
      const isKnown = profiles && profiles.length > 0 && profiles.every(isProfileName);
      const why = isKnown ? `profile ${profiles.join(', ')} in ${title}` : title;
      return [
        {
          title: `${formatSubject(subject)} (${why})`,
          subject,
          profiles: isKnown ? profiles : undefined,
        },
      ];
    });
  });
}

function neededBy(holders: readonly Holder[], nodes: readonly string[]): readonly PolicyRule[] {
  const profiles = holders.flatMap((holder) => holder.profiles ?? []);
  return rulesOf(profiles, nodes);
}

function rulesOf(profiles: readonly string[], nodes: readonly string[]): readonly PolicyRule[] {
  return [...new Set(profiles)]
    .filter(isProfileName)
    .flatMap((name) => profileOf(name, nodes).rules);
}

/**
 * Rules that a role still has from the profiles of revoked subjects, or from a revoked profile on its own record, and that none of
 * the remaining holders was granted.
 */
export function staleRules(
  role: ClusterRole,
  unbindings: readonly BindingPlan[],
  holders: readonly Holder[],
  revoked: string | undefined,
): readonly PolicyRule[] {
  const nodes = nodesOf(role);
  // Whom grant did not add has the profiles of the binding.
  const gone = unbindings.flatMap(({ target: { binding }, leaving }) => {
    if (!binding) return [];
    const records = recordsOf(binding);
    return leaving.flatMap((subject) => recordOf(records, subject)?.profiles ?? records.profiles);
  });
  const ofRole = recordedProfiles(role).filter((name) => name === revoked);
  const stale = missingRules(neededBy(holders, nodes), rulesOf([...gone, ...ofRole], nodes));
  return stale.filter((rule) => covers(role.rules ?? [], [rule]));
}
