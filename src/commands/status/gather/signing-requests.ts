import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { CertificateSigningRequest } from '../../../objects.ts';
import type { NodeFacts, PendingRequest, Probe } from '../facts.ts';
import { look, type Survey } from './survey.ts';

const signer = 'kubernetes.io/kubelet-serving';

/** Adds, where a kubelet has no serving certificate yet, its request for one. */
export async function withRequests(
  survey: Survey,
  probed: readonly NodeFacts[],
): Promise<readonly NodeFacts[]> {
  const waits = (probe: Probe) =>
    probe.result === 'failed' && probe.cause === 'no serving certificate yet';
  const isWaiting = ({ direct, viaApiServer }: NodeFacts) => waits(direct) || waits(viaApiServer);
  if (survey.signal.aborted || !probed.some(isWaiting)) return probed;
  const pending = await look(
    survey,
    'requests for certificates',
    'list certificatesigningrequests',
    () => pendingRequests(survey.apiServer),
  );
  return probed.map((facts) =>
    isWaiting(facts)
      ? { ...facts, pendingRequest: pending?.get(facts.node.metadata?.name ?? '') }
      : facts,
  );
}

/**
 * The requests of kubelets for a serving certificate that have come to none yet, by the name of the node; of several, the
 * newest. Throws ApiServerFailure where the caller may not list them.
 */
async function pendingRequests(apiServer: ApiServer): Promise<ReadonlyMap<string, PendingRequest>> {
  const requests = await apiServer.list<CertificateSigningRequest>(
    `/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=${encodeURIComponent(`spec.signerName=${signer}`)}`,
  );
  const pending = requests.filter(
    ({ spec, status }) =>
      spec.signerName === signer &&
      !status?.certificate &&
      !status?.conditions?.some(({ type }) => type === 'Denied' || type === 'Failed'),
  );
  const made = ({ metadata }: CertificateSigningRequest) => metadata?.creationTimestamp ?? '';
  const oldestFirst = [...pending].sort((a, b) => made(a).localeCompare(made(b)));
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
