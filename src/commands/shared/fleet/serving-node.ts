import type { FailedNode } from '../../../cli/tally.ts';
import { parseHostPort } from '../../../kubelet/address.ts';
import type { NamedKubelet } from '../../../kubelet/address-types.ts';
import type { Handshake, NameComparison, ShownCertificate } from '../../../kubelet/certificate.ts';

export interface ServingNode {
  /** Name of the node, or the address of a kubelet that was given by address. */
  readonly name: string;
  /** Undefined for a kubelet that was given by address. */
  readonly node: string | undefined;
  /** Name or address that the certificate must contain; undefined for a node without an address. */
  readonly host: string | undefined;
  readonly address: string | undefined;
  /** Addresses in the Node object; empty for a kubelet that was given by address. */
  readonly addresses: NamedKubelet['addresses'];
  readonly shown:
    | {
        readonly certificate: ShownCertificate;
        /** Comparison with the addresses in the Node object, or with the given address. */
        readonly names: NameComparison;
        readonly namesNode: boolean;
        readonly handshake: Handshake;
      }
    | undefined;
  readonly failed: FailedNode | undefined;
}

export function namedKubelet({ name, node, addresses, shown }: ServingNode): NamedKubelet {
  const certificate = shown && {
    verification: shown.certificate.verification,
    covered: shown.names.covered,
    namesNode: shown.namesNode,
  };
  return { node: node ?? name, addresses, certificate };
}

/** Returns undefined if the ports differ. */
export function commonPort(nodes: readonly ServingNode[]): number | undefined {
  const ports = new Set(nodes.flatMap(({ address = '' }) => parseHostPort(address)?.port ?? []));
  const [port] = ports;
  return ports.size === 1 ? port : undefined;
}
