import { Failure, Interrupted } from '../../../errors.ts';
import { isFound, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { apiServerFailure, parseStatus } from '../../../kube/api-server/api-server-failure.ts';
import {
  type Kubelet,
  longestErrorBody,
  openDirect,
  openViaApiServer,
} from '../../../kube/kubelet-client/client.ts';
import type { KubeletAccess } from '../../../kube/kubelet-client/kubelet-access.ts';
import { TransportError } from '../../../kube/transport/error.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import { certificateOf, readCertificate } from '../../../kube/transport/peer-certificate.ts';
import type { TextResponse } from '../../../kube/transport/transport.ts';
import { kubeletAddress } from '../../../kubelet/address.ts';
import { oneLine } from '../../../kubelet/authorization-result.ts';
import {
  certificateCauses,
  describeTransport,
  findResponseCause,
  findTransportCause,
  type Occurrence,
} from '../../../kubelet/causes/causes.ts';
import type { ServingCertificate } from '../../../kubelet/certificate.ts';
import { parseKubeletDenial } from '../../../kubelet/denial.ts';
import { kubeletEndpoints } from '../../../kubelet/endpoints.ts';
import { findRelayedFailure } from '../../../kubelet/explain/relayed-failure.ts';
import type { Node } from '../../../objects.ts';
import { parseApiServerDenial } from '../../../rbac/api-server-denial.ts';
import type { FailedProbe, NodeFacts, Probe } from '../facts.ts';
import { notAsked } from '../probe.ts';

export interface ProbeSettings {
  /** Types of addresses to try, in order. */
  readonly types: readonly string[];
  /** In place of the port that the node reports. */
  readonly port: number | undefined;
  /** Whether to ask how far streams come. */
  readonly streams: boolean;
}

/**
 * Cheap, and without an effect. kube-apiserver is asked for just what `kubectl logs` asks for, of a pod that does not exist;
 * a caller's health check is what the smallest permission allows.
 */
const probed = {
  apiserver: { method: 'GET', path: kubeletEndpoints.containerLogs.probe },
  direct: { method: 'GET', path: kubeletEndpoints.healthz.probe },
} as const;

/** Probes one node by both paths at once. Never throws for what a node, or anything on the way, does. */
export async function probeNode(
  node: Node,
  apiServer: ApiServer | undefined,
  access: Known<KubeletAccess>,
  { types, port, streams }: ProbeSettings,
  limits: Limits,
  signal: AbortSignal,
): Promise<NodeFacts> {
  const name = node.metadata.name;
  const address = kubeletAddress(node, types, port);
  const [viaApiServer, direct] = await Promise.all([
    apiServer
      ? probe(openViaApiServer(name, apiServer, limits), limits, signal)
      : { probe: notAsked('the kubelet was given by its address') },
    probeDirect(node, address, access, types, limits, signal),
  ]);
  const facts = {
    node,
    address,
    direct: direct.probe,
    viaApiServer: viaApiServer.probe,
    certificate: direct.certificate,
  };
  if (!streams) return facts;
  const { probeStreams } = await import('./probe-streams.ts');
  return { ...facts, streams: await probeStreams(facts, apiServer, access, limits, signal) };
}

/** The facts of a node that an interrupt left without a probe. */
export function unprobed(node: Node, { types, port }: ProbeSettings): NodeFacts {
  const probe = interruptedEarly;
  return { node, address: kubeletAddress(node, types, port), direct: probe, viaApiServer: probe };
}

interface Probed {
  readonly probe: Probe;
  readonly certificate?: ServingCertificate | undefined;
}

const interruptedEarly: Probe = {
  result: 'not asked',
  why: 'interrupted before it answered',
  isInterrupted: true,
};

async function probeDirect(
  node: Node,
  address: NodeFacts['address'],
  access: Known<KubeletAccess>,
  types: readonly string[],
  limits: Limits,
  signal: AbortSignal,
): Promise<Probed> {
  const name = node.metadata.name;
  if (!isFound(access)) return { probe: notAsked(access.unknown) };
  if (!node.status) return { probe: notAsked('its address is unknown') };
  if (!address) {
    const words = `node ${name} has no address of type ${types.join(', ')}`;
    return { probe: { result: 'failed', by: 'network', cause: 'no address', words, ms: 0 } };
  }
  const { routeTo, trust } = access.found;
  const kubelet = openDirect(name, address, access.found, signal, limits);
  const result = await probe(kubelet, limits, signal);
  if (result.certificate || !isAboutCertificate(result.probe)) return result;
  const { host, port } = address;
  // The certificate at the end of a proxy's tunnel is not worth another tunnel.
  if (routeTo({ secure: true, host, port, authority: host, prefix: '' })) return result;
  const left = limits.deadline - performance.now();
  return {
    ...result,
    certificate: await readCertificate({ host, port }, trust.serverName ?? host, left, signal),
  };
}

function isAboutCertificate(probe: Probe): boolean {
  return probe.result === 'failed' && certificateCauses.includes(probe.cause);
}

async function probe(kubelet: Kubelet, limits: Limits, signal: AbortSignal): Promise<Probed> {
  const start = performance.now();
  const elapsedMs = () => Math.round(performance.now() - start);
  try {
    // Several API servers may be behind one address: no single one speaks for all.
    const sent = await kubelet.send({ ...probed[kubelet.via], ownConnection: true });
    const certificate = kubelet.via === 'direct' ? certificateOf(sent) : undefined;
    const response = await kubelet.read(sent, longestErrorBody);
    const failed = failureOf(kubelet, response);
    const ms = elapsedMs();
    return { probe: failed ? { ...failed, ms } : { result: 'ok', ms }, certificate };
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return { probe: interruptedEarly };
    if (!(error instanceof Failure)) throw error;
    const facts = error.cause instanceof TransportError ? error.cause : undefined;
    const found: Occurrence = facts
      ? findTransportCause(facts, kubelet.where)
      : { cause: 'unknown' };
    // The API server had been reached: it is the answer about this node that did not come.
    const late = kubelet.via === 'apiserver' && facts?.isSent;
    const words =
      facts && late
        ? `the ${kubelet.label}: ${describeTransport(facts, limits, kubelet.where)}`
        : error.message;
    return { probe: { result: 'failed', by: 'network', ...found, words, ms: elapsedMs() } };
  } finally {
    kubelet.close();
  }
}

type ProbeFailure = Omit<FailedProbe, 'ms'>;

/** All of what a kubelet, or a virtual one, answers to the probe: less is of something that cuts answers. */
const noSuchPod = /^pod "[^"]*" (?:does not exist|not found)\s*$/;

