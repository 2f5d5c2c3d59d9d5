import { foundIn, type Known } from '../../../known.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { kinds } from '../../../kube/api-server/kinds.ts';
import { readOrNote } from '../../../kube/read-or-note.ts';
import type { CertificateSigningRequest } from '../../../objects.ts';
import type { NodeFacts, PendingRequest, Probe } from '../facts.ts';
import type { Sources } from './sources.ts';

const signer = 'kubernetes.io/kubelet-serving';

export type PendingRequests = ReadonlyMap<string, PendingRequest>;

/** By node name, the requests for serving certificates that are pending; read only where a kubelet has no certificate yet. */
export async function readRequests(
  { apiServer, signal }: Sources,
  probed: readonly NodeFacts[],
): Promise<Known<PendingRequests>> {
  if (signal.aborted || !probed.some(isWaiting)) return { found: new Map() };
  return readOrNote(() => pendingRequests(apiServer), 'list certificatesigningrequests');
}

export function withRequests(
  probed: readonly NodeFacts[],
  requests: Known<PendingRequests>,
): readonly NodeFacts[] {
  return probed.map((facts) =>
    isWaiting(facts)
      ? { ...facts, pendingRequest: foundIn(requests)?.get(facts.node.metadata?.name ?? '') }
      : facts,
  );
}

function isWaiting({ direct, viaApiServer }: NodeFacts): boolean {
  const waits = (probe: Probe) =>
    probe.result === 'failed' && probe.cause === 'no serving certificate yet';
  return waits(direct) || waits(viaApiServer);
}

/** Neither signed nor denied, by the name of the node; of several, the newest. */
async function pendingRequests(apiServer: ApiServer): Promise<PendingRequests> {
  const requests = await apiServer.list(
    `/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=${encodeURIComponent(`spec.signerName=${signer}`)}`,
    kinds.CertificateSigningRequest,
  );
  const pending = requests.filter(
    ({ spec, status }) =>
      spec.signerName === signer &&
      !status?.certificate &&
      !status?.conditions?.some(({ type }) => type === 'Denied' || type === 'Failed'),
  );
  const created = ({ metadata }: CertificateSigningRequest) => metadata?.creationTimestamp ?? '';
  const oldestFirst = [...pending].sort((a, b) => created(a).localeCompare(created(b)));
  return new Map(
    oldestFirst.map(({ metadata, spec, status }) => [
      (spec.username ?? '').replace(/^system:node:/, ''),
      {
        name: metadata?.name ?? '',
        approved: status?.conditions?.some(({ type }) => type === 'Approved') ?? false,
      },
    ]),
  );
}
