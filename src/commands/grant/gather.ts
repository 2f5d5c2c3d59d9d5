import { UsageFailure } from '../../errors.ts';
import { absentAccount, findAbsentAccount } from '../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { knownUnlessDenied, orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { findPair, findRole } from '../../kube/api-server/pair-objects.ts';
import { listClusterRoleBindings, listClusterRoles } from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { isFineGrained, minorOf } from '../../kubelet/authorization.ts';
import { fineGrainedSince } from '../../kubelet/endpoints.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import { type Change, type DryRun, isMade } from '../../rbac/change.ts';
import { expiryOf, type Grant, objectsOf } from '../../rbac/grant.ts';
import { type Profile, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { covers } from '../../rbac/rules.ts';
import { formatSubject, subjectOf } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import { findExistingAccess } from '../shared/pair/find-existing-access.ts';
import { absentNodeLines, chooseNodes } from '../shared/pair/find-kubelets.ts';
import { type FoundForGrant, type GrantTerms, holdsRole } from './plan.ts';

/**
 * Reads what decides about a grant. Sends no more requests than for the role and the binding if both are as wanted. Otherwise also reads
 * which bindings give the access already, and, if the rules of the role change, all ClusterRoleBindings and ClusterRoles, because other
 * subjects may have the role.
 */
export async function gatherForGrant(
  apiServer: ApiServer,
  grant: Grant,
  { isClient, force }: GrantTerms,
  dryRun: DryRun,
): Promise<FoundForGrant> {
  const { profile, nodes, subject, expires } = grant;
  const { role: wantedRole, binding: wanted } = objectsOf(grant, isClient);
  const names = { role: wanted.roleRef.name, binding: nameOf(wanted) };
  const pair = await findPair(apiServer, names);
  const { role, binding } = pair;
  const isComplete = role !== undefined && covers(role.rules ?? [], wantedRole?.rules ?? []);
  const isInPlace = isComplete && holdsRole(binding, names.role, subject) && !force;
  if (isInPlace && binding && expiryOf(binding) === expires) return pair;
  // A client dry run sends no POST request, as reviews are.
  const mayReview = dryRun !== 'client';
  const { user } = mayReview ? await whoAmI(apiServer) : { user: '' };
  const found = { ...pair, grantedBy: user === '' ? undefined : formatSubject(subjectOf(user)) };
  if (isInPlace) return found;
  const rules = rulesToAsk(profileOf(profile, nodes));
  const givers =
    force || !mayReview
      ? undefined
      : await findExistingAccess(apiServer, subject, rules, names.binding);
  if (givers || (isComplete && !force)) return { ...found, givers };
  // Without the role, who may create it needs no other permission. With it, its subjects have to be known.
  const bindings = role
    ? { found: await listClusterRoleBindings(apiServer) }
    : await knownUnlessDenied(listClusterRoleBindings(apiServer));
  const roles = await knownUnlessDenied(listClusterRoles(apiServer));
  // Reads the role after the bindings: who made one of them meanwhile for this role has made the role before.
  return { ...found, role: role ?? (await findRole(apiServer, names.role)), bindings, roles };
}

interface Named {
  readonly nodes: readonly string[];
  readonly subject: RbacSubject | undefined;
  readonly profile: Profile;
  readonly ignoreNotFound: boolean;
}

/**
 * Returns lines about nodes that do not exist, and about old kubelets. Throws without --ignore-not-found if --node names a node that does
 * not exist: the name may be a user name. Returns none if the caller may not list nodes.
 */
export async function gatherNodeNotes(
  apiServer: ApiServer,
  { nodes: names, subject, profile, ignoreNotFound }: Named,
): Promise<readonly string[]> {
  if (names.length === 0 && finerOf(profile).length === 0) return [];
  const all = await orUndefined(apiServer.list('/api/v1/nodes', kinds.Node));
  if (!all) return [];
  const { nodes, absent } = chooseNodes(all, names);
  const [first] = absent;
  if (first !== undefined && !ignoreNotFound) {
    const known = all.map(({ metadata }) => metadata.name);
    throw new UsageFailure(`nodes ${absent.map((name) => `"${name}"`).join(', ')} not found`, {
      hints: [
        ...didYouMean(nearestNames(first, known)),
        ...(subject ? [] : [command`access for a user: --subject ${`user:${first}`}`]),
        'access for a node that joins later: --ignore-not-found',
        'kubectl get nodes',
      ],
    });
  }
  return [...absentNodeLines(absent), ...fleetNotes(profile, nodes)];
}

/**
 * Throws if --subject names a service account that does not exist. With --ignore-not-found, returns a warning instead. Returns nothing
 * if the caller may not list service accounts.
 */
export async function gatherAccountNotes(
  apiServer: ApiServer,
  { subject, ignoreNotFound }: Named,
): Promise<readonly string[]> {
  if (subject?.kind !== 'ServiceAccount') return [];
  if (ignoreNotFound)
    return (await absentAccount(apiServer, subject)).map((absence) => `warning: ${absence}`);
  const absence = await findAbsentAccount(apiServer, subject);
  if (!absence) return [];
  throw new UsageFailure(absence.message, {
    hints: [
      ...didYouMean(absence.near),
      'access for an account that is created later: --ignore-not-found',
      command`kubectl get serviceaccounts -n ${subject.namespace ?? ''}`,
    ],
  });
}

/** Whether the role still has the wanted rules after the binding was written. A concurrent revoke may have deleted the role. */
export async function isRoleThere(
  apiServer: ApiServer,
  [role, binding]: readonly Change[],
): Promise<boolean> {
  if (!role || !binding || !isMade(binding)) return true;
  const found = await findRole(apiServer, role.name);
  const wanted = role.object && 'rules' in role.object ? (role.object.rules ?? []) : [];
  return found !== undefined && covers(found.rules ?? [], wanted);
}

/** Returns a note on permissions of a profile for which these old kubelets require nodes/proxy. */
function fleetNotes(profile: Profile, nodes: readonly Node[]): readonly string[] {
  const old = nodes.filter(
    ({ status }) => minorOf(status?.nodeInfo?.kubeletVersion) < fineGrainedSince,
  );
  if (old.length === 0 || finerOf(profile).length === 0) return [];
  const names = summarize(old, 5, ({ metadata }) => metadata.name);
  return [
    `note: kubelets before 1.${fineGrainedSince} require nodes/proxy in place of ${finerOf(profile).join(', ')}, and profile ${profile.name} does not include it: ${names}`,
  ];
}

function finerOf({ rules, runsCommands }: Profile): readonly string[] {
  const resources = rules.flatMap(({ resources: listed }) => listed ?? []);
  return runsCommands ? [] : resources.filter((each) => isFineGrained(each.replace('nodes/', '')));
}
