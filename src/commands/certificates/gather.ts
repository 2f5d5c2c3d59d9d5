import type { FleetReading } from '../../cli/fleet-options.ts';
import { Failure, Interrupted, reworded } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes, noNodes } from '../../kube/api-server/choose-nodes.ts';
import { readServingRequests } from '../../kube/api-server/serving-requests.ts';
import { withMissingPermission } from '../../kube/api-server/write-denial.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { addressOfNode } from '../../kube/kubelet-client/client.ts';
import { causeOfFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import type { CertificateReader } from '../../kube/kubelet-client/read-certificate.ts';
import { compareNames } from '../../kube/transport/certificate-names.ts';
import { TransportError } from '../../kube/transport/error.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { formatHostPort, type HostPort, kubeletAddress } from '../../kubelet/address.ts';
import type { Node } from '../../objects.ts';
import type { CertificateFacts, NodeCertificate } from './facts.ts';

export interface GatherSettings extends FleetReading {
  /** In place of nodes of the cluster, if there are any. */
  readonly addresses: readonly HostPort[];
  /** Types of addresses to try, in order. */
  readonly types: readonly string[];
  /** In place of the port that a node reports. */
  readonly port: number | undefined;
  /** A name to verify in place of the address. */
  readonly serverName: string | undefined;
}

/** A node, or the address of a kubelet. */
type KubeletChoice = { readonly node: Node } | { readonly address: HostPort };

/** Reads certificates by handshakes alone, and requests for them from the API server. */
export async function gatherCertificates(
  apiServer: ApiServer,
  read: CertificateReader,
  settings: GatherSettings,
  signal: AbortSignal,
): Promise<CertificateFacts> {
  const { addresses } = settings;
  if (addresses.length > 0) {
    const byName = new Map(addresses.map((address) => [formatHostPort(address), address]));
    const targets = [...byName.values()].map((address) => ({ address }));
    const nodes = await readAll(targets, read, settings, signal);
    return { now: Date.now(), nodes, requests: { found: new Map() }, leftOut: undefined };
  }
  const { nodes, denial, unreadable, missing } = await chooseNodes(apiServer, settings.choice);
  if (denial) throw withAddressHint(withMissingPermission(denial.failure));
  if (nodes.length === 0) throw await noNodes(apiServer, settings.choice);
  const targets = nodes.map((node) => ({ node }));
  const [found, requests] = await Promise.all([
    readAll(targets, read, settings, signal),
    readServingRequests(apiServer),
  ]);
  return { now: Date.now(), nodes: found, requests, leftOut: unreadable?.unknown, missing };
}

function readAll(
  targets: readonly KubeletChoice[],
  read: CertificateReader,
  settings: GatherSettings,
  signal: AbortSignal,
): Promise<readonly NodeCertificate[]> {
  return forEachNode(targets, {
    ...settings,
    makesRoom: true,
    signal,
    visit: (target, limits) => readOne(target, read, settings, limits, signal),
    interrupted: (target) =>
      failedAt(locate(target, settings), new Failure('interrupted before it answered'), true),
  });
}

/** Never throws for what a node, or anything on the way to it, does. */
async function readOne(
  target: KubeletChoice,
  read: CertificateReader,
  settings: GatherSettings,
  limits: Limits,
  signal: AbortSignal,
): Promise<NodeCertificate> {
  const place = locate(target, settings);
  try {
    const { types, port, serverName } = settings;
    const { host, port: at } =
      'node' in target ? addressOfNode(target.node, types, port) : target.address;
    const { certificate, subjectAltName } = await read(
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
    return { ...place, shown: { certificate, names }, failed: undefined };
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof Failure)) throw error;
    return failedAt(place, error);
  }
}

type Located = Omit<NodeCertificate, 'shown' | 'failed'>;

function locate(target: KubeletChoice, { types, port, serverName }: GatherSettings): Located {
  const address = 'node' in target ? kubeletAddress(target.node, types, port) : target.address;
  const node = 'node' in target ? target.node.metadata.name : undefined;
  const authority = address && formatHostPort(address);
  const host = address && (serverName ?? address.host);
  return { name: node ?? authority ?? '', node, host, address: authority };
}

function failedAt(place: Located, failure: Failure, isInterrupted = false): NodeCertificate {
  const cause = isInterrupted ? 'interrupted' : causeOfFailure(failure);
  const timedOut = failure.cause instanceof TransportError && failure.cause.code === 'timeout';
  const { name, address } = place;
  const failed = { name, address, via: 'direct', cause, timedOut, failure } as const;
  return { ...place, shown: undefined, failed };
}

/** A kubelet shows its certificate to everybody. */
function withAddressHint(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const hint = 'without Node objects, pass the addresses of kubelets: --address HOST';
  return reworded(error, { hints: [...error.hints, hint] });
}
