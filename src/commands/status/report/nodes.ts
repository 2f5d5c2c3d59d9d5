import { formatHostPort } from '../../../kubelet/address.ts';
import type { Cause } from '../../../kubelet/causes/causes.ts';
import { daysLeft, type ServingCertificate } from '../../../kubelet/certificate.ts';
import type { KubeletDenial } from '../../../kubelet/denial.ts';
import { readyState } from '../../../kubelet/readiness.ts';
import type { FailedProbe, NodeFacts, PendingRequest, Probe, StreamFacts } from '../facts.ts';
import { isFailed } from '../probe.ts';

/** The outcome of one path to a node: `ok`, `not asked`, or the cause. */
export interface ProbeReport {
  readonly result: 'ok' | 'not asked' | Cause;
  /**
   * How long it took; absent if it was not asked.
   * @asType integer
   * @minimum 0
   */
  readonly ms?: number;
  /** The message of the server that denied it, or why it was not asked; empty if ok. */
  readonly words: string;
  /** Who denied the request, or where it failed; absent if it succeeded. */
  readonly by?: FailedProbe['by'];
  /** The permission that the kubelet denied, and the denied user. */
  readonly refusal?: KubeletDenial;
}

/**
 * How far requests for a stream come that open none: exec, attach and port-forward go these ways. ok: as far as a request can
 * that runs nothing.
 */
export interface StreamReport {
  /** NAMESPACE/NAME of the pod by whose path it was asked; empty if by the node proxy. */
  readonly pod: string;
  /** Container of that pod; empty without a pod. */
  readonly container: string;
  /** Through the API server to the kubelet, as a WebSocket. */
  readonly webSocket: ProbeReport;
  /** The same over SPDY, which kubectl falls back to. */
  readonly spdy: ProbeReport;
  /** From the kubelet to the streaming server of the container runtime. */
  readonly runtime: ProbeReport;
  /** Directly from this machine to the kubelet. */
  readonly direct: ProbeReport;
}

export interface NodeReport {
  readonly name: string;
  /** The version of its kubelet, from the Node object; empty if unknown. */
  readonly version: string;
  /** linux or windows; empty if unknown. */
  readonly os: string;
  /** The Ready condition; may be empty. */
  readonly ready: 'True' | 'False' | 'Unknown' | '';
  /** HOST:PORT of its kubelet; empty if the node has no usable address. */
  readonly address: string;
  /** InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS; empty without an address. */
  readonly addressType: string;
  /** Directly from this machine. */
  readonly direct: ProbeReport;
  /** Through the node proxy of the API server. */
  readonly viaApiServer: ProbeReport;
  /** Absent if none was seen. */
  readonly certificate?: ReportedCertificate;
  readonly pendingRequest?: PendingRequest;
  /** authorization.mode of its configuration; present only where its answers contradict RBAC. */
  readonly authorizationMode?: string;
  /** Present with --streams. */
  readonly streams?: StreamReport;
}

/**
 * The serving certificate of a kubelet.
 * @public
 */
export interface ReportedCertificate extends ServingCertificate {
  /**
   * Whole days; negative after it has expired.
   * @asType integer
   */
  readonly daysLeft: number;
}

export function nodeReport(facts: NodeFacts, now: number): NodeReport {
  const { node, address, direct, viaApiServer, certificate, pendingRequest, authorizationMode } =
    facts;
  const { streams } = facts;
  return {
    name: node.metadata.name,
    version: node.status?.nodeInfo?.kubeletVersion ?? '',
    os: node.status?.nodeInfo?.operatingSystem ?? '',
    ready: readyState(node),
    address: address ? formatHostPort(address) : '',
    addressType: address?.type ?? '',
    direct: probeReport(direct),
    viaApiServer: probeReport(viaApiServer),
    ...(certificate && {
      certificate: { ...certificate, daysLeft: daysLeft(certificate, now) },
    }),
    ...(pendingRequest && { pendingRequest }),
    ...(authorizationMode !== undefined && { authorizationMode }),
    ...(streams && { streams: streamReport(streams) }),
  };
}

function streamReport({ pod, webSocket, spdy, runtime, direct }: StreamFacts): StreamReport {
  return {
    pod: pod ? `${pod.namespace}/${pod.name}` : '',
    container: pod?.container ?? '',
    webSocket: probeReport(webSocket),
    spdy: probeReport(spdy),
    runtime: probeReport(runtime),
    direct: probeReport(direct),
  };
}

function probeReport(probe: Probe): ProbeReport {
  if (isFailed(probe)) {
    const { cause, ms, words, by, denial } = probe;
    return { result: cause, ms, words, by, ...(denial && { refusal: denial }) };
  }
  return probe.result === 'ok'
    ? { result: 'ok', ms: probe.ms, words: '' }
    : { result: 'not asked', words: probe.why };
}
