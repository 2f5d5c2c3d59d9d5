import type { FleetReading } from '../../cli/fleet-options.ts';
import { Failure, reworded } from '../../errors.ts';
import { describeUnknown, foundIn, isFound, type Known } from '../../known.ts';
import { readAddressOwners, type ServerPlace } from '../../kube/api-server/address-owners.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import {
  type ChosenNodes,
  chooseNodes,
  isControlPlane,
  labelsOf,
  noNodes,
} from '../../kube/api-server/choose-nodes.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { readNodes } from '../../kube/api-server/nodes.ts';
import { readServingRequests } from '../../kube/api-server/serving-requests.ts';
import { withMissingPermission } from '../../kube/api-server/write-denial.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import type { Kubelet } from '../../kube/kubelet-client/client.ts';
import { type CertificateReader, describePem } from '../../kube/kubelet-client/read-certificate.ts';
import { readCertificateMetrics } from '../../kube/kubelet-client/read-certificate-metrics.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { certificatesIn } from '../../kube/transport/tls.ts';
import { formatHostPort, type HostPort } from '../../kubelet/address.ts';
import { judgeRequest } from '../../kubelet/judge-request.ts';
import { waitingRequest } from '../../kubelet/serving-requests.ts';
import type { Door } from '../shared/door/open-door.ts';
import { failedAt } from '../shared/fleet/call-fleet.ts';
import {
  interruptedServing,
  locateKubelet,
  type NodeOrAddress,
  readServing,
  type ServingPlace,
} from '../shared/fleet/gather-serving.ts';
import type { CertificateFacts, NodeCertificate, ReportedCertificates } from './facts.ts';

export interface CertificatesReading extends FleetReading, ServingPlace {
  /** Addresses of --kubelet-address, which replace the nodes of the cluster; may be empty. */
  readonly addresses: readonly HostPort[];
  /** Whether address types are shown, for which the CA that pods have is read. */
  readonly addressTypes: boolean;
  readonly server: ServerPlace;
}

interface Readers {
  readonly serving: CertificateReader;
  /** Undefined if metrics are not read. */
  readonly metrics: Known<Door> | undefined;
}

export async function gatherCertificates(
  apiServer: ApiServer,
  readers: Readers,
  settings: CertificatesReading,
  signal: AbortSignal,
): Promise<CertificateFacts> {
  const { addresses } = settings;
  if (addresses.length > 0) {
    const byName = new Map(addresses.map((address) => [formatHostPort(address), address]));
    const targets = [...byName.values()].map((address) => ({ address }));
    const nodes = await readAll(targets, readers, settings, signal);
    const requests = { found: new Map() };
    return {
      ...{ now: Date.now(), nodes, requests, problems: new Map(), uncompared: [] },
      ...{ unfetched: [], leftOut: undefined, ownLeftSeconds: await ownLeft(readers) },
    };
  }
  const chosen = await chooseNodes(apiServer, settings.choice);
  const { nodes, denial, unreadable, missing } = chosen;
  if (denial) throw withAddressHint(withMissingPermission(denial.failure));
  if (nodes.length === 0) throw await noNodes(apiServer, settings.choice);
  const targets = nodes.map((node) => ({ node }));
  const [found, requests, podAuthorities] = await Promise.all([
    readAll(targets, readers, settings, signal),
    readServingRequests(apiServer),
    settings.addressTypes ? readPodAuthorities(apiServer) : undefined,
  ]);
  const judged = await judgeRequests(apiServer, chosen, requests, settings, signal);
  return {
    ...{ now: Date.now(), nodes: found, requests, ...judged },
    ...{ unfetched: findUnfetched(found, requests), leftOut: unreadable?.unknown, missing },
    ...{ ownLeftSeconds: await ownLeft(readers), podAuthorities },
  };
}

/** Reads kube-root-ca.crt of kube-system; it is the same in all namespaces. */
async function readPodAuthorities(apiServer: ApiServer): Promise<Known<ReadonlySet<string>>> {
  const path = '/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt';
  const read = await readOrNote(() => apiServer.find(path, kinds.ConfigMap), 'get configmaps');
  if (!isFound(read)) return read;
  const bundle = read.found?.data?.['ca.crt'];
  if (bundle === undefined)
    return { unknown: 'kube-system has no ConfigMap kube-root-ca.crt with a ca.crt' };
  const all = certificatesIn(bundle).flatMap((pem) => describePem(pem)?.fingerprint ?? []);
  return { found: new Set(all) };
}

