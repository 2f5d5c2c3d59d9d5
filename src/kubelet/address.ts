import type { Node } from '../objects.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface KubeletAddress extends HostPort {
  /** Its address type, such as `InternalIP`. */
  readonly type: string;
}

/** In the order of the manifests of metrics-server, then the others. */
export const defaultAddressTypes: readonly string[] = [
  'InternalIP',
  'ExternalIP',
  'Hostname',
  'InternalDNS',
  'ExternalDNS',
];

export const defaultPort = 10250;

/**
 * Where a kubelet listens: the first address of the first preferred type, and the port that the kubelet reported. Undefined
 * if the node has no usable address of those types.
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

/** A kubelet writes its own Node, and may write anything there. */
function isHost(text: string): boolean {
  return hostName.test(text) || isIPv6(text);
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

const hostName = /^[A-Za-z0-9._-]+$/;

/** A port of 0 or less means that the kubelet did not report one (kubernetes pkg/kubelet/client). */
function reportedPort(node: Node): number {
  const reported = node.status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return reported > 0 ? reported : defaultPort;
}

/** `host:port`, with brackets around an IPv6 literal. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Reads `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` or a bare IPv6 literal; undefined for anything else. */
export function parseHostPort(text: string, port = defaultPort): HostPort | undefined {
  if (isIPv6(text)) return { host: text, port };
  const [, bracketed, name, digits] =
    /^(?:\[(.+)\]|([A-Za-z0-9._-]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed === undefined ? name : isIPv6(bracketed) ? bracketed : undefined;
  const chosen = digits === undefined ? port : Number(digits);
  return host !== undefined && isPort(chosen) ? { host, port: chosen } : undefined;
}

/** With or without a zone: `fe80::1%eth0`. */
function isIPv6(text: string): boolean {
  return text.includes(':') && URL.canParse(`https://[${text.replace(/%[A-Za-z0-9._-]+$/, '')}]`);
}
