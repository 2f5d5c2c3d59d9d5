import { type KubeletPod, parsePodList, runningFacts } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import { summed, type View } from '../../text/column.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';

/** A pod that a container runtime runs. */
export interface RunningPodRow {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /** How many of its containers run. */
  readonly containers: number;
  readonly containerNames: string | undefined;
  /** For a static pod, the hash of its manifest. */
  readonly uid: string | undefined;
}

export function runningPodRows(
  node: string,
  pods: readonly KubeletPod[],
): readonly RunningPodRow[] {
  return pods.map((pod) => {
    const { containers, ...facts } = runningFacts(pod);
    return {
      ...facts,
      node,
      containers: containers.length,
      containerNames: containers.join(',') || undefined,
    };
  });
}

export const runningPodsView: View<RunningPodRow> = {
  kind: 'KubeletRunningPodList',
  names: 'pod',
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text' },
    summed('CONTAINERS', 'containers', 'count', {
      name: 'pod_running_containers',
      help: 'Containers of the pod that the container runtime runs.',
    }),
    { head: 'NAMES', key: 'containerNames', unit: 'text', wide: true, role: 'volatile' },
    { head: 'UID', key: 'uid', unit: 'text', wide: true, role: 'volatile' },
  ],
};

export const runningPods: BodyView = simpleView('pods', runningPodsView, (body, node) =>
  mapChecked(parsePodList(body), (pods) => runningPodRows(node, pods)),
);
