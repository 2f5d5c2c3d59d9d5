import type { RbacSubject, Workload } from '../../objects.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';

/** The pods that run as a service account, which the API server selects: a cluster may have 150,000. */
export function listPodsOf(
  apiServer: ApiServer,
  { namespace = '', name }: RbacSubject,
): Promise<readonly Workload[]> {
  const selector = encodeURIComponent(`spec.serviceAccountName=${name}`);
  return apiServer.list(
    `/api/v1/namespaces/${namespace}/pods?fieldSelector=${selector}`,
    kinds.PodWorkload,
  );
}
