import type { FailedNode } from '../../../cli/tally.ts';
import { parseHostPort } from '../../../kubelet/address.ts';
import type { NamedKubelet } from '../../../kubelet/address-types.ts';
import type { Handshake, NameComparison, ShownCertificate } from '../../../kubelet/certificate.ts';

/** The serving certificate of a kubelet, or why there is none. */
export interface ServingNode {
  /** Name of the node, or its address if it was given by address. */
  readonly name: string;
  /** Undefined if it is called by its address. */
  readonly node: string | undefined;
  /** The name that the certificate needs; undefined without an address. */
  readonly host: string | undefined;
  /** `HOST:PORT` */
  readonly address: string | undefined;
  /** Of the Node object; empty if it is called by its address. */
  readonly addresses: NamedKubelet['addresses'];
  readonly shown:
    | {
        readonly certificate: ShownCertificate;
        /** With the addresses of the Node object, or the one that is called. */
        readonly names: NameComparison;
        /** Whether it is for the name of the node. */
        readonly namesNode: boolean;
        readonly handshake: Handshake;
      }
    | undefined;
  readonly failed: FailedNode | undefined;
}

/** The names by which it can be called, and those that its certificate has. */
export function namedKubelet({ name, node, addresses, shown }: ServingNode): NamedKubelet {
  const certificate = shown && {
    verification: shown.certificate.verification,
    covered: shown.names.covered,
    namesNode: shown.namesNode,
  };
  return { node: node ?? name, addresses, certificate };
}

/** The port of all of them; undefined if they have several. */
export function commonPort(nodes: readonly ServingNode[]): number | undefined {
  const ports = new Set(nodes.flatMap(({ address = '' }) => parseHostPort(address)?.port ?? []));
  const [port] = ports;
  return ports.size === 1 ? port : undefined;
}
