import { foundIn, isFound, type Known, type Unknown } from '../../known.ts';
import { absentAccount } from '../../kube/api-server/absent-names.ts';
import { chooseNodes, noNodes, unreadNodes } from '../../kube/api-server/choose-nodes.ts';
import { whoAmI } from '../../kube/api-server/reviews.ts';
import { readServingRequests } from '../../kube/api-server/serving-requests.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { limitsWithin } from '../../kube/transport/limits.ts';
import type { HostPort } from '../../kubelet/address.ts';
import { flavourOfAll } from '../../kubelet/flavours.ts';
import { type ServingCsrs, waitingRequest } from '../../kubelet/serving-requests.ts';
import { knownNames } from '../../rbac/names.ts';
import { rulesToAsk } from '../../rbac/profiles.ts';
import type { Facts, NodeFacts, PermissionFacts, Unchecked } from './facts.ts';
import { gatherAccess, reviewOwn, reviewStreams, type StatusReading } from './gather/access.ts';
import { addAuthorizationModes, isClientExpired, openQuickest } from './gather/follow-up.ts';
import { findGroups, findLimits } from './gather/near-misses.ts';
import { checkPermissions, reportedPermissions } from './gather/permissions.ts';
import { type ProbedCluster, probeNode, type Sources, unprobed } from './gather/probe-node.ts';
import { outcomeOf } from './probe.ts';

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
    visit: (node, limits) => probeNode(node, settings, { ...sources, limits }),
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
    signal.aborted || !probed.some(isWaiting)
      ? { found: new Map() }
      : readServingRequests(apiServer),
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
  const isByGroup =
    isClient && clientPermissions.some((each) => isDenied(each) && each.answer === 'allowed');
  const absent =
    settings.subject?.kind === 'ServiceAccount'
      ? await absentAccount(apiServer, settings.subject)
      : [];
  const groups = isByGroup ? await findGroups(sources) : undefined;
  // The subject may have the missing permission on some nodes.
  const { subject } = wanted;
  const isLacking = subject !== undefined && lacking.length > 0;
  const limits = isLacking ? await findLimits(sources, subject, lacking) : undefined;
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
    absent,
    selector: choice.selector,
    nodes: await addAuthorizationModes(
      sources,
      withRequests(probed, foundIn(requests)),
      unexplained,
    ),
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

/** Probes one kubelet directly, whether or not the API server answers. */
export async function gatherFactsAt(
  { server, apiServer, access }: ProbedCluster,
  { host, port }: HostPort,
  reading: Pick<StatusReading, 'profile' | 'warnDays' | 'timeoutMs' | 'streams'>,
  signal: AbortSignal,
): Promise<Facts> {
  const node = {
    metadata: { name: host },
    status: { addresses: [{ type: 'InternalIP', address: host }] },
  };
  const { profile, warnDays, timeoutMs, streams } = reading;
  const settings = { types: ['InternalIP'], port, streams };
  const ways = { apiServer: undefined, access, signal, limits: limitsWithin(timeoutMs) };
  const [caller, probed] = await Promise.all([
    readOrNote(() => whoAmI(apiServer)),
    probeNode(node, settings, ways),
  ]);
  return {
    server,
    path: 'direct',
    now: Date.now(),
    ...(!isFound(caller) && { apiServerDown: caller.unknown }),
    caller: foundIn(caller) ?? { user: '', groups: [] },
    client: undefined,
    wanted: { profile, subject: undefined, names: knownNames, nodes: [] },
    pair: undefined,
    clientPermissions: [],
    callerPermissions: [],
    nodes: [probed],
    selector: '',
    nearMisses: [],
    limits: [],
    groups: [],
    absent: [],
    unchecked: [],
    interrupted: signal.aborted,
    warnDays,
  };
}

function unchecked(
  check: string,
  ...reads: readonly (Known<unknown> | undefined)[]
): Unchecked | [] {
  const failed = reads.find((read): read is Unknown => read !== undefined && !isFound(read));
  return failed ? { check, ...failed } : [];
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
  return [direct, viaApiServer].some((probe) => outcomeOf(probe) === 'no-serving-certificate-yet');
}

function isDenied(permission: PermissionFacts | undefined): boolean {
  return foundIn(permission?.review)?.allowed === false;
}
