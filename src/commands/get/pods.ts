import type { Count } from '../../kubelet/bodies/exact.ts';
import {
  ephemeralColumns,
  podResource,
  type ResourcesRow,
  resourceColumns,
  resourcesOf,
} from '../../kubelet/bodies/pod-resources.ts';
import { podState } from '../../kubelet/bodies/pod-state.ts';
import { type KubeletPod, parsePodList, podOwner } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import { summed, type View, wideSum } from '../../text/column.ts';
import { type BodyView, podLabels, untyped } from '../shared/rows/body-view.ts';

/** A pod as its kubelet has it. Undefined is not reported. */
export interface PodRow extends ResourcesRow {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /** Containers and sidecars that are ready, of how many. */
  readonly ready: string | undefined;
  /** As kubectl get pods has it. */
  readonly status: string | undefined;
  readonly restarts: Count | undefined;
  readonly source: string | undefined;
  /** Such as Deployment/web. */
  readonly owner: string;
  readonly qosClass: string | undefined;
  readonly ip: string | undefined;
  readonly hostNetwork: boolean;
  readonly priority: number | undefined;
  readonly containers: number | undefined;
  readonly readyContainers: number | undefined;
  readonly ephemeralRequestedBytes: Count | undefined;
  readonly ephemeralLimitBytes: Count | undefined;
}

export function podRows(node: string, pods: readonly KubeletPod[]): readonly PodRow[] {
  return pods.map((pod) => podRow(node, pod));
}

function podRow(node: string, pod: KubeletPod): PodRow {
  const { metadata, spec, status } = pod;
  const state = podState(pod);
  return {
    namespace: metadata.namespace,
    pod: metadata.name,
    node,
    ready: state && `${state.readyContainers}/${state.containers}`,
    status: state?.status,
    restarts: state?.restarts,
    source: sourceOf(pod),
    owner: podOwner(pod),
    qosClass: status?.qosClass,
    ip: status?.podIP || undefined,
    // It is absent where it is false.
    hostNetwork: spec.hostNetwork ?? false,
    priority: spec.priority,
    containers: state?.containers,
    readyContainers: state?.readyContainers,
    ...resourcesOf((kind, resource) => podResource(pod, kind, resource)),
    ephemeralRequestedBytes: podResource(pod, 'requests', 'ephemeral-storage'),
    ephemeralLimitBytes: podResource(pod, 'limits', 'ephemeral-storage'),
  };
}

/**
 * Where the kubelet has it from: api, file or http; a mirror is what the API server shows of a static pod.
 * Source: https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/kubelet/types/pod_update.go
 */
function sourceOf({ metadata: { annotations } }: KubeletPod): string | undefined {
  if (annotations?.['kubernetes.io/config.mirror'] !== undefined) return 'mirror';
  return annotations?.['kubernetes.io/config.source'];
}

export const podsView: View<PodRow> = {
  kind: 'KubeletPodList',
  names: 'pod',
  info: {
    name: 'pod_info',
    help: 'Where the kubelet has the pod from, its owner and its QoS class.',
  },
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'READY', key: 'ready', unit: 'text', role: 'volatile' },
    { head: 'STATUS', key: 'status', unit: 'text', role: 'volatile' },
    {
      ...summed<PodRow>('RESTARTS', 'restarts', 'count', {
        name: 'pod_restarts_total',
        help: 'Restarts of the containers of the pod.',
      }),
      toneOf: (restarts) => (restarts >= 50 ? 'bad' : restarts >= 5 ? 'warning' : 'plain'),
    },
    { head: 'SOURCE', key: 'source', unit: 'text', wide: true, role: 'label' },
    { head: 'OWNER', key: 'owner', unit: 'text', wide: true, role: 'label' },
    { head: 'QOS', key: 'qosClass', unit: 'text', wide: true, role: 'label' },
    { head: 'IP', key: 'ip', unit: 'text', wide: true, role: 'volatile' },
    { head: 'HOST NETWORK', key: 'hostNetwork', unit: 'text', wide: true, role: 'label' },
    { head: 'PRIORITY', key: 'priority', unit: 'count', wide: true },
    wideSum('CONTAINERS', 'containers', 'count', {
      name: 'pod_containers',
      help: 'Containers and sidecars of the pod.',
    }),
    wideSum('READY CONTAINERS', 'readyContainers', 'count', {
      name: 'pod_ready_containers',
      help: 'Containers and sidecars of the pod that are ready.',
    }),
    ...resourceColumns('pod'),
    ...ephemeralColumns,
  ],
};

export const pods: BodyView = {
  ...untyped(podsView),
  plural: 'pods',
  extraPaths: [],
  rows: ({ body }, node) =>
    mapChecked(parsePodList(body), (list) => ({
      rows: podRows(node, list).map((row) => ({ ...row })),
      problems: {},
      labelsOf: podLabels(() => list),
    })),
};
