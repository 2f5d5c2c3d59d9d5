import { foundIn } from '../../../known.ts';
import { formatHostPort } from '../../../kubelet/address.ts';
import { minorOf } from '../../../kubelet/authorization.ts';
import { describeCause } from '../../../kubelet/causes/causes.ts';
import type { HopName } from '../../../kubelet/causes/hop.ts';
import { streamsCommand } from '../../../kubelet/causes/stream-causes.ts';
import { type FindingRest, finding } from '../../../kubelet/finding.ts';
import { permissionForOthers } from '../../../kubelet/missing-permission.ts';
import { mayLackTls, type StreamingNode, takesWebSockets } from '../../../kubelet/stream-probes.ts';
import { type Group, groupsOf } from '../../../text/groups.ts';
import type { Facts, NodeFacts, StreamFacts } from '../facts.ts';
import { type FailedProbe, isFailedProbe, type Probe } from '../probe.ts';
import { describeFinding, namesOf, type StatusFinding } from './finding.ts';
import { formatNodes, type Trouble } from './node-findings.ts';

interface Broken extends Omit<Trouble, 'other'> {
  readonly streams: StreamFacts;
  /** End of the message: which streams still work, or which commands are affected. */
  readonly remark: string;
}

export function streamFindings(facts: Facts): readonly StatusFinding[] {
  const broken = facts.nodes.flatMap((node) => brokenOf(node, facts.path));
  const groups = groupsOf(broken, ({ severity, hop, probe, remark }) =>
    JSON.stringify([severity, hop, probe.cause, probe.denial?.verb, remark]),
  );
  return [
    ...groups.map((group) => findingOf(group, facts)),
    deniedStreams(facts),
    withoutTls(facts),
    ...uncheckedStreams(facts),
  ].flat();
}

function brokenOf(facts: NodeFacts, path: Facts['path']): readonly Broken[] {
  const { streams } = facts;
  if (!streams) return [];
  const { webSocket, spdy, runtime, direct } = streams;
  const isBroken = relayedState(streams, streamingNode(facts)) === 'broken';
  const broken = (
    probe: Probe,
    { usual, known }: { readonly usual: HopName; readonly known: Probe },
    severity: StatusFinding['severity'],
    remark = '',
  ): Broken | [] =>
    isFailedProbe(probe) && !isSame(probe, known)
      ? { facts, streams, hop: probe.hop ?? usual, probe, severity, remark }
      : [];
  const relayed = { usual: 'apiserver-to-kubelet', known: facts.viaApiServer } as const;
  const straight = { usual: 'caller-to-kubelet', known: facts.direct } as const;
  const severity = isBroken ? 'error' : 'warning';
  const works = (other: string) => (isBroken ? '' : `; ${other} works`);
  const spdyRemark =
    webSocket.result === 'ok' && !takesWebSockets(streamingNode(facts))
      ? '; kube-apiserver asks this kubelet so for every stream'
      : works('the WebSocket of kubectl since 1.31');
  const isOnce = isFailedProbe(webSocket) && isFailedProbe(spdy) && isSame(spdy, webSocket);
  return [
    broken(webSocket, relayed, severity, works('SPDY, which kubectl falls back to,')),
    isOnce ? [] : broken(spdy, relayed, severity, spdyRemark),
    broken(runtime, relayed, isFailedProbe(runtime) && isOfPod(runtime) ? 'warning' : 'error'),
    path === 'direct'
      ? broken(direct, straight, 'error')
      : broken(direct, straight, 'note', '; this affects only kubectl kubeletaccess exec'),
  ].flat();
}

/** Whether two failures have the same cause and permission. Denials must also have the same hop. */
function isSame(probe: FailedProbe, known: Probe): boolean {
  if (!isFailedProbe(known) || known.cause !== probe.cause) return false;
  const { denial: one, hop } = probe;
  const { denial: other, hop: knownHop } = known;
  const isSamePermission =
    one?.verb === other?.verb && one?.subresources.join() === other?.subresources.join();
  return isSamePermission && (hop === knownHop || probe.cause !== 'forbidden');
}

