import type { CertificateRequest } from '../kit/certificates.ts';
import type { NodeObject } from './node-object.ts';

/** How a kubelet or its Node object differs from a healthy one. */
export interface Difference {
  /**
   * `closed` refuses connections, `black-hole` drops them, and `silent` accepts them and sends nothing. `alert` aborts TLS handshakes like
   * a kubelet without a serving certificate, `plain` does not speak TLS, and `gibberish` speaks TLS, but not HTTP.
   */
  readonly port?: 'closed' | 'black-hole' | 'silent' | 'alert' | 'plain' | 'gibberish';
  /** Address of the server; by default 127.0.0.1. */
  readonly host?: string;
  /** Issuer of the serving certificate; by default the CA of the cluster. `itself`: a CA that the kubelet made. `alone`: self-signed. */
  readonly issuer?: 'other' | 'itself' | 'alone';
  readonly certificate?: Partial<CertificateRequest>;
  /** Changes the Node object. */
  readonly node?: (node: NodeObject) => NodeObject;
}

const day = 86_400_000;
const daysFromNow = (days: number) => new Date(Date.now() + days * day);

/** Differences of each fault. Faults with `{}` change responses of the kubelet, which kubelet.ts makes. */
const differences = {
  none: {},

  // Faults of the port.
  stopped: { port: 'closed' },
  'black-hole': { port: 'black-hole' },
  silent: { port: 'silent' },
  'not-tls': { port: 'plain' },
  'not-http': { port: 'gibberish' },

  // Faults of the serving certificate.
  'wrong-name': { certificate: { dnsNames: ['elsewhere'], ips: ['10.0.0.1'] } },
  'other-authority': { issuer: 'other' },
  'self-signed': { issuer: 'itself' },
  'self-signed-alone': { issuer: 'alone' },
  expired: { certificate: { notBefore: daysFromNow(-3), notAfter: daysFromNow(-1) } },
  /** The serving certificate expires in five days. */
  'expires-soon': { certificate: { notAfter: daysFromNow(5) } },
  'not-yet-valid': { certificate: { notBefore: daysFromNow(1), notAfter: daysFromNow(3) } },
  'not-for-servers': { certificate: { usage: 'client' } },
  /** The CertificateSigningRequest for the certificate is pending. */
  'no-certificate': { port: 'alert' },

  // Faults of the Node object.
  /** A multicast address has no TCP route on any machine. */
  'no-route': { node: (node) => withAddresses(node, [['InternalIP', '224.0.0.1']]) },
  unresolvable: { node: (node) => withAddresses(node, [['Hostname', `${nameOf(node)}.invalid`]]) },
  'no-addresses': { node: (node) => withAddresses(node, []) },
  'ipv6-only': { host: '::1' },
  'not-ready': { node: silentForMinutes },
  /** The node is listed, but not found by name. */
  deleted: {},
  windows: { node: onWindows },

  // Faults of responses.
  'no-answer': {},
  /** Closes the connection in the middle of a response. */
  cut: {},
  /** Never ends a response. */
  stall: {},
  /** The health check of the kubelet fails. */
  unhealthy: {},
  /** A web server answers in place of the kubelet. */
  portal: {},
  /** The 403 of the kubelet names a service account that did not send the request. */
  liar: {},
  /** The 403 of the kubelet names the user jane, who did not send the request. */
  thief: {},
  /** Every answer of the kubelet is a Status that reads as if the API server had denied the caller. */
  forger: {},
  /** The kubelet trusts another CA than the issuer of kube-apiserver's client certificate. */
  unauthorized: {},
  /** The kubelet cannot send access reviews, because it cannot reach the API server. */
  'cut-off': {},
  /** The container runtime works, except for the streaming server of exec, attach and port-forward. */
  'no-streaming-server': {},
  /** The container runtime is cri-dockerd. */
  docker: { node: withDocker },
  /** `enableDebuggingHandlers: false` */
  'handlers-off': {},
  /** `authorization.mode: AlwaysAllow` */
  'always-allow': {},
  /** `authentication.anonymous.enabled: true` */
  anonymous: {},
  /** `featureGates.KubeletFineGrainedAuthz: false`, which kubelets up to 1.35 may have. */
  'no-finer-permissions': {},
} satisfies Record<string, Difference>;

/** An intentional fault of a node. */
export type Fault = keyof typeof differences;

export const allFaults = Object.keys(differences) as readonly Fault[];

/** Combines the differences of several faults. */
export function differenceOf(
  faults: Iterable<Fault>,
): Difference & Required<Pick<Difference, 'node'>> {
  const each: readonly Difference[] = [...faults].map((fault) => differences[fault]);
  const node = (object: NodeObject) =>
    each.reduce((changed, difference) => difference.node?.(changed) ?? changed, object);
  return { ...(Object.assign({}, ...each) as Difference), node };
}

function withDocker(node: NodeObject): NodeObject {
  const { nodeInfo } = node.status;
  const containerRuntimeVersion = 'docker://29.4.1';
  return {
    ...node,
    status: { ...node.status, nodeInfo: { ...nodeInfo, containerRuntimeVersion } },
  };
}

function nameOf(node: NodeObject): string {
  return node.metadata.name;
}

function withAddresses(
  node: NodeObject,
  addresses: readonly (readonly [type: string, address: string])[],
): NodeObject {
  const listed = addresses.map(([type, address]) => ({ type, address }));
  return { ...node, status: { ...node.status, addresses: listed } };
}

/** The node controller sets these conditions and taints on an unresponsive node. */
function silentForMinutes(node: NodeObject): NodeObject {
  const minutesAgo = (minutes: number) =>
    new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+/, '');
  const conditions = node.status.conditions.map(({ type }) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastHeartbeatTime: minutesAgo(5),
    lastTransitionTime: minutesAgo(4),
  }));
  const taints = ['NoSchedule', 'NoExecute'].map((effect) => ({
    key: 'node.kubernetes.io/unreachable',
    effect,
    timeAdded: minutesAgo(4),
  }));
  return { ...node, spec: { ...node.spec, taints }, status: { ...node.status, conditions } };
}

function onWindows(node: NodeObject): NodeObject {
  const nodeInfo = {
    ...node.status.nodeInfo,
    operatingSystem: 'windows',
    osImage: 'Windows Server 2022 Datacenter',
    kernelVersion: '10.0.20348.2700',
  };
  const labels = { ...node.metadata.labels, 'kubernetes.io/os': 'windows' };
  return { ...node, metadata: { ...node.metadata, labels }, status: { ...node.status, nodeInfo } };
}
