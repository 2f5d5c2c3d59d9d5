import { known } from '../../kubelet/bodies/exact.ts';
import { type KubeletPod, type PodsByUid, podOwner } from '../../kubelet/bodies/pods.ts';
import type { PodStats, StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import { plainText } from '../../text/column.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import {
  figure,
  rowOf,
  shareOf,
  summed,
  textField,
  type ViewOf,
  wideFigure,
  wideLabel,
  wideSum,
} from '../shared/rows/fields.ts';
import { knownPods, unmeasuredField } from './known-pods.ts';

interface VolumeSource {
  readonly node: string;
  readonly stats: PodStats;
  readonly volume: NonNullable<PodStats['volume']>[number];
  /** The pod as /pods describes it; undefined if /pods was not read. */
  readonly pod: KubeletPod | undefined;
  /** Why the kubelet does not measure the pod; undefined if the pod is measured. */
  readonly unmeasured: string | undefined;
}

export function volumeStatsRows(
  node: string,
  summary: StatsSummary,
  pods: PodsByUid | undefined,
): readonly Row[] {
  return knownPods(summary, pods).flatMap(({ stats, pod, unmeasured }) => {
    const volumes = unmeasured === undefined ? stats.volume : unmeasuredVolumes(pod);
    return (volumes ?? []).map((volume) =>
      rowOf(volumeStatsView, { node, stats, volume, pod, unmeasured }),
    );
  });
}

/** Kubelets never measure a hostPath. */
function unmeasuredVolumes(pod: KubeletPod | undefined): PodStats['volume'] {
  return pod?.spec.volumes
    ?.filter((volume) => volume['hostPath'] === undefined)
    .map(({ name, persistentVolumeClaim: { claimName } = {} }) => ({
      name,
      ...(claimName !== undefined && { pvcRef: { name: claimName } }),
    }));
}

/**
 * Returns the type of a volume, which is the name of a field in the spec of the pod. If the user sets no such field, the API server adds
 * emptyDir.
 */
function volumeType({ volume: { name }, pod }: VolumeSource): string | undefined {
  const volume = pod?.spec.volumes?.find((each) => each.name === name);
  return volume && Object.keys(volume).find((key) => key !== 'name');
}

const used = summed<VolumeSource>('USED', 'usedBytes', 'bytes', {
  of: ({ volume }) => known(volume.usedBytes),
  name: 'volume_used_bytes',
  help: 'Bytes that the volume uses.',
});

const size = wideFigure<VolumeSource>('SIZE', 'capacityBytes', 'bytes', {
  of: ({ volume }) => known(volume.capacityBytes),
  name: 'volume_capacity_bytes',
  help: 'Size of the file system of the volume.',
  about: "Capacity of the file system of the volume: for an emptyDir, the node's.",
});

const inodes = wideFigure<VolumeSource>('INODES', 'inodes', 'count', {
  of: ({ volume }) => known(volume.inodes),
  name: 'volume_inodes',
  help: 'Inodes of the file system of the volume.',
});

const inodesUsed = wideSum<VolumeSource>('INODES USED', 'inodesUsed', 'count', {
  of: ({ volume }) => known(volume.inodesUsed),
  name: 'volume_inodes_used',
  help: 'Inodes that the volume uses.',
});

export const volumeStatsView: ViewOf<VolumeSource> = {
  kind: 'KubeletVolumeStatsList',
  names: 'pod',
  // Pods that mount the same claim have the same volume.
  countsOnce: ({ namespace, claim }) =>
    claim === undefined ? undefined : `${plainText(namespace)}/${plainText(claim)}`,
  info: { name: 'volume_info', help: 'Type and claim of the volume, and what owns its pod.' },
  columns: [
    textField('NAMESPACE', 'namespace', ({ stats }) => stats.podRef.namespace),
    textField('POD', 'pod', ({ stats }) => stats.podRef.name),
    textField('VOLUME', 'volume', ({ volume }) => volume.name, { about: 'As the pod names it.' }),
    textField('NODE', 'node', ({ node }) => node, { wide: true }),
    textField('TYPE', 'type', volumeType, {
      ...wideLabel,
      about: 'Its field in the pod, such as emptyDir; absent without /pods.',
    }),
    textField('CLAIM', 'claim', ({ volume }) => volume.pvcRef?.name, {
      ...wideLabel,
      about: 'The PersistentVolumeClaim, in the namespace of the pod.',
    }),
    used,
    figure('USE %', 'usedPercent', 'percent', {
      of: shareOf(used, size),
      name: 'volume_used_ratio',
      help: 'Share of the capacity that the volume uses.',
    }),
    size,
    wideFigure('AVAILABLE', 'availableBytes', 'bytes', {
      of: ({ volume }) => known(volume.availableBytes),
      name: 'volume_available_bytes',
      help: 'Bytes available in the file system of the volume.',
    }),
    inodes,
    inodesUsed,
    wideFigure('INODES %', 'inodesUsedPercent', 'percent', {
      of: shareOf(inodesUsed, inodes),
      name: 'volume_inodes_used_ratio',
      help: 'Share of the inodes that the volume uses.',
    }),
    wideFigure('ABNORMAL', 'abnormal', 'text', {
      of: ({ volume }) => volume.volumeHealthStats?.abnormal,
      name: 'volume_abnormal',
      help: 'Whether its driver finds the volume abnormal.',
      about: 'The condition that its driver reports; not since 1.37.',
      type: 'boolean',
    }),
    textField('OWNER', 'owner', ({ pod }) => pod && podOwner(pod), {
      ...wideLabel,
      about: 'Owner of its pod, such as Deployment/web; absent without /pods.',
    }),
    unmeasuredField,
  ],
};
