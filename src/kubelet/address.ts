import type { Node } from '../objects.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** How the address of a node is chosen. */
export interface AddressChoice {
  /** Types of addresses to try, in order. */
  readonly types: readonly string[];
  /** Port of kubelets; undefined for the port that each node reports. */
  readonly port: number | undefined;
}

export interface KubeletAddress extends HostPort {
  readonly type: string;
}

/** All address types. The first three are the value of --kubelet-preferred-address-types in the manifests of metrics-server. */
export const defaultAddressTypes: readonly string[] = [
  'InternalIP',
  'ExternalIP',
  'Hostname',
  'InternalDNS',
  'ExternalDNS',
];

export const defaultPort = 10250;

/**
 * Returns the first address of the first type in `types` that the node has, and `port`, by default the port that the kubelet
 * reported. Undefined if the node has no usable address of these types, or the port is invalid.
 */
export function kubeletAddress(
  node: Node,
  types: readonly string[] = defaultAddressTypes,
  port?: number,
): KubeletAddress | undefined {
  const chosen = port ?? reportedPort(node);
  if (!isPort(chosen)) return undefined;
  for (const type of types) {
    const found = node.status?.addresses?.find(
      (each) => each.type === type && isHost(each.address),
    );
    if (found) return { host: found.address, port: chosen, type };
  }
  return undefined;
}

/**
 * Whether a text is a host name or IPv6 literal. This is checked because a kubelet can write any text as an address into its own
 * Node object.
 */
function isHost(text: string): boolean {
  return hostName.test(text) || isIPv6(text);
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

const hostName = /^[A-Za-z0-9._-]+$/;

/** A kubelet that reports 0 or less uses the default port (kubernetes pkg/kubelet/client). */
function reportedPort(node: Node): number {
  const reported = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return reported > 0 ? reported : defaultPort;
}

export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Parses `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` or a bare IPv6 literal; undefined for any other text. */
export function parseHostPort(text: string, port = defaultPort): HostPort | undefined {
  if (isIPv6(text)) return { host: text, port };
  const [, bracketed, name, digits] =
    /^(?:\[(.+)\]|([A-Za-z0-9._-]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed === undefined ? name : isIPv6(bracketed) ? bracketed : undefined;
  const chosen = digits === undefined ? port : Number(digits);
  return host !== undefined && isPort(chosen) ? { host, port: chosen } : undefined;
}

/** Whether a text is an IPv6 literal, with or without a zone such as in `fe80::1%eth0`. */
function isIPv6(text: string): boolean {
  return text.includes(':') && URL.canParse(`https://[${text.replace(/%[A-Za-z0-9._-]+$/, '')}]`);
}
