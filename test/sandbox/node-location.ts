import { isIP } from 'node:net';
import type { StoredObject } from './store.ts';

/** Where kube-apiserver calls a kubelet, or the error if the node has no address. */
export type NodeLocation =
  | { readonly host: string; readonly port: number }
  | { readonly message: string };

/** Chooses the address as kube-apiserver does with `--kubelet-preferred-address-types=InternalIP,Hostname`. */
export function locationOf(node: StoredObject): NodeLocation {
  const { addresses = [], daemonEndpoints } = (node['status'] ?? {}) as {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
  const found = ['InternalIP', 'Hostname']
    .map((wanted) => addresses.find(({ type }) => type === wanted))
    .find((address) => address !== undefined);
  if (found) return { host: found.address, port: daemonEndpoints?.kubeletEndpoint?.Port || 10250 };
  const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(' ');
  return { message: `no preferred addresses found; known addresses: [${known}]` };
}

/** Returns the DNS error for a host name, because no name resolves in the sandbox. Returns undefined for an IP address. */
export function lookupFailure(host: string): string | undefined {
  return isIP(host) === 0 ? `lookup ${host} on 10.96.0.10:53: no such host` : undefined;
}

/** Formats an address and a port as in URLs. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
