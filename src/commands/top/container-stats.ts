import { type Count, known, sum } from '../../kubelet/bodies/exact.ts';
import {
  amountIn,
  containerResources,
  isSidecar,
  resourceColumns,
  resourcesOf,
} from '../../kubelet/bodies/pod-resources.ts';
import {
  type Container,
  type KubeletPod,
  type PodsByUid,
  podOwner,
} from '../../kubelet/bodies/pods.ts';
import type { StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import { type Column, detailSum, summed, type View, wideSum } from '../../text/column.ts';
import {
  cpuColumn,
  limitedUsageRow,
  moreUsageColumns,
  type ShareRow,
  shareColumns,
  shareRow,
  type UsageRow,
  workingSetColumn,
} from './usage.ts';

/** @public */
export type ContainerType = 'container' | 'sidecar' | 'init' | 'ephemeral';

/** Usage of a running container, as its kubelet reports it. Undefined is not reported, or unknown. */
export interface ContainerStatsRow extends UsageRow, ShareRow {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly node: string;
  /** Undefined without /pods. */
  readonly type: ContainerType | undefined;
  /** Its writable layer. */
  readonly layerUsedBytes: Count | undefined;
  readonly layerInodesUsed: Count | undefined;
  /** With those that were rotated. */
  readonly logsUsedBytes: Count | undefined;
  /** Its layer and logs together, which the limit is for. */
  readonly ephemeralUsedBytes: Count | undefined;
  /** Undefined without /pods or a limit. */
  readonly ephemeralLimitBytes: Count | undefined;
  /** Owner of its pod, such as Deployment/web; undefined without /pods. */
  readonly owner: string | undefined;
}

export function containerStatsRows(
  node: string,
  { pods: stats = [] }: StatsSummary,
  pods: PodsByUid | undefined,
): readonly ContainerStatsRow[] {
  return stats.flatMap(({ podRef, containers = [] }) => {
    const pod = podRef.uid === undefined ? undefined : pods?.get(podRef.uid);
    const owner = pod && podOwner(pod);
    const byName = pod && containersOf(pod);
    const resourceOf = pod && containerResources(pod);
    return containers.map((container) => {
      const { name, rootfs, logs } = container;
      const layerUsedBytes = known(rootfs?.usedBytes);
      const logsUsedBytes = known(logs?.usedBytes);
      const found = byName?.get(name);
      const usage = limitedUsageRow(container);
      const resources =
        found &&
        resourceOf &&
        resourcesOf((kind, resource) => resourceOf(found.container, kind, resource));
      return {
        namespace: podRef.namespace,
        pod: podRef.name,
        container: name,
        node,
        ...usage,
        ...shareRow(usage, resources),
        layerUsedBytes,
        layerInodesUsed: known(rootfs?.inodesUsed),
        logsUsedBytes,
        ephemeralUsedBytes: sum(layerUsedBytes, logsUsedBytes),
        type: found?.type,
        ephemeralLimitBytes: amountIn(found?.container.resources?.limits, 'ephemeral-storage'),
        owner,
      };
    });
  });
}

interface TypedContainer {
  readonly type: ContainerType;
  readonly container: Container;
}

/** By name. */
function containersOf({ spec }: KubeletPod): ReadonlyMap<string, TypedContainer> {
  const typed = (list: readonly Container[] = [], typeOf: (each: Container) => ContainerType) =>
    list.map((container) => [container.name, { type: typeOf(container), container }] as const);
  return new Map([
    ...typed(spec.ephemeralContainers, () => 'ephemeral'),
    ...typed(spec.initContainers, (each) => (isSidecar(each) ? 'sidecar' : 'init')),
    ...typed(spec.containers, () => 'container'),
  ]);
}

const fileColumns: readonly Column<ContainerStatsRow>[] = [
  summed('DISK', 'ephemeralUsedBytes', 'bytes', {
    name: 'container_ephemeral_storage_used_bytes',
    help: 'Bytes in the writable layer and the logs of the container.',
  }),
  detailSum('LAYER', 'layerUsedBytes', 'bytes', {
    name: 'container_layer_used_bytes',
    help: 'Bytes in the writable layer of the container.',
  }),
  detailSum('LOGS', 'logsUsedBytes', 'bytes', {
    name: 'container_logs_used_bytes',
    help: 'Bytes in the logs of the container.',
  }),
  wideSum('DISK LIMIT', 'ephemeralLimitBytes', 'bytes', {
    name: 'container_ephemeral_storage_limit_bytes',
    help: 'Bytes of layer and logs above which the pod is evicted.',
  }),
  detailSum('INODES', 'layerInodesUsed', 'count', {
    name: 'container_layer_inodes_used',
    help: 'Inodes in the writable layer of the container.',
  }),
];

const shares = shareColumns('container');

export const containerStatsView: View<ContainerStatsRow> = {
  kind: 'KubeletContainerStatsList',
  names: 'pod',
  info: { name: 'container_info', help: 'Kind of the container, and what owns its pod.' },
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'CONTAINER', key: 'container', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text', wide: true },
    cpuColumn('container'),
    ...shares.cpu,
    workingSetColumn('container'),
    ...shares.memory,
    ...resourceColumns('container'),
    ...fileColumns,
    ...moreUsageColumns('container'),
    { head: 'TYPE', key: 'type', unit: 'text', wide: true, role: 'label' },
    { head: 'OWNER', key: 'owner', unit: 'text', wide: true, role: 'label' },
  ],
};
