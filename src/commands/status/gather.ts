import type { FleetReading, FleetSettings } from '../../cli/fleet-options.ts';
import { foundIn, isFound, type Known, type Unknown } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes, noNodes, unreadNodes } from '../../kube/api-server/choose-nodes.ts';
import { findPair } from '../../kube/api-server/pair-objects.ts';
import {
  type AskedRequest,
  type ReviewResult,
  reviewSelf,
  reviewSubject,
  whoAmI,
} from '../../kube/api-server/reviews.ts';
import { readServingRequests } from '../../kube/api-server/serving-requests.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { flavourOfAll } from '../../kubelet/flavours.ts';
import { type ServingCsrs, waitingRequest } from '../../kubelet/serving-requests.ts';
import type { RbacSubject } from '../../objects.ts';
import { type FoundPair, knownNames, type PairNames, pairNames } from '../../rbac/pair.ts';
import { type Profile, profileOf, rulesToAsk } from '../../rbac/profiles.ts';
import { appliesTo, reviewedUser, sameSubject, user } from '../../rbac/subject.ts';
import type {
  Facts,
  NodeFacts,
  NodePermission,
  PermissionFacts,
  StreamPermission,
  Unchecked,
} from './facts.ts';
import {
  isClientExpired,
  openQuickest,
  type QuickestKubelet,
  withModes,
} from './gather/follow-up.ts';
import { nameClient } from './gather/kubelet-client.ts';
import { findGroups, findLimits, findNearMisses } from './gather/near-misses.ts';
import { checkPermissions, reportedPermissions } from './gather/permissions.ts';
import {
  type ProbedCluster,
  type ProbeSettings,
  probeNode,
  type Sources,
  unprobed,
} from './gather/probe-node.ts';
import { outcomeOf } from './probe.ts';

export interface StatusReading
  extends FleetReading,
    ProbeSettings,
    Pick<FleetSettings, 'warnDays'> {
  readonly profile: Profile;
  /** Subject of --subject; undefined for kube-apiserver. */
  readonly subject: RbacSubject | undefined;
}

export async function gatherFacts(
  cluster: ProbedCluster,
  settings: StatusReading,
  signal: AbortSignal,
): Promise<Facts> {
  const { choice, profile, warnDays } = settings;
  const { server, apiServer } = cluster;
  const sources: Sources = { ...cluster, probing: settings, choice, signal };
  // Ask the API server first, because there is nothing to report if it does not answer.
  const caller = await whoAmI(apiServer);
  const { nodes, denial, unreadable, missing } = await chooseNodes(apiServer, choice);
  if (choice.role !== '' && nodes.length === 0 && !denial) throw await noNodes(apiServer, choice);
  const probed = await forEachNode(nodes, {
    ...settings,
    makesRoom: true,
    signal,
    visit: (node, limits) => probeNode(node, apiServer, cluster.access, settings, limits, signal),
    interrupted: (node) => unprobed(node, settings),
  });
  const permissions = reportedPermissions(rulesToAsk(profile));
  const [access, callerPermissions, requests, streamPermissions, isExpired] = await Promise.all([
    gatherAccess(sources, settings, probed, caller, permissions),
    checkPermissions(
      permissions,
      (permission) => reviewOwn(apiServer, permission),
      openQuickest(sources, probed, 'direct'),
    ),
    readRequests(sources, probed),
    settings.streams ? reviewStreams(apiServer, probed) : undefined,
    isClientExpired(sources, probed),
  ]);
  const { client, isClient, isCaller, wanted, pair, ofSubject, nearMisses } = access;
  const clientPermissions = isCaller ? callerPermissions : ofSubject;
  const lacking = clientPermissions.filter(isDenied);
  const unexplained = {
    client:
      isDenied(clientPermissions[0]) ||
      (client !== undefined &&
        foundIn(client) === undefined &&
        foundIn(pair)?.binding === undefined),
    caller: isDenied(callerPermissions[0]),
  };
  const isByGroup = isClient && clientPermissions.some(isContradicted);
  const groups = isByGroup ? await findGroups(sources) : undefined;
  // The subject may have the missing permission on some nodes.
  const isLimited = !isClient && settings.subject && lacking.length > 0;
  const limits = isLimited ? await findLimits(sources, settings.subject, lacking) : undefined;
  return {
    server,
    flavour: flavourOfAll(nodes),
    deniedNodes: denial?.needs,
    path: isClient ? 'apiserver' : isCaller ? 'direct' : 'review',
    now: Date.now(),
    caller,
    client,
    isClientExpired: isExpired,
    wanted,
    pair: foundIn(pair),
    clientPermissions,
    callerPermissions,
    ...(streamPermissions && { streamPermissions }),
    nearMisses: foundIn(nearMisses) ?? [],
    limits: foundIn(limits) ?? [],
    groups: foundIn(groups) ?? [],
    selector: choice.selector,
    nodes: await withModes(sources, withRequests(probed, foundIn(requests)), unexplained),
    unchecked: [
      unchecked('nodes and their addresses', denial && unreadNodes(denial)),
      unchecked('all nodes', missing && unreadable ? { unknown: unreadable.unknown } : unreadable),
      unchecked('the ClusterRole and its binding', pair),
      unchecked('the permissions of others', ...ofSubject.map((each) => each.review)),
      unchecked('your own permissions', ...callerPermissions.map((each) => each.review)),
      unchecked('similar RBAC objects', nearMisses, limits),
      unchecked('groups with access to kubelets', groups),
      unchecked('certificate signing requests', requests),
    ].flat(),
    hasMissing: missing !== undefined,
    interrupted: signal.aborted,
    warnDays,
  };
}

