import { UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { orUndefined } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { findRole } from '../../kube/api-server/pair-objects.ts';
import { findWithBindings } from '../../kube/api-server/rbac-lists.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { kubeletAttributes, minorOf, rootOf } from '../../kubelet/authorization.ts';
import { endpointList, fineGrainedSince, isServed } from '../../kubelet/endpoints.ts';
import type { Node, RbacSubject } from '../../objects.ts';
import type { Change, DryRun, FoundWithBindings } from '../../rbac/change.ts';
import type { FoundPair, Pair } from '../../rbac/pair.ts';
import { type ProfileName, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { covers } from '../../rbac/rules.ts';
import { formatGiver, formatSubject, subjectOf } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { summarize } from '../../text/list.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import { findExistingAccess } from '../shared/pair/find-existing-access.ts';
import { absentNames, absentNodeLines, selectNodes } from '../shared/pair/find-kubelets.ts';
import { readOrExplain } from '../shared/pair/server-dry-run.ts';
import type { GrantSettings } from './options.ts';

/**
 * Reads the role and the binding. If the grant changes the rules of the role, also reads all bindings, because other subjects may have the
 * role.
 */
export function gatherPair(
  apiServer: ApiServer,
  wanted: Pair,
  settings: GrantSettings,
  read?: FoundPair,
): Promise<FoundWithBindings> {
  return readOrExplain(
    apiServer,
    findWithBindings(
      apiServer,
      wanted.names,
      (found) => changesRules(wanted, found, settings),
      read,
    ),
    settings.dryRun === 'client' ? [] : creationsOf(wanted),
  );
}

export function changesRules(
  { role: wanted }: Pair,
  { role }: FoundPair,
  { prune }: Pick<GrantSettings, 'prune'>,
): boolean {
  const [has, rules] = [role?.rules ?? [], wanted?.rules ?? []];
  return !covers(has, rules) || (prune && !covers(rules, has));
}

/** Returns the changes that create the role and the binding. Returns none if only kube-apiserver may create the role. */
function creationsOf({ names, role, binding }: Pair): readonly Change[] {
  if (!role) return [];
  const create = { action: 'create', differences: [] } as const;
  return [
    { ...create, kind: 'ClusterRole', name: names.role, object: role },
    { ...create, kind: 'ClusterRoleBinding', name: names.binding, object: binding },
  ];
}

/**
 * Returns lines about access that the subject has through other bindings, and whether this access makes the grant unnecessary. Returns
 * undefined if the subject has no such access.
 */
export async function gatherExistingAccess(
  apiServer: ApiServer,
  subject: RbacSubject,
  binding: string,
  { profile, dryRun, evenIfRedundant, expires, permanent, prune }: GrantSettings,
): Promise<{ readonly suffices: boolean; readonly lines: readonly string[] } | undefined> {
  // A client dry run sends no POST request, and a SubjectAccessReview is a POST request.
  if (evenIfRedundant || dryRun === 'client') return undefined;
  const bindings = await findExistingAccess(apiServer, subject, rulesToAsk(profile), binding);
  if (!bindings) return undefined;
  const givers = bindings.map(formatGiver).join(' and ');
  const access = `${formatSubject(subject)} already has this access through ${givers}`;
  // These options change the role or the binding, so that the grant is needed even if the subject has access through other bindings.
  if (expires !== undefined || permanent || prune)
    return { suffices: false, lines: [`note: ${access}, independently of this grant`] };
  return {
    suffices: true,
    lines: [`nothing to do: ${access}`, 'hint: re-run with --even-if-redundant to grant it anyway'],
  };
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
  wanted: Pair,
  [role, binding]: readonly Change[],
): Promise<boolean> {
  const isWritten = binding !== undefined && binding.action !== 'none';
  if (!role || !isWritten) return true;
  const found = await findRole(apiServer, role.name);
  return found !== undefined && covers(found.rules ?? [], wanted.role?.rules ?? []);
}

export async function gatherGranter(
  apiServer: ApiServer,
  dryRun: DryRun,
): Promise<string | undefined> {
  if (dryRun === 'client') return undefined;
  const { user } = await whoAmI(apiServer);
  return user === '' ? undefined : formatSubject(subjectOf(user));
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
