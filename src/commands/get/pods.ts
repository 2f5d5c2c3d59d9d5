import { podResource, statusesOf } from '../../kubelet/bodies/pod-resources.ts';
import { lastEnd, podState } from '../../kubelet/bodies/pod-state.ts';
import { type KubeletPod, parsePodList, podOwner } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, podLabels } from '../shared/rows/body-view.ts';
import {
  rowOf,
  summed,
  textField,
  type ViewOf,
  wideLabel,
  wideSum,
  wideVolatile,
} from '../shared/rows/fields.ts';
import {
  type AmountOf,
  ephemeralFields,
  lastEndFields,
  resourceFields,
} from '../shared/rows/resource-fields.ts';

interface PodSource {
  readonly node: string;
  readonly pod: KubeletPod;
  readonly state: ReturnType<typeof podState>;
  readonly end: ReturnType<typeof lastEnd>;
  readonly amountOf: AmountOf;
}

export function podRows(node: string, pods: readonly KubeletPod[]): readonly Row[] {
  return pods.map((pod) => {
    const amountOf: AmountOf = (kind, resource) => podResource(pod, kind, resource);
    const end = lastEnd(statusesOf(pod).values());
    return rowOf(podsView, { node, pod, state: podState(pod), end, amountOf });
  });
}

/**
 * Returns the source from which the kubelet got the pod: api, file or http; `mirror` for the copy of a static pod in the API server.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/types/pod_update.go
 */
function sourceOf({ metadata: { annotations } }: KubeletPod): string | undefined {
  if (annotations?.['kubernetes.io/config.mirror'] !== undefined) return 'mirror';
  return annotations?.['kubernetes.io/config.source'];
}

export const podsView: ViewOf<PodSource> = {
  kind: 'KubeletPodList',
  names: 'pod',
  info: {
    name: 'pod_info',
    help: 'Where the kubelet has the pod from, its owner and its QoS class.',
  },
  columns: [
    textField('NAMESPACE', 'namespace', ({ pod }) => pod.metadata.namespace),
    textField('POD', 'pod', ({ pod }) => pod.metadata.name),
    textField('NODE', 'node', ({ node }) => node),
    textField(
      'READY',
      'ready',
      ({ state }) => state && `${state.readyContainers}/${state.containers}`,
      {
        role: 'volatile',
        about: 'Containers and sidecars that are ready, of how many.',
      },
    ),
    textField('STATUS', 'status', ({ state }) => state?.status, {
      role: 'volatile',
      about: 'As kubectl get pods has it.',
    }),
    summed('RESTARTS', 'restarts', 'count', {
      of: ({ state }) => state?.restarts,
      name: 'pod_restarts_total',
      help: 'Restarts of the containers of the pod.',
      toneOf: (restarts) => (restarts >= 50 ? 'bad' : restarts >= 5 ? 'warning' : 'plain'),
    }),
    ...lastEndFields('pod'),
    textField('SOURCE', 'source', ({ pod }) => sourceOf(pod), wideLabel),
    textField('OWNER', 'owner', ({ pod }) => podOwner(pod), {
      ...wideLabel,
      about: 'Such as Deployment/web.',
    }),
    textField('QOS', 'qosClass', ({ pod }) => pod.status?.qosClass, wideLabel),
    textField('IP', 'ip', ({ pod }) => pod.status?.podIP || undefined, wideVolatile),
    // The kubelet omits `hostNetwork` if it is false.
    textField('HOST NETWORK', 'hostNetwork', ({ pod }) => pod.spec.hostNetwork ?? false, {
      ...wideLabel,
      type: 'boolean',
    }),
    {
      ...{ head: 'PRIORITY', key: 'priority', unit: 'count', wide: true },
      of: ({ pod }) => pod.spec.priority,
    },
    wideSum('CONTAINERS', 'containers', 'count', {
      of: ({ state }) => state?.containers,
      name: 'pod_containers',
      help: 'Containers and sidecars of the pod.',
    }),
    wideSum('READY CONTAINERS', 'readyContainers', 'count', {
      of: ({ state }) => state?.readyContainers,
      name: 'pod_ready_containers',
      help: 'Containers and sidecars of the pod that are ready.',
    }),
    ...resourceFields('pod'),
    ...ephemeralFields,
  ],
};

export const pods: BodyView = {
  ...podsView,
  plural: 'pods',
  extraPaths: [],
  rows: ({ body }, node) =>
    mapChecked(parsePodList(body), (list) => ({
      rows: podRows(node, list),
      problems: {},
      labelsOf: podLabels(() => list),
    })),
};