async function gatherAccess(
  sources: Sources,
  settings: StatusReading,
  probed: readonly NodeFacts[],
  caller: Facts['caller'],
  permissions: readonly NodePermission[],
) {
  const { apiServer } = sources;
  const client = await nameClient(sources, probed);
  const name = foundIn(client);
  const learned = name === undefined ? undefined : user(name);
  const subject = settings.subject ?? learned;
  const isClient = !subject || (learned !== undefined && sameSubject(subject, learned));
  const names = subject ? pairNames(settings.profile, subject, [], isClient) : knownNames;
  const isCaller = subject !== undefined && appliesTo(subject, caller);
  const nodes = settings.subject ? settings.choice.names : [];
  const wanted = { profile: settings.profile, subject, names, nodes };
  const [found, ofSubject, nearMisses] = await Promise.all([
    readPair(apiServer, wanted, isClient),
    !subject || isCaller
      ? []
      : subjectPermissions(
          apiServer,
          subject,
          permissions,
          nodes,
          isClient ? openQuickest(sources, probed, 'viaApiServer') : undefined,
        ),
    findNearMisses(sources, probed, client),
  ]);
  return { client, isClient, isCaller, ...found, ofSubject, nearMisses };
}

/**
 * Reads the ClusterRole and the ClusterRoleBinding that give access to all nodes. If neither exists, reads the objects that give access to
 * the named nodes.
 */
async function readPair(
  apiServer: ApiServer,
  wanted: Facts['wanted'],
  isClient: boolean,
): Promise<{ readonly wanted: Facts['wanted']; readonly pair: Known<FoundPair> }> {
  const { profile: whole, subject, nodes } = wanted;
  const read = (each: PairNames) =>
    readOrNote(() => findPair(apiServer, each), 'get clusterroles, clusterrolebindings');
  const pair = await read(wanted.names);
  const isAbsent = isFound(pair) && !pair.found.role && !pair.found.binding;
  if (!isAbsent || !subject || nodes.length === 0) return { wanted, pair };
  const profile = profileOf(whole.name, [...new Set(nodes)].sort());
  const names = pairNames(profile, subject, nodes, isClient);
  return { wanted: { ...wanted, profile, names }, pair: await read(names) };
}

function unchecked(
  check: string,
  ...reads: readonly (Known<unknown> | undefined)[]
): Unchecked | [] {
  const failed = reads.find((read): read is Unknown => read !== undefined && !isFound(read));
  return failed ? { check, ...failed } : [];
}

function subjectPermissions(
  apiServer: ApiServer,
  subject: RbacSubject,
  permissions: readonly NodePermission[],
  nodes: readonly string[],
  open: QuickestKubelet | undefined,
): Promise<readonly PermissionFacts[]> {
  const reviewed = (permission: AskedRequest) =>
    review(
      () => reviewSubject(apiServer, reviewedUser(subject), permission),
      'create subjectaccessreviews',
    );
  return checkPermissions(
    permissions,
    async (permission) => {
      // A permission may be limited to some nodes by name, so review it for each named node.
      const named = open ? [] : nodes.map((name) => reviewed({ ...permission, name }));
      const each = await Promise.all(named);
      const denied = each.find((one) => !isFound(one) || !one.found.allowed);
      return denied ?? each[0] ?? reviewed(permission);
    },
    open,
  );
}

function reviewOwn(apiServer: ApiServer, permission: AskedRequest): Promise<Known<ReviewResult>> {
  return review(() => reviewSelf(apiServer, permission), 'create selfsubjectaccessreviews');
}

async function review(
  ask: () => Promise<ReviewResult | undefined>,
  needs: string,
): Promise<Known<ReviewResult>> {
  const answer = await readOrNote(ask);
  if (!isFound(answer)) return answer;
  return answer.found ? { found: answer.found } : { unknown: 'forbidden', needs };
}

function isDenied(permission: PermissionFacts | undefined): boolean {
  return foundIn(permission?.review)?.allowed === false;
}

function isContradicted(permission: PermissionFacts): boolean {
  return isDenied(permission) && permission.answer === 'allowed';
}

const resources = ['pods/exec', 'pods/attach', 'pods/portforward'] as const;

function reviewStreams(
  apiServer: ApiServer,
  nodes: readonly NodeFacts[],
): Promise<readonly StreamPermission[]> {
  const namespace = nodes.find(({ streams }) => streams?.pod)?.streams?.pod?.namespace;
  return Promise.all(
    resources.map(async (resource) => {
      const [parent = '', subresource = ''] = resource.split('/');
      const asked: AskedRequest = {
        ...{ verb: 'create', resource: parent, subresource },
        ...(namespace !== undefined && { namespace }),
      };
      return { resource, namespace, review: await reviewOwn(apiServer, asked) };
    }),
  );
}

async function readRequests(
  { apiServer, signal }: Sources,
  probed: readonly NodeFacts[],
): Promise<Known<ServingCsrs>> {
  if (signal.aborted || !probed.some(isWaiting)) return { found: new Map() };
  return readServingRequests(apiServer);
}

function withRequests(
  probed: readonly NodeFacts[],
  requests: ServingCsrs | undefined,
): readonly NodeFacts[] {
  return probed.map((facts) => {
    const request =
      requests && isWaiting(facts) && waitingRequest(requests, facts.node.metadata.name);
    if (!request) return facts;
    const { name, state } = request;
    return { ...facts, pendingRequest: { name, approved: state === 'approved' } };
  });
}

function isWaiting({ direct, viaApiServer }: NodeFacts): boolean {
  return [direct, viaApiServer].some((probe) => outcomeOf(probe) === 'no serving certificate yet');
}
