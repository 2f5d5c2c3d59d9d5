import { Failure, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { isNotFound } from '../../kube/api-server/api-server-failure.ts';
import { kinds } from '../../kube/api-server/kinds.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import type { Pod, PodSelector } from '../../objects.ts';
import { command } from '../../text/command.ts';
import { findPod } from '../shared/pod/find-pod.ts';
import { inNamespace } from '../shared/pod/pod-choice.ts';
import { type PodSelection, type WorkloadName, workloadKinds } from './log-sources.ts';

export interface SelectedPods {
  readonly pods: readonly Pod[];
  /** A failure for each name or selector whose pods could not be read. */
  readonly failures: readonly Failure[];
}

/** @param mayBeGone whether to skip named pods that do not exist */
export async function listSelectedPods(
  apiServer: ApiServer,
  { pods, workloads, labels }: PodSelection,
  namespace: string,
  mayBeGone = false,
): Promise<SelectedPods> {
  const listOf = async (selector: string) => {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`;
    return (await orMissingPermission(apiServer.listNoted(path, kinds.Pod))).items;
  };
  const found = [
    ...pods.map(async (each) => {
      const pod = inNamespace(each, namespace);
      if (!mayBeGone) return [await findPod(pod, apiServer)];
      const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}`;
      try {
        return [await orMissingPermission(apiServer.get(path, kinds.Pod))];
      } catch (error) {
        if (isNotFound(error)) return [];
        throw error;
      }
    }),
    ...workloads.map(async (workload) => {
      const { api, plural } = workloadKinds[workload.kind];
      const path = `${api}/namespaces/${namespace}/${plural}/${workload.name}`;
      return listOf(
        selectorOf(workload, await orMissingPermission(apiServer.get(path, kinds[workload.kind]))),
      );
    }),
    ...(labels === '' ? [] : [listOf(labels)]),
  ].map(orFailure);
  const lists = await Promise.all(found);
  const read = lists.flatMap((list) => (list instanceof Failure ? [] : list));
  const keyOf = ({ metadata }: Pod) => `${metadata.namespace}/${metadata.name}`;
  return {
    pods: [...new Map(read.map((pod) => [keyOf(pod), pod])).values()],
    failures: lists.filter((list) => list instanceof Failure),
  };
}

/** Converts the selector of an object to the syntax of -l. */
function selectorOf({ kind, name }: WorkloadName, { spec }: PodSelector): string {
  const { selector = {} } = spec;
  const { matchLabels, matchExpressions } = selector as {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly {
      readonly key: string;
      readonly operator: string;
      readonly values?: readonly string[];
    }[];
  };
  const isPlain = kind === 'Service';
  const labels = isPlain ? (selector as Readonly<Record<string, string>>) : (matchLabels ?? {});
  const parts = [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...(isPlain ? [] : (matchExpressions ?? [])).map(({ key, operator, values = [] }) =>
      operator === 'Exists'
        ? key
        : operator === 'DoesNotExist'
          ? `!${key}`
          : `${key} ${operator.toLowerCase()} (${values.join(',')})`,
    ),
  ];
  // An empty selector would choose all pods of the namespace.
  if (parts.length === 0)
    throw new Failure(`${kind} ${name} selects no pods`, {
      hints: [command`kubectl describe ${kind.toLowerCase()} ${name}`],
    });
  return parts.join(',');
}
