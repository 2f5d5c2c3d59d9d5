import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { Failure, type Outcomes, reworded } from '../../errors.ts';
import { findAbsentNamespace } from '../../kube/api-server/absent-names.ts';
import { isNotFound } from '../../kube/api-server/api-server-failure.ts';
import { listPodsOfKubelet } from '../../kube/kubelet-client/pods-of-kubelet.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import type { Pod } from '../../objects.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { didYouMean } from '../../text/nearest.ts';
import { findKubelet } from '../shared/fleet/find-kubelet.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import { listSelectedPods, type SelectedPods } from './find-pods.ts';
import { type ManyLogs, printSources } from './print-sources.ts';

/** Prints the logs one after the other. With `follow`, prints lines of all logs as they arrive. */
export async function printLogs(logs: ManyLogs, invocation: KubeletInvocation): Promise<Outcomes> {
  const { selection, chosen } = logs;
  let first: SelectedPods = { pods: [], failures: [] };
  const nodesOf: Parameters<typeof withFleet>[1]['nodesOf'] =
    selection &&
    (async (apiServer, namespace) => {
      first = await listSelectedPods(apiServer, selection, namespace);
      const [failure] = first.failures;
      if (failure && first.pods.length === 0) {
        const absent = isNotFound(failure) && (await findAbsentNamespace(apiServer, namespace));
        throw absent ? reworded(failure, { details: [absent.message] }) : failure;
      }
      const nodes = [...new Set(first.pods.flatMap(({ spec }) => spec.nodeName || []))];
      if (nodes.length === 0) {
        const absence = await findAbsentNamespace(apiServer, namespace);
        throw new Failure(
          absence
            ? `no pods found: ${absence.message}`
            : `no pods found in namespace ${escapeControlLine(namespace)}`,
          { hints: [...didYouMean(absence?.near ?? []), 'kubectl get pods -A --show-labels'] },
        );
      }
      return nodes;
    });
  const request = { method: 'GET', path: '/containerLogs/NAMESPACE/POD/CONTAINER' };
  return withFleet(
    invocation,
    { chosen, request, mayUseCache: selection === undefined, ...(nodesOf && { nodesOf }) },
    async (fleet) => {
      const { apiServer, namespace } = fleet;
      const list = selection
        ? async () => {
            const now = await listSelectedPods(apiServer, selection, namespace, true);
            if (now.failures[0]) throw now.failures[0];
            return now.pods;
          }
        : podsOfKubelet(logs, fleet);
      const selected = selection ? first : { pods: await list(), failures: [] };
      return printSources(logs, fleet, invocation, selected, list);
    },
  );
}

/** Returns the pods of a kubelet. kube-apiserver comes first, because its log is needed when the API server is down. */
function podsOfKubelet(
  { chosen, timeoutMs, isOfPod }: ManyLogs,
  { found, access }: OpenFleet,
): () => Promise<readonly Pod[]> {
  const isApiServer = ({ metadata }: Pod) => metadata.name.startsWith('kube-apiserver-');
  return async () => {
    const [only] = found.targets;
    if (!only) return [];
    using kubelet = findKubelet(only, chosen, access, limitsFrom(timeoutMs));
    const pods = (await listPodsOfKubelet(kubelet)).filter(isOfPod);
    return [...pods.filter(isApiServer), ...pods.filter((pod) => !isApiServer(pod))];
  };
}
