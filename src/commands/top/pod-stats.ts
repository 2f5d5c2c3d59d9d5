import { type Count, known } from '../../kubelet/bodies/exact.ts';
import {
  ephemeralColumns,
  podResource,
  resourceColumns,
  resourcesOf,
  runningResources,
} from '../../kubelet/bodies/pod-resources.ts';
import { type PodsByUid, podOwner } from '../../kubelet/bodies/pods.ts';
import type { PodStats, StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import { detailSum, summed, type View } from '../../text/column.ts';
import { type NetworkRow, networkColumns, networkRow } from './network.ts';
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

/** Usage of a pod, as its kubelet reports it. Undefined is not reported, or unknown. */
export interface PodStatsRow extends UsageRow, ShareRow, NetworkRow {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /**
   * On the disk of the node: writable layers and logs of its running containers, its emptyDir and configMap volumes, and what the
   * kubelet writes for it. Volumes in memory are not in it. What evictions compare with the limit.
   */
  readonly ephemeralUsedBytes: Count | undefined;
  /** Undefined without /pods, and if no container asks for any. */
  readonly ephemeralRequestedBytes: Count | undefined;
  readonly ephemeralLimitBytes: Count | undefined;
  readonly ephemeralInodesUsed: Count | undefined;
  /** Threads, on Linux. */
  readonly processes: Count | undefined;
  /** Such as Deployment/web; undefined without /pods. */
  readonly owner: string | undefined;
  /** Number of running containers. */
  readonly containers: number;
}

export function podStatsRows(
  node: string,
  { pods: stats = [] }: StatsSummary,
  pods: PodsByUid | undefined,
): readonly PodStatsRow[] {
  return stats.map((each) => podStatsRow(node, each, pods));
}

function podStatsRow(node: string, stats: PodStats, pods: PodsByUid | undefined): PodStatsRow {
  const { podRef, containers = [], process_stats } = stats;
  const pod = podRef.uid === undefined ? undefined : pods?.get(podRef.uid);
  const usage = limitedUsageRow(stats);
  const resources = pod && resourcesOf((kind, resource) => podResource(pod, kind, resource));
  return {
    namespace: podRef.namespace,
    pod: podRef.name,
    node,
    ...usage,
    ...shareRow(usage, resources, pod && resourcesOf(runningResources(pod))),
    ...networkRow(stats.network),
    ephemeralUsedBytes: known(stats['ephemeral-storage']?.usedBytes),
    ephemeralRequestedBytes: pod && podResource(pod, 'requests', 'ephemeral-storage'),
    ephemeralLimitBytes: pod && podResource(pod, 'limits', 'ephemeral-storage'),
    ephemeralInodesUsed: known(stats['ephemeral-storage']?.inodesUsed),
    processes: known(process_stats?.process_count),
    owner: pod && podOwner(pod),
    containers: containers.length,
  };
}

const shares = shareColumns('pod');

export const podStatsView: View<PodStatsRow> = {
  kind: 'KubeletPodStatsList',
  names: 'pod',
  info: { name: 'pod_owner', help: 'What owns the pod.' },
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text' },
    cpuColumn('pod'),
    ...shares.cpu,
    workingSetColumn('pod'),
    ...shares.memory,
    summed('DISK', 'ephemeralUsedBytes', 'bytes', {
      name: 'pod_ephemeral_storage_used_bytes',
      help: 'Disk of the node in use by layers, logs and volumes of the pod.',
    }),
    ...resourceColumns('pod'),
    ...ephemeralColumns,
    detailSum('INODES', 'ephemeralInodesUsed', 'count', {
      name: 'pod_ephemeral_storage_inodes_used',
      help: 'Inodes in use by layers, logs and volumes of the pod.',
    }),
    ...moreUsageColumns('pod'),
    ...networkColumns('pod'),
    detailSum('PROCESSES', 'processes', 'count', {
      name: 'pod_processes',
      help: 'Processes and threads of the pod.',
    }),
    { head: 'OWNER', key: 'owner', unit: 'text', wide: true, role: 'label' },
    { head: 'CONTAINERS', key: 'containers', unit: 'count', detail: true, summed: true },
  ],
};
