import { foundIn, isFound, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { statusOfApiServer } from '../../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { listFromCache } from '../../../kube/api-server/list-from-cache.ts';
import { type Kubelet, openViaApiServer, podStreams } from '../../../kube/kubelet-client/client.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import type { TextResponse } from '../../../kube/transport/transport.ts';
import { oneLine } from '../../../kubelet/authorization-result.ts';
import {
  type Cause,
  describeTransport,
  findStreamCause,
  findTransportCause,
} from '../../../kubelet/causes/causes.ts';
import { kubeletEndpoints } from '../../../kubelet/endpoints.ts';
import { hasArrived, type StreamStep, streamRequests } from '../../../kubelet/stream-probes.ts';
import type { NodeFacts, StreamFacts, StreamPod } from '../facts.ts';
import { interruptedProbe, isFailedProbe, notAsked, type Probe } from '../probe.ts';
import {
  deniedByKubelet,
  failedApiServer,
  failedResponse,
  type JudgedFailure,
  sendProbe,
  type Ways,
} from './send-probe.ts';

interface StreamPath extends Pick<Kubelet, 'label' | 'where' | 'send' | 'read'> {
  readonly path: string;
}

/**
 * Probes how far stream requests get, without opening a stream. Sends them directly, and through the API server: to a pod of the node, or
 * to the node proxy if the node has no pod.
 */
export async function probeStreams(facts: NodeFacts, ways: Ways): Promise<StreamFacts> {
  const [relayed, direct] = await Promise.all([
    probeRelayed(facts, ways),
    probeDirect(facts, ways),
  ]);
  return { ...relayed, direct };
}

type Relayed = Omit<StreamFacts, 'direct'>;

async function probeRelayed({ node, viaApiServer }: NodeFacts, ways: Ways): Promise<Relayed> {
  const { apiServer, limits, signal } = ways;
  const name = node.metadata.name;
  const unasked = (message: string): Relayed => {
    const probe = notAsked(message);
    return { webSocket: probe, spdy: probe, runtime: probe };
  };
  if (!apiServer) return unasked('the kubelet was given by its address');
  if (signal.aborted) return unasked(interruptedProbe.message);
  if (isSilent(viaApiServer)) return unasked('kube-apiserver does not reach the kubelet');
  const known = await findStreamPod(apiServer, name, limits);
  const pod = foundIn(known);
  const kubelet = openViaApiServer(name, apiServer, limits);
  const path = pod
    ? {
        ...openViaApiServer(name, apiServer, limits, undefined, podStreams(pod)),
        path: `/exec?container=${encodeURIComponent(pod.container)}`,
      }
    : { ...kubelet, path: `${execOfNobody}?` };
  const [webSocket, spdy, dropped] = await Promise.all([
    probe(path, 'webSocket', ways),
    probe(path, 'spdy', ways),
    pod ? undefined : lostUpgrade(kubelet, signal),
  ]);
  if (dropped && isFailedProbe(dropped)) {
    const runtime = notAsked('no request for a stream comes as far as the API server');
    return { webSocket: dropped, spdy: dropped, runtime };
  }
  if (!pod) {
    const runtime = notAsked(isFound(known) ? 'no running container on the node' : known.unknown);
    return { ...(!isFound(known) && { pods: known }), webSocket, spdy, runtime };
  }
  const runtime =
    webSocket.result === 'ok'
      ? await probe(path, 'runtime', ways)
      : notAsked('no WebSocket comes as far as the kubelet');
  return { target: pod, webSocket, spdy, runtime };
}

/**
 * Probes whether a proxy before the API server removes the Upgrade header. Requests /healthz through the node proxy with this header. If
 * the status is 200, the header was removed.
 */
function lostUpgrade(kubelet: Kubelet, signal: AbortSignal): Promise<Probe> {
  const { path } = kubeletEndpoints.healthz;
  const { headers } = streamRequests.webSocket;
  return sendProbe(
    kubelet,
    { method: 'GET', path, headers },
    {
      failure: () => ({ result: 'ok' }),
      response: ({ status, text }) =>
        status === 200
          ? {
              ...{ result: 'failed', cause: 'upgrade-dropped' },
              ...{ component: 'intermediary', hop: 'caller-to-apiserver' },
              message: `the API server answered ${status} to a request for an upgrade: ${oneLine(text)}`,
            }
          : { result: 'ok' },
    },
    signal,
  );
}

/**
 * Checks only authorization. The request asks for no stdin, stdout or stderr, and the kubelet rejects it for this reason before it searches
 * for the pod.
 */
async function probeDirect({ node, address, direct }: NodeFacts, ways: Ways): Promise<Probe> {
  const { access, limits } = ways;
  if (!isFound(access)) return notAsked(access.unknown);
  if (!address || isSilent(direct)) return notAsked('the kubelet cannot be reached directly');
  if (direct.result === 'not-asked') return direct;
  using kubelet = access.found.one({ name: node.metadata.name, node }, limits);
  return await probe({ ...kubelet, path: execOfNobody }, 'webSocket', ways);
}

const execOfNobody = kubeletEndpoints.exec.path.replace(
  '{ns}/{pod}/{container}',
  'kubeletaccess/probe/probe',
);

/** Whether the request of the probe did not reach the kubelet. */
function isSilent(probe: Probe): boolean {
  return (
    isFailedProbe(probe) &&
    (probe.component === 'network' ||
      (probe.component === 'apiserver' && probe.cause !== 'forbidden'))
  );
}

function probe(path: StreamPath, step: StreamStep, { limits, signal }: Ways): Promise<Probe> {
  const { method, query, headers } = streamRequests[step];
  const { hop } = path.where;
  return sendProbe(
    path,
    { method, path: `${path.path}&${query}`, headers },
    {
      response: (response) =>
        hasArrived(step, response.status, response.text)
          ? { result: 'ok' }
          : failureOf(path, response),
      failure: (failure, transport) => {
        // Nothing was sent: for example, no credential goes to an unverified kubelet.
        if (!transport) return notAsked(failure.message);
        // The server accepted the upgrade.
        if (transport.code === 'HPE_UPGRADE') return { result: 'ok' };
        const message = `the ${path.label}: ${describeTransport(transport, limits, { hop })}`;
        const found = findTransportCause(transport, { hop });
        return { result: 'failed', component: 'network', ...found, message };
      },
    },
    signal,
  );
}

function failureOf(path: StreamPath, response: TextResponse): JudgedFailure {
  const { status, text } = response;
  const { hop } = path.where;
  if (hop === 'apiserver-to-kubelet' && statusOfApiServer(response))
    return failedApiServer(response, true);
  const denied = deniedByKubelet(path, response);
  if (denied) return denied;
  const found = findStreamCause(status, text, hop) ?? { cause: 'not-a-kubelet' };
  if (found.pattern?.hop === 'kubelet-to-container-runtime')
    return {
      ...failedResponse('container-runtime', found, path, response),
      hop: 'kubelet-to-container-runtime',
    };
  const by = foreign.includes(found.cause) ? 'intermediary' : 'kubelet';
  return failedResponse(by, found, path, response);
}

const foreign: readonly Cause[] = ['upgrade-dropped', 'proxy-failed', 'not-a-kubelet'];

function findStreamPod(
  apiServer: ApiServer,
  node: string,
  limits: Limits,
): Promise<Known<StreamPod | undefined>> {
  const path = `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`;
  const find = async () => {
    const pods = await listFromCache(apiServer, path, kinds.Pod, limits);
    const running = pods.flatMap(({ metadata: { namespace, name }, status }) => {
      const found = status?.containerStatuses?.find(({ state }) => state?.running !== undefined);
      return found ? { namespace, name, container: found.name } : [];
    });
    return running[0];
  };
  return readOrNote(find, 'list pods');
}
