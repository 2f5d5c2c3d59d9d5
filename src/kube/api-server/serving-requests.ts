import type { Known } from '../../known.ts';
import {
  type ServingCsrs,
  servingRequestsOf,
  servingSigner,
} from '../../kubelet/serving-requests.ts';
import { readOrNote } from '../read-or-note.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';

const path = `/apis/certificates.k8s.io/v1/certificatesigningrequests?fieldSelector=${encodeURIComponent(`spec.signerName=${servingSigner}`)}`;

export function readServingRequests(apiServer: ApiServer): Promise<Known<ServingCsrs>> {
  return readOrNote(
    async () => servingRequestsOf(await apiServer.list(path, kinds.CertificateSigningRequest)),
    'list certificatesigningrequests',
  );
}