const fewNodes = 3;

function findingOf(group: Group<Broken>, facts: Facts): StatusFinding {
  const [first] = group;
  const { hop, probe, severity, remark, streams } = first;
  const nodes = namesOf(group.map((each) => each.facts));
  const evidence = [...new Set(group.slice(0, fewNodes).map((each) => each.probe.message))];
  const alone = group.length === 1;
  const { address, node } = first.facts;
  const described: Described =
    probe.cause === 'forbidden' && hop === 'caller-to-apiserver'
      ? callerDenied(probe, streams, facts)
      : describeFinding(probe, {
          hop,
          address:
            alone && hop === 'caller-to-kubelet' && address ? formatHostPort(address) : undefined,
          node: alone ? node.metadata.name : undefined,
          caller: facts.caller.user,
          denial: probe.denial,
        });
  const commands = described.rest.commands?.filter((each) => each !== streamsCommand) ?? [];
  return finding(probe.cause, severity, `${formatNodes(nodes)}: ${described.sentence}${remark}`, {
    ...{ nodeNames: nodes, evidence, ...described.rest, commands },
  });
}

interface Described {
  readonly sentence: string;
  readonly rest: FindingRest;
}

function callerDenied(
  { component: by }: FailedProbe,
  { target: pod }: StreamFacts,
  { caller }: Facts,
): Described {
  if (by !== 'apiserver')
    return {
      sentence:
        'something between you and the kubelet denied the request for a stream, in words of neither RBAC nor a kubelet: an admission plugin, a webhook or a proxy',
      rest: {},
    };
  const resource = pod ? 'pods/exec' : 'nodes/proxy';
  const where = pod ? ` in namespace ${pod.namespace}` : '';
  const rule = { apiGroups: [''], resources: [resource], verbs: ['get', 'create'] };
  const missing =
    pod && caller.user !== '' ? permissionForOthers(caller.user, rule, pod.namespace) : undefined;
  return {
    sentence: `the API server denies you (user "${caller.user}") ${resource}${where}, before it contacts a kubelet: a WebSocket takes get and, since 1.35, create, SPDY takes create`,
    rest: missing?.missingRule
      ? { missingRule: missing.missingRule, commands: missing.commands }
      : {},
  };
}

/** Reports streams that RBAC denies and that no probe tried: attach, port-forward, and also exec if there was no pod to probe. */
function deniedStreams({ streamPermissions = [], caller, nodes }: Facts): StatusFinding | [] {
  const isAsked = nodes.some(({ streams }) => streams?.target);
  const denied = streamPermissions.filter(
    ({ resource, review }) =>
      foundIn(review)?.allowed === false && !(isAsked && resource === 'pods/exec'),
  );
  const [first] = denied;
  if (!first) return [];
  const { namespace } = first;
  const resources = denied.map(({ resource }) => resource);
  const where = namespace === undefined ? 'every namespace' : `namespace ${namespace}`;
  return finding(
    'caller-forbidden',
    'warning',
    `RBAC denies you (user "${caller.user}") create on ${resources.join(', ')} in ${where}: the API server then denies ${resources.map((each) => streamNames[each]).join(', ')}, before it contacts a kubelet`,
    { missingRule: { apiGroups: [''], resources, verbs: ['create'] } },
  );
}

const streamNames = {
  'pods/exec': 'exec',
  'pods/attach': 'attach',
  'pods/portforward': 'port-forward',
} as const;

