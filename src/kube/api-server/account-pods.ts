import { isFound, type Known } from '../../known.ts';
import { type RunningWorkload, runningOf, templateOf } from '../../kubelet/agents/workloads.ts';
import type { RbacSubject, Workload } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { readOrNote } from '../read-or-note.ts';
import type { ApiServer } from './api-server.ts';
import { kinds } from './kinds.ts';

/** Lists the pods that run as a service account. The API server filters them, because a cluster may have 150,000 pods. */
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

export function readRunningAs(
  apiServer: ApiServer,
  account: RbacSubject,
): Promise<Known<readonly RunningWorkload[]>> {
  return readOrNote(async () => {
    const pods = await listPodsOf(apiServer, account);
    return runningOf(pods.map(templateOf), account);
  }, 'list pods');
}

const listsAtOnce = 10;

/**
 * Reads the workloads of service accounts; the keys of the result are formatted subjects. The first list of pods is requested alone. After
 * a failed list, requests no more lists, because they would probably fail, too.
 */
export async function readRunning(
  apiServer: ApiServer,
  accounts: readonly RbacSubject[],
): Promise<ReadonlyMap<string, Known<readonly RunningWorkload[]>>> {
  const running = new Map<string, Known<readonly RunningWorkload[]>>();
  const read = async (account: RbacSubject) => {
    const found = await readRunningAs(apiServer, account);
    running.set(formatSubject(account), found);
    return isFound(found);
  };
  for (let next = 0; next < accounts.length; ) {
    const end = next === 0 ? 1 : next + listsAtOnce;
    const found = await Promise.all(accounts.slice(next, end).map(read));
    if (found.includes(false)) break;
    next = end;
  }
  return running;
}
