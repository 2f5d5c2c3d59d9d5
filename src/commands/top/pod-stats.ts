import { known } from '../../kubelet/bodies/exact.ts';
import { extendedResources, unhealthyDevices } from '../../kubelet/bodies/extended-resources.ts';
import { podResource, runningResources } from '../../kubelet/bodies/pod-resources.ts';
import { type KubeletPod, type PodsByUid, podOwner } from '../../kubelet/bodies/pods.ts';
import type { PodStats, StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import {
  detailSum,
  rowOf,
  summed,
  textField,
  type ViewOf,
  wideLabel,
} from '../shared/rows/fields.ts';
import { type AmountOf, ephemeralFields, resourceFields } from '../shared/rows/resource-fields.ts';
import { deviceFields, knownPods, unmeasuredField } from './known-pods.ts';
import { cpuField, moreUsageFields, networkFields, shareFields, workingSetField } from './usage.ts';

interface PodSource {
  readonly node: string;
  readonly usage: PodStats;
  /** The pod as /pods describes it; undefined if /pods was not read. */
  readonly pod: KubeletPod | undefined;
  readonly unmeasured: string | undefined;
  readonly amountOf: AmountOf | undefined;
  readonly running: AmountOf | undefined;
  readonly extended: readonly string[] | undefined;
  readonly unhealthy: readonly string[] | undefined;
}

export function podStatsRows(
  node: string,
  summary: StatsSummary,
  pods: PodsByUid | undefined,
): readonly Row[] {
  return knownPods(summary, pods).map(({ stats: usage, pod, unmeasured }) => {
    const amountOf: AmountOf | undefined =
      pod && ((kind, resource) => podResource(pod, kind, resource));
    const running = pod && runningResources(pod);
    return rowOf(podStatsView, {
      ...{ node, usage, pod, unmeasured, amountOf, running },
      extended: pod && extendedResources([pod]),
      unhealthy: pod && unhealthyDevices([pod]),
    });
  });
}

export const podStatsView: ViewOf<PodSource> = {
  kind: 'KubeletPodStatsList',
  names: 'pod',
  info: { name: 'pod_owner', help: 'What owns the pod.' },
  columns: [
    textField('NAMESPACE', 'namespace', ({ usage }) => usage.podRef.namespace),
    textField('POD', 'pod', ({ usage }) => usage.podRef.name),
    textField('NODE', 'node', ({ node }) => node),
    cpuField('pod'),
    ...shareFields('pod', 'cpu'),
    workingSetField('pod'),
    ...shareFields('pod', 'memory'),
    summed('DISK', 'ephemeralUsedBytes', 'bytes', {
      of: ({ usage }) => known(usage['ephemeral-storage']?.usedBytes),
      name: 'pod_ephemeral_storage_used_bytes',
      help: 'Disk of the node in use by layers, logs and volumes of the pod.',
      about:
        'On the disk of the node: writable layers and logs of its running containers, its emptyDir and configMap volumes, and what the kubelet writes for it. Volumes in memory are not in it. What evictions compare with the limit.',
    }),
    ...resourceFields('pod'),
    ...ephemeralFields,
    ...deviceFields('pod'),
    detailSum('INODES', 'ephemeralInodesUsed', 'count', {
      of: ({ usage }) => known(usage['ephemeral-storage']?.inodesUsed),
      name: 'pod_ephemeral_storage_inodes_used',
      help: 'Inodes in use by layers, logs and volumes of the pod.',
    }),
    ...moreUsageFields('pod'),
    ...networkFields('pod'),
    detailSum('PROCESSES', 'processes', 'count', {
      of: ({ usage }) => known(usage.process_stats?.process_count),
      name: 'pod_processes',
      help: 'Processes and threads of the pod.',
    }),
    textField('OWNER', 'owner', ({ pod }) => pod && podOwner(pod), {
      ...wideLabel,
      about: 'Such as Deployment/web; absent without /pods.',
    }),
    unmeasuredField,
    {
      ...{ head: 'CONTAINERS', key: 'containers', unit: 'count', detail: true, summed: true },
      of: ({ usage, unmeasured }) =>
        unmeasured === undefined ? (usage.containers?.length ?? 0) : undefined,
      about: 'Number of running containers.',
    },
  ],
};
