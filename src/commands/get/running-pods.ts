import {
  type KubeletPod,
  parsePodList,
  type RunningFacts,
  runningFacts,
} from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import { rowOf, summed, textField, type ViewOf, wideVolatile } from '../shared/rows/fields.ts';

interface RunningSource {
  readonly node: string;
  readonly facts: RunningFacts;
}

export function runningPodRows(node: string, pods: readonly KubeletPod[]): readonly Row[] {
  return pods.map((pod) => rowOf(runningPodsView, { node, facts: runningFacts(pod) }));
}

export const runningPodsView: ViewOf<RunningSource> = {
  kind: 'KubeletRunningPodList',
  names: 'pod',
  columns: [
    textField('NAMESPACE', 'namespace', ({ facts }) => facts.namespace),
    textField('POD', 'pod', ({ facts }) => facts.pod),
    textField('NODE', 'node', ({ node }) => node),
    summed('CONTAINERS', 'containers', 'count', {
      of: ({ facts }) => facts.containers.length,
      name: 'pod_running_containers',
      help: 'Containers of the pod that the container runtime runs.',
    }),
    textField(
      'NAMES',
      'containerNames',
      ({ facts }) => facts.containers.join(',') || undefined,
      wideVolatile,
    ),
    textField('UID', 'uid', ({ facts }) => facts.uid, {
      ...wideVolatile,
      about: 'For a static pod, the hash of its manifest.',
    }),
  ],
};

export const runningPods: BodyView = simpleView('pods', runningPodsView, (body, node) =>
  mapChecked(parsePodList(body), (pods) => runningPodRows(node, pods)),
);
