import { Failure, Interrupted } from '../../../errors.ts';
import { foundIn, isFound, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { apiServerFailure, parseStatus } from '../../../kube/api-server/api-server-failure.ts';
import { findInList } from '../../../kube/api-server/find-in-list.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import {
  type Kubelet,
  longestErrorBody,
  openDirect,
  openViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import type { KubeletAccess } from '../../../kube/kubelet-client/kubelet-access.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { TextResponse } from '../../../kube/transport/transport.ts';
import { oneLine } from '../../../kubelet/authorization-result.ts';
import {
  type Cause,
  describeTransport,
  findStreamCause,
  findTransportCause,
  type Occurrence,
} from '../../../kubelet/causes/causes.ts';
import { parseKubeletDenial } from '../../../kubelet/denial.ts';
import { kubeletEndpoints } from '../../../kubelet/endpoints.ts';
import { findRelayedFailure } from '../../../kubelet/explain/relayed-failure.ts';
import { hasArrived, type StreamStep, streamRequests } from '../../../kubelet/stream-probes.ts';
import { parseApiServerDenial } from '../../../rbac/api-server-denial.ts';
import type { FailedProbe, NodeFacts, Probe, StreamFacts, StreamPod } from '../facts.ts';
import { isFailed, notAsked } from '../probe.ts';

/** Where a request for a stream is sent, and what its path is there. */
interface StreamPath extends Pick<Kubelet, 'label' | 'where' | 'send' | 'read'> {
  readonly path: string;
}

/**
 * How far requests for a stream come on a node, by both paths: through the API server by the path of a pod, as kubectl asks,
 * or by the node proxy where there is none. None of them runs or opens anything.
 */
export async function probeStreams(
  facts: NodeFacts,
  apiServer: ApiServer | undefined,
  access: Known<KubeletAccess>,
  limits: Limits,
  signal: AbortSignal,
): Promise<StreamFacts> {
  const [relayed, direct] = await Promise.all([
    probeRelayed(facts, apiServer, limits, signal),
    probeDirect(facts, access, limits, signal),
  ]);
  return { ...relayed, direct };
}

type Relayed = Omit<StreamFacts, 'direct'>;

async function probeRelayed(
  { node, viaApiServer }: NodeFacts,
  apiServer: ApiServer | undefined,
  limits: Limits,
  signal: AbortSignal,
): Promise<Relayed> {
  const name = node.metadata.name;
  const unasked = (why: string): Relayed => {
    const probe = notAsked(why);
    return { pod: undefined, webSocket: probe, spdy: probe, runtime: probe };
  };
  if (!apiServer) return unasked('the kubelet was given by its address');
  if (signal.aborted || isSilent(viaApiServer))
    return unasked(signal.aborted ? 'interrupted' : 'kube-apiserver does not reach the kubelet');
  const known = await findStreamPod(apiServer, name, limits);
  const pod = foundIn(known);
  const kubelet = openViaApiServer(name, apiServer, limits);
  const path = pod
    ? { ...kubelet, ...podPath(pod, apiServer, limits) }
    : { ...kubelet, path: `${execOfNobody}?` };
  const [webSocket, spdy, dropped] = await Promise.all([
    probe(path, 'webSocket', limits, signal),
    probe(path, 'spdy', limits, signal),
    pod ? undefined : lostUpgrade(name, apiServer, limits, signal),
  ]);
  if (dropped) {
    const runtime = notAsked('no request for a stream comes as far as the API server');
    return { pod, webSocket: dropped, spdy: dropped, runtime };
  }
  const runtime = pod
    ? webSocket.result === 'ok'
      ? await probe(path, 'runtime', limits, signal)
      : notAsked('no WebSocket comes as far as the kubelet')
    : notAsked(isFound(known) ? 'no running container on the node' : known.unknown);
  return { pod, ...(!isFound(known) && { pods: known }), webSocket, spdy, runtime };
}

/**
 * The node proxy answers those two the same where the Upgrade header was lost. The answer to a request that a kubelet serves, it
 * passes on only then. Undefined if it was not lost, or that is unknown.
 */
async function lostUpgrade(
  node: string,
  apiServer: ApiServer,
  limits: Limits,
  signal: AbortSignal,
): Promise<FailedProbe | undefined> {
  const start = performance.now();
  const kubelet = openViaApiServer(node, apiServer, limits);
  const { path } = kubeletEndpoints.healthz;
  const { headers } = streamRequests.webSocket;
  try {
    const sent = await kubelet.send({ method: 'GET', path, headers });
    const { status, text } = await kubelet.read(sent, longestErrorBody);
    if (status !== 200) return undefined;
    const words = `the API server answered ${status} to a request for an upgrade: ${oneLine(text)}`;
    const at = { by: 'in between', hop: 'caller -> API server' } as const;
    const ms = Math.round(performance.now() - start);
    return { result: 'failed', cause: 'upgrade dropped', ...at, words, ms };
  } catch (error) {
    if (error instanceof Failure || (error instanceof Interrupted && signal.aborted))
      return undefined;
    throw error;
  }
}

/** Only what authorization needs: a kubelet misses the streams to attach before it looks for a pod. */
async function probeDirect(
  { node, address, direct }: NodeFacts,
  access: Known<KubeletAccess>,
  limits: Limits,
  signal: AbortSignal,
): Promise<Probe> {
  if (!isFound(access)) return notAsked(access.unknown);
  if (!address || isSilent(direct)) return notAsked('the kubelet cannot be reached directly');
  if (direct.result === 'not asked') return notAsked(direct.why);
  const kubelet = openDirect(node.metadata.name, address, access.found, signal, limits);
  try {
    return await probe({ ...kubelet, path: execOfNobody }, 'webSocket', limits, signal);
  } finally {
    kubelet.close();
  }
}

/** Nobody has this pod. */
const execOfNobody = kubeletEndpoints.exec.path.replace(
  '{ns}/{pod}/{container}',
  'kubeletaccess/probe/probe',
);

function podPath(
  { namespace, name, container }: StreamPod,
  apiServer: ApiServer,
  limits: Limits,
): Pick<StreamPath, 'path' | 'send'> {
  return {
    path: `/api/v1/namespaces/${namespace}/pods/${name}/exec?container=${encodeURIComponent(container)}`,
    send: (request) => apiServer.send(request, limits),
  };
}

/** Whether nothing was heard from the kubelet: a request for a stream would not be answered either. */
function isSilent(probe: Probe): boolean {
  return (
    isFailed(probe) &&
    (probe.by === 'network' || (probe.by === 'api server' && probe.cause !== 'forbidden'))
  );
}

async function probe(
  path: StreamPath,
  step: StreamStep,
  limits: Limits,
  signal: AbortSignal,
): Promise<Probe> {
  const start = performance.now();
  const elapsedMs = () => Math.round(performance.now() - start);
  const { method, query, headers } = streamRequests[step];
  try {
    const sent = await path.send({ method, path: `${path.path}&${query}`, headers });
    const response = await path.read(sent, longestErrorBody);
    const ms = elapsedMs();
    if (hasArrived(step, response.status, response.text)) return { result: 'ok', ms };
    return { result: 'failed', ...failureOf(path, response), ms };
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return notAsked('interrupted');
    if (!(error instanceof Failure)) throw error;
    const transport = error.cause instanceof TransportError ? error.cause : undefined;
    // A header is kept from a kubelet that was not verified.
    if (!transport) return notAsked(error.message);
    // The connection is closed at once.
    if (transport.code === 'HPE_UPGRADE') return { result: 'ok', ms: elapsedMs() };
    const { hop } = path.where;
    const found = findTransportCause(transport, { hop });
    const words = `the ${path.label}: ${describeTransport(transport, limits, { hop })}`;
    return { result: 'failed', by: 'network', ...found, words, ms: elapsedMs() };
  }
}

type StreamFailure = Omit<FailedProbe, 'ms' | 'result'>;

function failureOf({ label, where: { hop } }: StreamPath, response: TextResponse): StreamFailure {
  const { status, text } = response;
  if (hop === 'API server -> kubelet' && parseStatus(text)) return apiServerFailureOf(response);
  const denial = status === 403 ? parseKubeletDenial(text) : undefined;
  const words = (speaker: string) => `${speaker} answered ${status}: ${oneLine(text) || '(empty)'}`;
  if (denial) {
    const cause = denial.user === 'system:anonymous' ? 'no credential accepted' : 'forbidden';
    return { by: 'kubelet', cause, words: words(`the ${label}`), denial };
  }
  const found = findStreamCause(status, text, hop) ?? { cause: 'not a kubelet' };
  const by = byWhom(found);
  return {
    by,
    ...found,
    ...(by === 'container runtime' && { hop: 'kubelet -> container runtime' }),
    words: words(by === 'in between' ? `something other than the ${label}` : `the ${label}`),
  };
}

const foreign: readonly Cause[] = ['upgrade dropped', 'proxy failed', 'not a kubelet'];

function byWhom({ cause, pattern }: Occurrence): FailedProbe['by'] {
  if (pattern?.hop === 'kubelet -> container runtime') return 'container runtime';
  return foreign.includes(cause) ? 'in between' : 'kubelet';
}

/** The API server's own failure, about the caller or the kubelet. */
function apiServerFailureOf(response: TextResponse): StreamFailure {
  const { words } = apiServerFailure(response);
  const failed = (by: FailedProbe['by'], found: Occurrence): StreamFailure => ({
    by,
    hop: 'caller -> API server',
    words,
    ...found,
  });
  if (response.status === 401) return failed('api server', { cause: 'no credential accepted' });
  const found = findStreamCause(response.status, words, 'API server -> kubelet');
  if (found?.cause === 'upgrade dropped') return failed('in between', found);
  if (found?.pattern?.hop === 'kubelet -> container runtime')
    return { ...failed('container runtime', found), hop: found.pattern.hop };
  if (response.status === 403)
    return failed(isOfAuthorizer(words) ? 'api server' : 'in between', { cause: 'forbidden' });
  return {
    ...failed(
      'api server',
      findRelayedFailure(words) ?? found ?? { cause: 'API server cannot reach node' },
    ),
    hop: undefined,
  };
}

/** Since 1.35, a WebSocket takes create beside get; what lacks it is denied without a reason. */
function isOfAuthorizer(words: string): boolean {
  return parseApiServerDenial(words) !== undefined || /is forbidden: ?$/.test(words);
}

/** A pod of a node with a running container, which requests for a stream may name; undefined if the node has none. */
function findStreamPod(
  apiServer: ApiServer,
  node: string,
  limits: Limits,
): Promise<Known<StreamPod | undefined>> {
  // From the cache of the API server, which has an index of it.
  const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}&resourceVersion=0`;
  const find = () =>
    findInList(apiServer, path, kinds.Pod, limits, ({ metadata, status }) => {
      const { namespace, name } = metadata;
      const running = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
      return running && { namespace, name, container: running.name };
    });
  return readOrNote(find, 'list pods');
}
