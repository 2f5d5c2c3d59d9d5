import { Failure, Interrupted } from '../../../errors.ts';
import { addressOfNode } from '../../../kube/kubelet-client/client.ts';
import type { CertificateReader } from '../../../kube/kubelet-client/read-certificate.ts';
import { compareNames, coversName } from '../../../kube/transport/certificate-names.ts';
import type { Limits } from '../../../kube/transport/limits.ts';
import {
  type AddressChoice,
  formatHostPort,
  type HostPort,
  kubeletAddress,
} from '../../../kubelet/address.ts';
import type { Node } from '../../../objects.ts';
import { failedAt, interruptedAt } from './call-fleet.ts';
import type { ServingNode } from './serving-node.ts';

export type NodeOrAddress = { readonly node: Node } | { readonly address: HostPort };

export interface ServingPlace extends AddressChoice {
  /** Name to verify in place of the address. */
  readonly serverName: string | undefined;
}

/** Returns, and does not throw, a failure of the kubelet or of a server on the way to it. */
export async function readServing(
  target: NodeOrAddress,
  read: CertificateReader,
  settings: ServingPlace,
  limits: Limits,
  signal: AbortSignal,
): Promise<ServingNode> {
  const place = locateKubelet(target, settings);
  try {
    const { types, port, serverName } = settings;
    const { host, port: at } =
      'node' in target ? addressOfNode(target.node, types, port) : target.address;
    const { certificate, subjectAltName, handshake } = await read(
      place.node,
      { host, port: at },
      limits,
      signal,
    );
    const reported =
      'node' in target
        ? (target.node.status?.addresses?.map(({ address }) => address) ?? [])
        : [serverName ?? host];
    const names = compareNames(subjectAltName, [...new Set(reported)]);
    const namesNode = place.node !== undefined && coversName(subjectAltName, place.node);
    return { ...place, shown: { certificate, names, namesNode, handshake }, failed: undefined };
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof Failure)) throw error;
    return { ...place, shown: undefined, failed: failedAt({ ...place, via: 'direct' }, error) };
  }
}

type Located = Omit<ServingNode, 'shown' | 'failed'>;

export function locateKubelet(
  target: NodeOrAddress,
  { types, port, serverName }: ServingPlace,
): Located {
  const address = 'node' in target ? kubeletAddress(target.node, types, port) : target.address;
  const node = 'node' in target ? target.node.metadata.name : undefined;
  const authority = address && formatHostPort(address);
  const host = address && (serverName ?? address.host);
  const addresses = ('node' in target ? target.node.status?.addresses : undefined) ?? [];
  return { name: node ?? authority ?? '', node, host, address: authority, addresses };
}

export function interruptedServing(target: NodeOrAddress, settings: ServingPlace): ServingNode {
  const place = locateKubelet(target, settings);
  return { ...place, shown: undefined, failed: interruptedAt({ ...place, via: 'direct' }) };
}
