import type { FleetReading } from '../../cli/fleet-options.ts';
import type { FailedNode } from '../../cli/tally.ts';
import { Failure, Interrupted, reworded } from '../../errors.ts';
import { foundIn, isFound, type Known } from '../../known.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes, noNodes } from '../../kube/api-server/choose-nodes.ts';
import { readServingRequests } from '../../kube/api-server/serving-requests.ts';
import { withMissingPermission } from '../../kube/api-server/write-denial.ts';
import { forEachNode } from '../../kube/for-each-node.ts';
import { addressOfNode, type Kubelet } from '../../kube/kubelet-client/client.ts';
import { causeOfFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { type CertificateReader, describePem } from '../../kube/kubelet-client/read-certificate.ts';
import { readCertificateMetrics } from '../../kube/kubelet-client/read-certificate-metrics.ts';
import { compareNames } from '../../kube/transport/certificate-names.ts';
import { TransportError } from '../../kube/transport/error.ts';
import { parseIp } from '../../kube/transport/ip.ts';
import type { Limits } from '../../kube/transport/limits.ts';
import { formatHostPort, type HostPort, kubeletAddress } from '../../kubelet/address.ts';
import { judgeRequest } from '../../kubelet/judge-request.ts';
import { waitingRequest } from '../../kubelet/serving-requests.ts';
import type { Node } from '../../objects.ts';
import type { KubeletTarget } from '../shared/fleet/find-targets.ts';
import type { CertificateFacts, NodeCertificate, ReportedCertificates } from './facts.ts';

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

/** How certificates are read. */
interface Readers {
  /** By a handshake. */
  readonly serving: CertificateReader;
  /** Undefined: kubelets are not asked. */
  readonly metrics: Known<MetricsReader> | undefined;
}

/** How kubelets are asked for metrics. */
export interface MetricsReader {
  /** PEM of the certificate that kubelets are shown. */
  readonly ownCertificate: string | undefined;
  /** @param nodes all that are to be asked */
  readonly open: (nodes: readonly Node[]) => OpenKubelet;
  /** Lines for stderr: which kubelets were asked through the API server, and why. */
  readonly notes: (isVerbose: boolean) => string;
}

type OpenKubelet = (target: KubeletTarget, limits: Limits) => Kubelet;

/** Reads certificates by handshakes and metrics of kubelets, and requests for them from the API server. */
export async function gatherCertificates(
  apiServer: ApiServer,
  readers: Readers,
  settings: GatherSettings,
  signal: AbortSignal,
): Promise<CertificateFacts> {
  const { addresses } = settings;
  if (addresses.length > 0) {
    const byName = new Map(addresses.map((address) => [formatHostPort(address), address]));
    const targets = [...byName.values()].map((address) => ({ address }));
    const nodes = await readAll(targets, readers, settings, signal);
    const requests = { found: new Map() };
    return {
      ...{ now: Date.now(), nodes, requests, problems: new Map() },
      ...{ unfetched: [], leftOut: undefined, ownLeftSeconds: ownLeft(readers) },
    };
  }
  const { nodes, denial, unreadable, missing } = await chooseNodes(apiServer, settings.choice);
  if (denial) throw withAddressHint(withMissingPermission(denial.failure));
  if (nodes.length === 0) throw await noNodes(apiServer, settings.choice);
  const targets = nodes.map((node) => ({ node }));
  const [found, requests] = await Promise.all([
    readAll(targets, readers, settings, signal),
    readServingRequests(apiServer),
  ]);
  const problems = await judgeRequests(nodes, requests);
  return {
    ...{ now: Date.now(), nodes: found, requests, problems },
    ...{ unfetched: findUnfetched(found, requests), leftOut: unreadable?.unknown, missing },
    ownLeftSeconds: ownLeft(readers),
  };
}

function ownLeft({ metrics }: Readers): number | undefined {
  const pem = metrics && foundIn(metrics)?.ownCertificate;
  const own = pem === undefined ? undefined : describePem(pem);
  return own && (Date.parse(own.notAfter) - Date.now()) / 1000;
}

/** Requests of nodes that are issued for longer than a kubelet takes to fetch a certificate. */
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

/** Compares requests that wait for approval with the nodes that made them. */
async function judgeRequests(
  nodes: readonly Node[],
  requests: CertificateFacts['requests'],
): Promise<CertificateFacts['problems']> {
  const waiting = nodes.flatMap((node) => {
    const known = foundIn(requests);
    const request = known && waitingRequest(known, node.metadata.name);
    return request?.asked ? [{ node, name: request.name, asked: request.asked }] : [];
  });
  if (waiting.length === 0) return new Map();
  const { parseSigningRequest } = await import('../../kube/kubelet-client/signing-request.ts');
  const nodesWith = indexNodes(nodes);
  return new Map(
    waiting.map(({ node, name, asked: { request, usages, groups } }) => [
      name,
      judgeRequest(
        { requested: parseSigningRequest(request), usages, groups },
        node.metadata.name,
        nodesWith,
      ),
    ]),
  );
}

/** Finds the nodes that have an address, whatever its spelling. */
function indexNodes(nodes: readonly Node[]): (address: string) => readonly string[] {
  const keyOf = (address: string) => parseIp(address) ?? address.toLowerCase();
  const named = nodes.flatMap(({ metadata: { name }, status }) =>
    [...new Set(status?.addresses?.map(({ address }) => keyOf(address)))].map((key) => ({
      key,
      name,
    })),
  );
  const byAddress = Map.groupBy(named, ({ key }) => key);
  return (address) => (byAddress.get(keyOf(address)) ?? []).map(({ name }) => name);
}

function readAll(
  targets: readonly KubeletChoice[],
  readers: Readers,
  settings: GatherSettings,
  signal: AbortSignal,
): Promise<readonly NodeCertificate[]> {
  const nodes = targets.flatMap((target) => ('node' in target ? target.node : []));
  const open =
    readers.metrics &&
    (isFound(readers.metrics)
      ? readers.metrics.found.open(nodes)
      : new Failure(readers.metrics.unknown));
  return forEachNode(targets, {
    ...settings,
    makesRoom: true,
    signal,
    visit: async (target, limits) => {
      const [shown, reported] = await Promise.all([
        readServing(target, readers.serving, settings, limits, signal),
        open && readReported(target, open, settings, limits),
      ]);
      return { ...shown, reported };
    },
    interrupted: (target) => {
      const failure = new Failure('interrupted before it answered');
      return { ...failedAt(locate(target, settings), failure, true), reported: undefined };
    },
  });
}

/** Reads certificates from the metrics of a kubelet. Never throws for what a node, or anything on the way to it, does. */
async function readReported(
  target: KubeletChoice,
  open: OpenKubelet | Failure,
  settings: GatherSettings,
  limits: Limits,
): Promise<ReportedCertificates> {
  const { name, address } = locate(target, settings);
  const kubeletTarget =
    'node' in target
      ? { name, node: target.node, address: undefined }
      : { name, node: undefined, address: target.address };
  if (open instanceof Failure) return failedNode({ name, address, via: 'direct' }, open);
  let kubelet: Kubelet | undefined;
  try {
    kubelet = open(kubeletTarget, limits);
    return { found: await readCertificateMetrics(kubelet) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return failedNode({ name, address, via: kubelet?.via ?? 'direct' }, error);
  } finally {
    kubelet?.close();
  }
}

/** Never throws for what a node, or anything on the way to it, does. */
async function readServing(
  target: KubeletChoice,
  read: CertificateReader,
  settings: GatherSettings,
  limits: Limits,
  signal: AbortSignal,
): Promise<ShownNode> {
  const place = locate(target, settings);
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
    return { ...place, shown: { certificate, names, handshake }, failed: undefined };
  } catch (error) {
    if (error instanceof Interrupted || !(error instanceof Failure)) throw error;
    return failedAt(place, error);
  }
}

type ShownNode = Omit<NodeCertificate, 'reported'>;
type Located = Omit<ShownNode, 'shown' | 'failed'>;

function locate(target: KubeletChoice, { types, port, serverName }: GatherSettings): Located {
  const address = 'node' in target ? kubeletAddress(target.node, types, port) : target.address;
  const node = 'node' in target ? target.node.metadata.name : undefined;
  const authority = address && formatHostPort(address);
  const host = address && (serverName ?? address.host);
  return { name: node ?? authority ?? '', node, host, address: authority };
}

function failedAt(place: Located, failure: Failure, isInterrupted = false): ShownNode {
  const failed = failedNode({ ...place, via: 'direct' }, failure, isInterrupted);
  return { ...place, shown: undefined, failed };
}

function failedNode(
  { name, address, via }: Pick<FailedNode, 'name' | 'address' | 'via'>,
  failure: Failure,
  isInterrupted = false,
): FailedNode {
  const cause = isInterrupted ? 'interrupted' : causeOfFailure(failure);
  const timedOut = failure.cause instanceof TransportError && failure.cause.code === 'timeout';
  return { name, address, via, cause, timedOut, failure };
}

/** A kubelet shows its certificate to everybody. */
function withAddressHint(error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  const hint = 'without Node objects, pass the addresses of kubelets: --address HOST';
  return reworded(error, { hints: [...error.hints, hint] });
}