/** Warns about cri-dockerd without TLS. Probes do not find this fault, because it shows only when a command runs. */
function withoutTls({ nodes }: Facts): StatusFinding | [] {
  const suspects = nodes.filter(
    (facts) => facts.streams !== undefined && mayLackTls(streamingNode(facts)),
  );
  if (suspects.length === 0) return [];
  const cause = 'runtime-without-tls';
  const { sentence, remedy } = describeCause({ cause }, { hop: 'kubelet-to-container-runtime' });
  const names = namesOf(suspects);
  return finding(
    cause,
    'warning',
    `${formatNodes(names)}: exec may fail, which is not checked: ${sentence}`,
    {
      nodeNames: names,
      evidence: suspects
        .slice(0, fewNodes)
        .map(
          ({ node }) =>
            `${node.metadata.name}: kubelet ${node.status?.nodeInfo?.kubeletVersion}, container runtime ${node.status?.nodeInfo?.containerRuntimeVersion}`,
        ),
      remedy,
    },
  );
}

function uncheckedStreams({ nodes }: Facts): readonly StatusFinding[] {
  const asked = nodes.filter(({ streams }) => streams && streams.webSocket.result !== 'not-asked');
  const denied = asked.filter(({ streams }) => streams?.pods !== undefined);
  const [first] = denied;
  const empty = asked.filter(({ streams }) => streams && !streams.target && !streams.pods);
  const beyond =
    'the hop to the container runtime is not checked, nor whether you may exec into pods (pods/exec)';
  return [
    first?.streams?.pods
      ? finding(
          'not-checked',
          'warning',
          `cannot check streams of pods: ${first.streams.pods.needs === undefined ? first.streams.pods.unknown : `you lack permission to ${first.streams.pods.needs}`}; ${beyond}`,
          { nodeNames: namesOf(denied) },
        )
      : [],
    empty.length > 0
      ? finding(
          'not-checked',
          'note',
          `${formatNodes(namesOf(empty))}: no running container to ask for; ${beyond}`,
          { nodeNames: namesOf(empty) },
        )
      : [],
  ].flat();
}

/** Whether exec works on a node, judged by requests that run nothing. */
export type StreamState = 'ok' | 'broken' | 'unknown';

/** Returns whether kubectl exec works: it needs a WebSocket or SPDY to the kubelet, and then the container runtime. */
function relayedState({ webSocket, spdy, runtime }: StreamFacts, node: StreamingNode): StreamState {
  if (isFailedProbe(runtime) && !isOfPod(runtime)) return 'broken';
  if (spdy.result === 'ok') return 'ok';
  // An older kube-apiserver accepts a WebSocket itself, and then opens SPDY to the kubelet.
  const isForKubelet = takesWebSockets(node) || (isFailedProbe(spdy) && spdy.hop !== undefined);
  if (webSocket.result === 'ok' && isForKubelet) return 'ok';
  return isFailedProbe(webSocket) || isFailedProbe(spdy) ? 'broken' : 'unknown';
}

/** Whether the failure is about the pod alone: it has just ended, or a restarted kubelet does not know it yet. */
function isOfPod({ cause }: FailedProbe): boolean {
  return cause === 'not-found' || cause === 'container-not-found';
}

function streamingNode({ node: { status } }: NodeFacts): StreamingNode {
  return {
    runtime: status?.nodeInfo?.containerRuntimeVersion ?? '',
    minor: minorOf(status?.nodeInfo?.kubeletVersion),
    features: status?.declaredFeatures,
  };
}

function directState({ direct }: StreamFacts): StreamState {
  if (direct.result === 'ok') return 'ok';
  return isFailedProbe(direct) ? 'broken' : 'unknown';
}

/**
 * Returns the worst stream state of all nodes. Uses direct streams if direct requests decide the verdict, otherwise streams through the API
 * server. Returns undefined without --streams.
 */
export function streamsOf({ nodes, path }: Facts): StreamState | undefined {
  const states = nodes.flatMap((node) => {
    const { streams } = node;
    if (!streams) return [];
    return path === 'direct' ? directState(streams) : relayedState(streams, streamingNode(node));
  });
  if (states.length === 0) return undefined;
  return (['broken', 'unknown'] as const).find((state) => states.includes(state)) ?? 'ok';
}
