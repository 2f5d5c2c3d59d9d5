import { formatHostPort } from '../../../kubelet/address.ts';
import { daysLeft, type ReportedCertificate } from '../../../kubelet/certificate.ts';
import { readyState } from '../../../kubelet/readiness.ts';
import type { NodeFacts, PendingCsr, StreamFacts, StreamResults } from '../facts.ts';
import { type ProbeReport, probeReport } from '../probe.ts';

export type StreamReport = StreamResults<ProbeReport>;

export interface NodeReport {
  readonly name: string;
  /** Version of the kubelet, from the Node object; empty if unknown. */
  readonly version: string;
  /** Operating system, linux or windows; empty if unknown. */
  readonly os: string;
  /** Status of the Ready condition; may be empty. */
  readonly readyCondition: 'True' | 'False' | 'Unknown' | '';
  /** HOST:PORT of the kubelet; empty if the node has no usable address. */
  readonly address: string;
  /** Type of the address: InternalIP, ExternalIP, Hostname, InternalDNS or ExternalDNS; empty without an address. */
  readonly addressType: string;
  /** Result of the request directly from this machine. */
  readonly direct: ProbeReport;
  /** Result of the request through the node proxy of the API server. */
  readonly viaApiServer: ProbeReport;
  /** Serving certificate of the kubelet; absent if the kubelet showed none. */
  readonly certificate?: ReportedCertificate;
  readonly signingRequest?: PendingCsr;
  /** authorization.mode in the configuration of the kubelet. Present only if answers of the kubelet contradict RBAC. */
  readonly authorizationMode?: string;
  /** Results of stream probes; present with --streams. */
  readonly streams?: StreamReport;
}

export function nodeReport(facts: NodeFacts, now: number): NodeReport {
  const { node, address, direct, viaApiServer, certificate, streams } = facts;
  const { pendingRequest, authorizationMode } = facts;
  const { kubeletVersion: version = '', operatingSystem: os = '' } = node.status?.nodeInfo ?? {};
  return {
    name: node.metadata.name,
    ...{ version, os },
    readyCondition: readyState(node),
    address: address ? formatHostPort(address) : '',
    addressType: address?.type ?? '',
    direct: probeReport(direct),
    viaApiServer: probeReport(viaApiServer),
    ...(certificate && { certificate: { ...certificate, daysLeft: daysLeft(certificate, now) } }),
    ...(pendingRequest && { signingRequest: pendingRequest }),
    ...(authorizationMode !== undefined && { authorizationMode }),
    ...(streams && { streams: streamReport(streams) }),
  };
}

function streamReport({
  target: pod,
  webSocket,
  spdy,
  runtime,
  direct,
}: StreamFacts): StreamReport {
  return {
    ...(pod && { target: pod }),
    webSocket: probeReport(webSocket),
    spdy: probeReport(spdy),
    runtime: probeReport(runtime),
    direct: probeReport(direct),
  };
}