/** Undefined if the kubelet served. */
function failureOf(kubelet: Kubelet, response: TextResponse): ProbeFailure | undefined {
  const { status, text } = response;
  if (kubelet.via === 'apiserver' && parseStatus(text)) return apiServerDenial(response);
  if (kubelet.via === 'direct' && status === 200 && text.trim() === 'ok') return undefined;
  if (kubelet.via === 'apiserver' && status === 404 && noSuchPod.test(text)) return undefined;
  const failed = (
    by: ProbeFailure['by'],
    found: Occurrence,
    rest: Partial<ProbeFailure> = {},
  ): ProbeFailure => ({
    result: 'failed',
    by,
    ...found,
    words: `${speakerOf(by, kubelet)} answered ${status}: ${oneLine(text) || '(empty)'}`,
    ...rest,
  });
  const denial = status === 403 ? parseKubeletDenial(text) : undefined;
  if (denial?.user === 'system:anonymous')
    return failed('kubelet', { cause: 'no credential accepted' }, { denial });
  if (denial) return failed('kubelet', { cause: 'forbidden' }, { denial });
  const found = findResponseCause(status, text);
  // Its priority and fairness, in plain text; a kubelet has no such limit.
  if (found && status === 429 && kubelet.via === 'apiserver') return failed('api server', found);
  return found && isKubeletAnswer(status, text)
    ? failed('kubelet', found)
    : failed('in between', { cause: 'not a kubelet' });
}

function speakerOf(by: ProbeFailure['by'], { label }: Kubelet): string {
  switch (by) {
    case 'kubelet':
      return `the ${label}`;
    case 'api server':
      return 'the API server';
    default:
      return `something other than the ${label}`;
  }
}

/** The answers that a kubelet has for these requests, whatever its state. */
function isKubeletAnswer(status: number, text: string): boolean {
  return (
    (status === 401 && text.trim() === 'Unauthorized') ||
    (status === 405 && /^405: Method Not Allowed|(?:is|are) disabled\./.test(text)) ||
    (status === 500 && /^Authorization error|healthz check failed|^\[[-+]\]/.test(text))
  );
}

/** The API server's own denial, about the node or the caller. */
function apiServerDenial(response: TextResponse): ProbeFailure {
  const { status } = response;
  const { words } = apiServerFailure(response);
  const failed = (by: ProbeFailure['by'], found: Occurrence): ProbeFailure => ({
    ...{ result: 'failed', by, words },
    ...found,
  });
  if (status === 401) return failed('api server', { cause: 'no credential accepted' });
  // An admission plugin, or whatever else is in front of the node proxy, has words of its own.
  if (status === 403)
    return failed(parseApiServerDenial(words) ? 'api server' : 'in between', {
      cause: 'forbidden',
    });
  if (status === 404) return failed('api server', { cause: 'node gone' });
  return failed(
    'api server',
    findRelayedFailure(words) ?? { cause: 'API server cannot reach node' },
  );
}
