import { UsageFailure } from '../../errors.ts';
import { absentAccount, findAbsentAccount } from '../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { knownUnlessDenied, orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { findPair, findRole } from '../../kube/api-server/pair-objects.ts';
import { listClusterRoleBindings, listClusterRoles } from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { kubeletAttributes, minorOf, rootOf } from '../../kubelet/authorization.ts';
import { endpointList, fineGrainedSince, isServed } from '../../kubelet/endpoints.ts';
import type { Node } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import { expiryOf, type Grant, type GrantObjects, objectsOf } from '../../rbac/grant.ts';
import { type ProfileName, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { nameOf } from '../../rbac/rbac-objects.ts';
import { covers } from '../../rbac/rules.ts';
import { formatSubject, subjectOf } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import { findExistingAccess } from '../shared/pair/find-existing-access.ts';
import { absentNames, absentNodeLines, selectNodes } from '../shared/pair/find-kubelets.ts';
import { type FoundForGrant, holdsRole } from './gainers.ts';
import type { GrantSettings } from './options.ts';
import type { GrantTerms } from './plan.ts';

/**
 * Reads what decides about a grant. Sends no more requests than for the role and the binding if both are as wanted. Otherwise also reads
 * which bindings give the access already, and, if the rules of the role change, all ClusterRoleBindings and ClusterRoles, because other
 * subjects may have the role.
 */
export function gatherForGrant(
  apiServer: ApiServer,
  grant: Grant,
  settings: GrantSettings & GrantTerms,
): Promise<FoundForGrant> {
  const wanted = objectsOf(grant, settings.isClient);
  return orMissingPermission(readForGrant(apiServer, grant, wanted, settings));
}

async function readForGrant(
  apiServer: ApiServer,
  { profile, nodes, subject, expires }: Grant,
  { role: wantedRole, binding: wanted }: GrantObjects,
  { dryRun, force }: GrantSettings,
): Promise<FoundForGrant> {
  const names = { role: wanted.roleRef.name, binding: nameOf(wanted) };
  const pair = await findPair(apiServer, names);
  const { role, binding } = pair;
  const isComplete = role !== undefined && covers(role.rules ?? [], wantedRole?.rules ?? []);
  const isInPlace = isComplete && holdsRole(binding, names.role, subject) && !force;
  if (isInPlace && binding && expiryOf(binding) === expires) return pair;
  // A client dry run sends no POST request, as reviews are.
  const mayReview = dryRun !== 'client';
  const found = { ...pair, grantedBy: mayReview ? await whoIsGranting(apiServer) : undefined };
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

/** Returns the caller as a subject; undefined if the API server rejects the review. */
async function whoIsGranting(apiServer: ApiServer): Promise<string | undefined> {
  const { user } = await whoAmI(apiServer);
  return user === '' ? undefined : formatSubject(subjectOf(user));
}

/**
 * Returns the nodes of the cluster. Throws if --node names a node that does not exist: the name may be a user name. Returns undefined
 * without --node, with --ignore-not-found, or if the caller may not list nodes.
 */
export async function rejectAbsentNodes(
  apiServer: ApiServer,
  { nodes: names, subject, ignoreNotFound }: GrantSettings,
): Promise<readonly Node[] | undefined> {
  if (names.length === 0 || ignoreNotFound) return undefined;
  const nodes = await orUndefined(apiServer.list('/api/v1/nodes', kinds.Node));
  if (!nodes) return undefined;
  const absent = absentNames(nodes, names);
  const [first] = absent;
  if (first === undefined) return nodes;
  const known = nodes.map(({ metadata }) => metadata.name);
  throw new UsageFailure(`nodes ${absent.map((name) => `"${name}"`).join(', ')} not found`, {
    hints: [
      ...didYouMean(nearestNames(first, known)),
      ...(subject ? [] : [command`access for a user: --subject ${`user:${first}`}`]),
      'access for a node that joins later: --ignore-not-found',
      'kubectl get nodes',
    ],
  });
}

/**
 * Throws if --subject names a service account that does not exist. With --ignore-not-found, returns a warning instead. Returns nothing
 * if the caller may not list service accounts.
 */
export async function rejectAbsentAccount(
  apiServer: ApiServer,
  { subject, ignoreNotFound }: GrantSettings,
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

/** Returns lines about nodes in `names` that do not exist, and about old kubelets. Returns none if the caller may not list nodes. */
export async function gatherNodeNotes(
  apiServer: ApiServer,
  profile: ProfileName,
  names: readonly string[],
  read?: readonly Node[],
): Promise<readonly string[]> {
  if (names.length === 0 && closedOnOlder(profile).length === 0) return [];
  const nodes = read ?? (await orUndefined(apiServer.list('/api/v1/nodes', kinds.Node)));
  if (!nodes) return [];
  const version = fleetNote(profile, selectNodes(nodes, names));
  return [...absentNodeLines(nodes, names), ...(version === undefined ? [] : [`note: ${version}`])];
}

/** Whether the role still has the wanted rules after the binding was written. A concurrent revoke may have deleted the role. */
export async function isRoleThere(
  apiServer: ApiServer,
  [role, binding]: readonly Change[],
): Promise<boolean> {
  const isWritten = binding !== undefined && binding.action !== 'none';
  if (!role || !isWritten) return true;
  const found = await findRole(apiServer, role.name);
  const wanted = role.object && 'rules' in role.object ? (role.object.rules ?? []) : [];
  return found !== undefined && covers(found.rules ?? [], wanted);
}

/** Returns a note on paths that a profile allows on newer kubelets but not on the older kubelets of these nodes. */
export function fleetNote(profile: ProfileName, nodes: readonly Node[]): string | undefined {
  const closed = closedOnOlder(profile);
  const old = nodes.filter(
    ({ status }) => minorOf(status?.nodeInfo?.kubeletVersion) < fineGrainedSince,
  );
  if (closed.length === 0 || old.length === 0) return undefined;
  const names = old.map(({ metadata }) => metadata.name);
  return `kubelets before 1.${fineGrainedSince} require nodes/proxy for ${closed.join(', ')}, which profile ${profile} does not open there: ${summarize(names, 5)}`;
}

function closedOnOlder(profile: ProfileName): readonly string[] {
  const { rules } = profileOf(profile);
  const opens = (path: string, minor: number) =>
    kubeletAttributes('GET', path, minor).subresources.some((subresource) =>
      covers(rules, [{ apiGroups: [''], resources: [`nodes/${subresource}`], verbs: ['get'] }]),
    );
  const older = fineGrainedSince - 1;
  const closed = endpointList
    .filter((endpoint) => isServed(endpoint, older))
    .map(({ path }) => rootOf(path))
    .filter((path) => opens(path, Number.POSITIVE_INFINITY) && !opens(path, older));
  return [...new Set(closed)];
}
