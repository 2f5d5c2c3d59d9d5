import type { PendingRequest } from '../../kubelet/report/facts.ts';
import type { CertificateSigningRequest } from '../../objects.ts';
import type { ApiServer } from '../api-server.ts';

const signer = 'kubernetes.io/kubelet-serving';

/**
 * The requests of kubelets for a serving certificate that have come to none yet, by the name of the node; of several, the
 * newest. Throws ApiServerFailure where the caller may not list them.
 */
export async function pendingRequests(
  apiServer: ApiServer,
): Promise<ReadonlyMap<string, PendingRequest>> {
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