/** Returns the seconds until the client certificate expires that this program shows kubelets. */
async function ownLeft({ metrics }: Readers): Promise<number | undefined> {
  const identity = await foundIn(metrics)?.direct?.identity();
  const pem = identity?.clientCertificate?.cert;
  const own = pem === undefined ? undefined : describePem(pem);
  return own && (Date.parse(own.notAfter) - Date.now()) / 1000;
}

/** Finds nodes whose newest request is issued, but whose kubelet serves an older certificate. */
function findUnfetched(
  nodes: readonly NodeCertificate[],
  requests: CertificateFacts['requests'],
): CertificateFacts['unfetched'] {
  const known = foundIn(requests);
  return nodes.flatMap(({ node, shown }) => {
    const newest = node === undefined ? undefined : known?.get(node)?.[0];
    if (!shown || node === undefined || newest?.certificate === undefined) return [];
    const issued = describePem(Buffer.from(newest.certificate, 'base64').toString('latin1'));
    const { fingerprint, notBefore } = shown.certificate;
    const isOlder = issued && Date.parse(issued.notBefore) < Date.parse(notBefore);
    const isShown = issued?.fingerprint === fingerprint;
    return isOlder || isShown ? [] : { node, name: newest.name };
  });
}

/** Compares waiting requests with all nodes, also if only some are chosen, with services, and with the API server. */
async function judgeRequests(
  apiServer: ApiServer,
  chosen: ChosenNodes,
  requests: CertificateFacts['requests'],
  { choice, server }: CertificatesReading,
  signal: AbortSignal,
): Promise<Pick<CertificateFacts, 'problems' | 'uncompared'>> {
  const waiting = chosen.nodes.flatMap((node) => {
    const known = foundIn(requests);
    const request = known && waitingRequest(known, node.metadata.name);
    return request?.asked ? [{ node, name: request.name, asked: request.asked }] : [];
  });
  if (waiting.length === 0) return { problems: new Map(), uncompared: [] };
  const { parseSigningRequest } = await import('../../kube/kubelet-client/signing-request.ts');
  const isWhole = choice.names.length === 0 && labelsOf(choice) === '';
  const all = isWhole ? (chosen.unreadable ?? { found: chosen.nodes }) : await readNodes(apiServer);
  if (!isFound(all)) {
    const problem = `it was not compared with all nodes: ${describeUnknown(all)}`;
    return { problems: new Map(waiting.map(({ name }) => [name, [problem]])), uncompared: [] };
  }
  const owners = await readAddressOwners(apiServer, all.found, server, signal);
  const problems = waiting.map(({ node, name, asked: { request, usages, groups } }) => {
    const requestor = { name: node.metadata.name, isControlPlane: isControlPlane(node) };
    const asked = { requested: parseSigningRequest(request), usages, groups };
    return [name, judgeRequest(asked, requestor, owners)] as const;
  });
  return { problems: new Map(problems), uncompared: owners.unread };
}

async function readAll(
  targets: readonly NodeOrAddress[],
  readers: Readers,
  settings: CertificatesReading,
  signal: AbortSignal,
): Promise<readonly NodeCertificate[]> {
  const { serving, metrics } = readers;
  await foundIn(metrics)?.expect(targets);
  return forEachNode(targets, {
    ...settings,
    makesRoom: true,
    signal,
    visit: async (target, limits) => {
      const [shown, reported] = await Promise.all([
        readServing(target, serving, settings, limits, signal),
        metrics && readReported(target, metrics, settings, limits),
      ]);
      return { ...shown, reported };
    },
    interrupted: (target) => ({
      ...interruptedServing(target, settings),
      reported: undefined,
    }),
  });
}

/** Reads the certificate metrics of a kubelet. Returns a failure of the node or of the connection to it, instead of throwing it. */
async function readReported(
  target: NodeOrAddress,
  metrics: Known<Door>,
  settings: CertificatesReading,
  limits: Limits,
): Promise<ReportedCertificates> {
  const { name, address } = locateKubelet(target, settings);
  if (!isFound(metrics))
    return failedAt({ name, address, via: 'direct' }, new Failure(metrics.unknown));
  let kubelet: Kubelet | undefined;
  try {
    kubelet = metrics.found.one({ name, ...target }, limits);
    return { found: await readCertificateMetrics(kubelet) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // With --via auto, `kubelet.via` is known only after the request.
    return failedAt({ name, address, via: kubelet?.via ?? 'direct' }, error);
  } finally {
    kubelet?.close();
  }
}

function withAddressHint(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const hint = 'without Node objects, pass the addresses of kubelets: --kubelet-address HOST';
  return reworded(error, { hints: [...error.hints, hint] });
}
