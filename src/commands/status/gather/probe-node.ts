import { isFound, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { statusOfApiServer } from '../../../kube/api-server/api-server-failure.ts';
import type { NodeChoice } from '../../../kube/api-server/choose-nodes.ts';
import { type Kubelet, openViaApiServer } from '../../../kube/kubelet-client/client.ts';
import { certificateOf, readCertificate } from '../../../kube/transport/peer-certificate.ts';
import { secureAddress } from '../../../kube/transport/server-address.ts';
import type { TextResponse } from '../../../kube/transport/transport.ts';
import { type AddressChoice, kubeletAddress } from '../../../kubelet/address.ts';
import {
  certificateCauses,
  describeTransport,
  findResponseCause,
  findTransportCause,
} from '../../../kubelet/causes/causes.ts';
import type { ServingCertificate } from '../../../kubelet/certificate.ts';
import { kubeletEndpoints } from '../../../kubelet/endpoints.ts';
import type { Node } from '../../../objects.ts';
import type { DirectDoor } from '../../shared/door/open-door.ts';
import type { NodeFacts } from '../facts.ts';
import { interruptedProbe, isFailedProbe, notAsked, type Probe } from '../probe.ts';
import {
  deniedByKubelet,
  failedApiServer,
  failedResponse,
  type Judged,
  sendProbe,
  type Ways,
} from './send-probe.ts';

export interface ProbeSettings extends AddressChoice {
  readonly streams: boolean;
}

export interface ProbedCluster {
  /** The URL of the API server. */
  readonly server: string;
  readonly apiServer: ApiServer;
  readonly access: Known<DirectDoor>;
}

export interface Sources extends ProbedCluster {
  readonly probing: ProbeSettings & { readonly timeoutMs: number };
  readonly choice: NodeChoice;
  readonly signal: AbortSignal;
}

/**
 * Cheap requests that change nothing. Through kube-apiserver: logs of a pod that does not exist. Directly: a health check, which needs the
 * smallest permission. Each request opens its own connection, because each connection to the same address may reach another API server.
 */
const requests = {
  apiserver: { method: 'GET', path: kubeletEndpoints.containerLogs.probe, ownConnection: true },
  direct: { method: 'GET', path: kubeletEndpoints.healthz.probe, ownConnection: true },
} as const;

/**
 * Probes a node directly and through the API server, at the same time. Returns failures of the node or of the connection to it, instead of
 * throwing them.
 */
export async function probeNode(
  node: Node,
  { types, port, streams }: ProbeSettings,
  ways: Ways,
): Promise<NodeFacts> {
  const { apiServer, limits } = ways;
  const address = kubeletAddress(node, types, port);
  const [viaApiServer, { probe: direct, certificate }] = await Promise.all([
    apiServer
      ? send(openViaApiServer(node.metadata.name, apiServer, limits), ways)
      : { probe: notAsked('the kubelet was given by its address') },
    probeDirect(node, address, types, ways),
  ]);
  const facts = { node, address, direct, viaApiServer: viaApiServer.probe, certificate };
  if (!streams) return facts;
  const { probeStreams } = await import('./probe-streams.ts');
  return { ...facts, streams: await probeStreams(facts, ways) };
}

export function unprobed(node: Node, { types, port }: ProbeSettings): NodeFacts {
  const address = kubeletAddress(node, types, port);
  return { node, address, direct: interruptedProbe, viaApiServer: interruptedProbe };
}

interface Probed {
  readonly probe: Probe;
  readonly certificate?: ServingCertificate | undefined;
}

async function probeDirect(
  node: Node,
  address: NodeFacts['address'],
  types: readonly string[],
  ways: Ways,
): Promise<Probed> {
  const { access, limits, signal } = ways;
  const name = node.metadata.name;
  if (!isFound(access)) return { probe: notAsked(access.unknown) };
  if (!node.status) return { probe: notAsked('its address is unknown') };
  if (!address) {
    const message = `node ${name} has no address of type ${types.join(', ')}`;
    return {
      probe: { result: 'failed', component: 'network', cause: 'no-address', message, ms: 0 },
    };
  }
  const { routeTo, trust } = access.found.direct;
  const result = await send(access.found.one({ name, node }, limits), ways);
  const isAboutCertificate =
    isFailedProbe(result.probe) && certificateCauses.includes(result.probe.cause);
  if (result.certificate || !isAboutCertificate) return result;
  const { host, port } = address;
  // With a proxy, reading the certificate would need another tunnel.
  if (routeTo(secureAddress(address))) return result;
  const left = limits.deadline - performance.now();
  return {
    ...result,
    certificate: await readCertificate({ host, port }, trust.serverName ?? host, left, signal),
  };
}

async function send(opened: Kubelet, { limits, signal }: Ways): Promise<Probed> {
  using kubelet = opened;
  const { via, where } = kubelet;
  let certificate: ServingCertificate | undefined;
  const probe = await sendProbe(
    kubelet,
    requests[via],
    {
      head: (response) => {
        if (via === 'direct') certificate = certificateOf(response);
      },
      response: (response) => judge(kubelet, response),
      failure: (failure, transport) => ({
        result: 'failed',
        component: 'network',
        ...(transport ? findTransportCause(transport, where) : { cause: 'unknown' }),
        // The request was sent and has reached the API server. Only the answer about this node is missing.
        message:
          transport?.isSent && via === 'apiserver'
            ? `the ${kubelet.label}: ${describeTransport(transport, limits, where)}`
            : failure.message,
      }),
    },
    signal,
  );
  return { probe, certificate };
}

/** Matches the whole answer to the log probe, so that an answer that a proxy cut off does not match. */
const noSuchPod = /^pod "[^"]*" (?:does not exist|not found)\s*$/;

function judge(kubelet: Kubelet, response: TextResponse): Judged {
  const { status, text } = response;
  const isRelayed = kubelet.via === 'apiserver';
  if (isRelayed && statusOfApiServer(response)) return failedApiServer(response, false);
  const isServed = isRelayed
    ? status === 404 && noSuchPod.test(text)
    : status === 200 && text.trim() === 'ok';
  if (isServed) return { result: 'ok' };
  const denied = deniedByKubelet(kubelet, response);
  if (denied) return denied;
  const found = findResponseCause(status, text);
  // A 429 in plain text comes from the API server's priority and fairness; a kubelet has no such limit.
  if (found && status === 429 && isRelayed)
    return failedResponse('apiserver', found, kubelet, response);
  return found && isKubeletAnswer(status, text)
    ? failedResponse('kubelet', found, kubelet, response)
    : failedResponse('intermediary', { cause: 'not-a-kubelet' }, kubelet, response);
}

/** Whether this answer to the probe comes from a kubelet, healthy or not. */
function isKubeletAnswer(status: number, text: string): boolean {
  return (
    (status === 401 && text.trim() === 'Unauthorized') ||
    (status === 405 && /^405: Method Not Allowed|(?:is|are) disabled\./.test(text)) ||
    (status === 500 && /^Authorization error|healthz check failed|^\[[-+]\]/.test(text))
  );
}
