import type { View } from '../../../text/column.ts';
import type { RunningFacts } from './pod-differences.ts';
import type { Pod } from './pods-body.ts';

/** A pod that a container runtime runs. */
export interface RunningPodRow {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /** How many of its containers run. */
  readonly containers: number;
  readonly containerNames: string | undefined;
  /** Of a static pod, the hash of its manifest. */
  readonly uid: string | undefined;
}

/** /runningpods/ has what the runtime knows: no status, and of containers those that run. */
export function runningFacts({ metadata, spec }: Pod): RunningFacts {
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    uid: metadata.uid || undefined,
    containers: spec.containers?.map(({ name }) => name) ?? [],
  };
}

export function runningPodRows(node: string, pods: readonly Pod[]): readonly RunningPodRow[] {
  return pods.map((pod) => {
    const { containers, ...facts } = runningFacts(pod);
    return {
      ...facts,
      node,
      containers: containers.length,
      containerNames: namesOf(containers),
    };
  });
}

export function namesOf(containers: readonly string[]): string | undefined {
  return containers.length === 0 ? undefined : containers.join(',');
}

export const runningPodsView: View<RunningPodRow> = {
  kind: 'KubeletRunningPodList',
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text' },
    {
      head: 'CONTAINERS',
      key: 'containers',
      unit: 'count',
      summed: true,
      metric: {
        name: 'pod_running_containers',
        help: 'Containers of the pod that the container runtime runs.',
      },
    },
    { head: 'NAMES', key: 'containerNames', unit: 'text', wide: true, says: 'state' },
    { head: 'UID', key: 'uid', unit: 'text', wide: true, says: 'state' },
  ],
};
