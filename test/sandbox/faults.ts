import type { CertificateRequest } from '../kit/certificates.ts';
import type { NodeObject } from './node-object.ts';

/** What a kubelet or its Node object has otherwise than a good node; what is not told is as there. */
export interface Difference {
  /**
   * How its port behaves: `closed` refuses connections, `black-hole` gives no answer to them, `silent` accepts them and says
   * nothing, `alert` ends each TLS handshake as a kubelet does that has no serving certificate, `plain` speaks no TLS, and
   * `gibberish` no HTTP.
   */
  readonly port?: 'closed' | 'black-hole' | 'silent' | 'alert' | 'plain' | 'gibberish';
  /** Its address; 127.0.0.1 unless told. */
  readonly host?: string;
  /** Who signs its serving certificate; the cluster's authority unless told. `alone` has no authority beside it. */
  readonly issuer?: 'other' | 'itself' | 'alone';
  readonly certificate?: Partial<CertificateRequest>;
  /** What becomes of its Node object. */
  readonly node?: (node: NodeObject) => NodeObject;
}

const day = 86_400_000;
const daysFromNow = (days: number) => new Date(Date.now() + days * day);

/** Every fault that a sandbox can have, by name. Those without a difference here show in answers. */
const differences = {
  none: {},

  // Its port.
  stopped: { port: 'closed' },
  'black-hole': { port: 'black-hole' },
  silent: { port: 'silent' },
  'not-tls': { port: 'plain' },
  'not-http': { port: 'gibberish' },

  // Its serving certificate.
  'wrong-name': { certificate: { dnsNames: ['elsewhere'], ips: ['10.0.0.1'] } },
  'other-authority': { issuer: 'other' },
  'self-signed': { issuer: 'itself' },
  'self-signed-alone': { issuer: 'alone' },
  expired: { certificate: { notBefore: daysFromNow(-3), notAfter: daysFromNow(-1) } },
  'not-yet-valid': { certificate: { notBefore: daysFromNow(1), notAfter: daysFromNow(3) } },
  'not-for-servers': { certificate: { usage: 'client' } },
  /** It waits for its CertificateSigningRequest to be approved. */
  'no-certificate': { port: 'alert' },

  // Its Node object.
  /** A multicast address: no route of any machine leads there by TCP. */
  'no-route': { node: (node) => withAddresses(node, [['InternalIP', '224.0.0.1']]) },
  unresolvable: { node: (node) => withAddresses(node, [['Hostname', `${nameOf(node)}.invalid`]]) },
  'no-addresses': { node: (node) => withAddresses(node, []) },
  'ipv6-only': { host: '::1' },
  'not-ready': { node: silentForMinutes },
  /** It is listed, and gone when it is asked for. */
  deleted: {},
  windows: { node: onWindows },

  // Its answers.
  'no-answer': {},
  /** Ends its connection in the middle of an answer. */
  cut: {},
  /** Never ends its answers. */
  stall: {},
  /** Its own check of its health fails. */
  unhealthy: {},
  /** Is no kubelet. */
  portal: {},
  /** Says that it refuses a service account. */
  liar: {},
  /** Believes another authority than the one that kube-apiserver's client certificate is from. */
  unauthorized: {},
  /** Cannot ask the API server who may do what. */
  'cut-off': {},
  /** `enableDebuggingHandlers: false` */
  'handlers-off': {},
  /** `authorization.mode: AlwaysAllow` */
  'always-allow': {},
  /** `authentication.anonymous.enabled: true` */
  anonymous: {},
} satisfies Record<string, Difference>;

/** What goes wrong with a node, on purpose. */
export type Fault = keyof typeof differences;

export const allFaults = Object.keys(differences) as readonly Fault[];

/** The differences of several faults in one. */
export function differenceOf(
  faults: Iterable<Fault>,
): Difference & Required<Pick<Difference, 'node'>> {
  const each: readonly Difference[] = [...faults].map((fault) => differences[fault]);
  const node = (object: NodeObject) =>
    each.reduce((changed, difference) => difference.node?.(changed) ?? changed, object);
  return { ...(Object.assign({}, ...each) as Difference), node };
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

/** What the controller of nodes writes on one that it has not heard of for a while. */
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
  return {
    ...node,
    metadata: { ...node.metadata, labels },
    status: { ...node.status, nodeInfo },
  };
}
