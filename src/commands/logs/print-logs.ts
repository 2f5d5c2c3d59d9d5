import type { KubeletInvocation } from '../../cli/kubelets.ts';
import { Failure, type Outcomes, reworded } from '../../errors.ts';
import { findAbsentNamespace } from '../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { isNotFound } from '../../kube/api-server/api-server-failure.ts';
import { podItself } from '../../kube/kubelet-client/client.ts';
import { KubeletFailure } from '../../kube/kubelet-client/kubelet-failure.ts';
import { podsOfKubelet } from '../../kube/kubelet-client/pods-of-kubelet.ts';
import { limitsFrom } from '../../kube/transport/limits.ts';
import type { Pod } from '../../objects.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { didYouMean } from '../../text/nearest.ts';
import { type OpenFleet, withFleet } from '../shared/fleet/open-fleet.ts';
import { nodeOfPod } from '../shared/pod/find-pod.ts';
import { inNamespace } from '../shared/pod/pod-choice.ts';
import { listSelectedPods, type SelectedPods } from './find-pods.ts';
import { type LogsSettings, printSources } from './print-sources.ts';

/** Prints the logs one after the other. With `follow`, prints lines of all logs as they arrive. */
export async function printLogs(
  logs: LogsSettings,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  const { selection, chosen, isOfKubelet, isOne, follow } = logs;
  const { stderr } = invocation.context;
  let first: SelectedPods | undefined;
  const request = { method: 'GET', path: '/containerLogs/NAMESPACE/POD/CONTAINER' };
  const question: Parameters<typeof withFleet>[1] = {
    ...{ chosen, request, isOne: isOne || isOfKubelet, cache: 'API server is down' },
    ...(follow && { tell: (line) => stderr.write(`${escapeControlLine(line)}\n`) }),
    nodesOf: isOfKubelet
      ? undefined
      : async (apiServer, namespace) => {
          first = await listSelectedPods(apiServer, selection, namespace);
          return nodesOfPods(first, apiServer, namespace, isOne);
        },
  };
  return withFleet(invocation, question, async (fleet) => {
    const { apiServer, namespace } = fleet;
    const selected = first ?? (await listPodsOfKubelet(logs, fleet));
    return printSources(logs, fleet, invocation, selected, async () => {
      if (isOfKubelet) return (await listPodsOfKubelet(logs, fleet, true)).pods;
      const { pods, failures } = await listSelectedPods(apiServer, selection, namespace, true);
      if (failures[0]) throw failures[0];
      return pods;
    });
  });
}

async function nodesOfPods(
  { pods, failures }: SelectedPods,
  apiServer: ApiServer,
  namespace: string,
  isOne: boolean,
): Promise<readonly string[]> {
  const [[pod], [failure]] = [pods, failures];
  if (!pod && failure) {
    const absent = isNotFound(failure) && (await findAbsentNamespace(apiServer, namespace));
    throw absent ? reworded(failure, { details: [absent.message] }) : failure;
  }
  if (pod && isOne) return [nodeOfPod(pod)];
  const nodes = [...new Set(pods.flatMap(({ spec }) => spec.nodeName || []))];
  if (nodes.length > 0) return nodes;
  const absence = await findAbsentNamespace(apiServer, namespace);
  throw new Failure(
    absence
      ? `no pods found: ${absence.message}`
      : `no pods found in namespace ${escapeControlLine(namespace)}`,
    { hints: [...didYouMean(absence?.near ?? []), 'kubectl get pods -A --show-labels'] },
  );
}

/**
 * Lists pods of a kubelet. kube-apiserver comes first, because its log is needed when the API server is down.
 * @param mayBeGone whether to skip a named pod that is deleted or runs elsewhere
 */
async function listPodsOfKubelet(
  { timeoutMs, selection, isOfPod, isOne }: LogsSettings,
  { found, door, namespace }: OpenFleet,
  mayBeGone = false,
): Promise<SelectedPods> {
  const [only] = found.targets;
  if (!only) return { pods: [], failures: [] };
  const wanted = selection.pods.map((pod) => inNamespace(pod, namespace));
  const [pod] = wanted;
  using kubelet = door.one(only, limitsFrom(timeoutMs), {
    relay: pod && isOne ? podItself(pod) : undefined,
  });
  const none: SelectedPods = { pods: [], failures: [] };
  const { pods, failures } = await podsOfKubelet(kubelet, wanted).catch((error: unknown) => {
    // The API server answers in place of the kubelet: see podItself.
    if (mayBeGone && error instanceof KubeletFailure && error.status === 404) return none;
    throw error;
  });
  const elsewhere =
    kubelet.via === 'direct' ? undefined : pods.find((each) => nodeOfPod(each) !== only.name);
  if (elsewhere && mayBeGone) return none;
  if (elsewhere)
    throw new Failure(
      `pod ${elsewhere.metadata.namespace}/${elsewhere.metadata.name} runs on ${nodeOfPod(elsewhere)}, not on ${only.name}`,
    );
  const isApiServer = ({ metadata }: Pod) => metadata.name.startsWith('kube-apiserver-');
  const own = pods.filter(isOfPod);
  return {
    pods: [...own.filter(isApiServer), ...own.filter((pod) => !isApiServer(pod))],
    failures,
  };
}
