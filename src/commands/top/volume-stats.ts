import { type Count, known, percentOf } from '../../kubelet/bodies/exact.ts';
import { type KubeletPod, type PodsByUid, podOwner } from '../../kubelet/bodies/pods.ts';
import type { StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import { figure, summed, type View, wideFigure, wideSum } from '../../text/column.ts';

/** Usage of a pod's volume, as its kubelet reports it. Undefined is not reported, or unknown. */
export interface VolumeStatsRow {
  readonly namespace: string;
  readonly pod: string;
  /** As the pod names it. */
  readonly volume: string | undefined;
  readonly node: string;
  /** Its field in the pod, such as emptyDir; undefined without /pods. */
  readonly type: string | undefined;
  /** The PersistentVolumeClaim, in the namespace of the pod. */
  readonly claim: string | undefined;
  /** Capacity of the file system of the volume: for an emptyDir, the node's. */
  readonly capacityBytes: Count | undefined;
  readonly availableBytes: Count | undefined;
  /** By the volume. */
  readonly usedBytes: Count | undefined;
  /** The volume's share of the capacity. */
  readonly usedPercent: number | undefined;
  readonly inodes: Count | undefined;
  readonly inodesUsed: Count | undefined;
  readonly inodesUsedPercent: number | undefined;
  /** The condition that its driver reports; not since 1.37. */
  readonly abnormal: boolean | undefined;
  /** Owner of its pod, such as Deployment/web; undefined without /pods. */
  readonly owner: string | undefined;
}

export function volumeStatsRows(
  node: string,
  { pods: stats = [] }: StatsSummary,
  pods: PodsByUid | undefined,
): readonly VolumeStatsRow[] {
  return stats.flatMap(({ podRef, volume: volumes = [] }) => {
    const pod = podRef.uid === undefined ? undefined : pods?.get(podRef.uid);
    const owner = pod && podOwner(pod);
    return volumes.map((volume) => {
      const capacityBytes = known(volume.capacityBytes);
      const usedBytes = known(volume.usedBytes);
      const inodes = known(volume.inodes);
      const inodesUsed = known(volume.inodesUsed);
      return {
        namespace: podRef.namespace,
        pod: podRef.name,
        volume: volume.name,
        node,
        type: pod && volumeType(volume.name, pod),
        claim: volume.pvcRef?.name,
        capacityBytes,
        availableBytes: known(volume.availableBytes),
        usedBytes,
        usedPercent: percentOf(usedBytes, capacityBytes),
        inodes,
        inodesUsed,
        inodesUsedPercent: percentOf(inodesUsed, inodes),
        abnormal: volume.volumeHealthStats?.abnormal,
        owner,
      };
    });
  });
}

/** A volume without a source is an emptyDir, which the API server fills in. */
function volumeType(name: string | undefined, { spec }: KubeletPod): string | undefined {
  const volume = spec.volumes?.find((each) => each.name === name);
  return volume && Object.keys(volume).find((key) => key !== 'name');
}

export const volumeStatsView: View<VolumeStatsRow> = {
  kind: 'KubeletVolumeStatsList',
  names: 'pod',
  info: { name: 'volume_info', help: 'Type and claim of the volume, and what owns its pod.' },
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'VOLUME', key: 'volume', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text', wide: true },
    { head: 'TYPE', key: 'type', unit: 'text', wide: true, role: 'label' },
    { head: 'CLAIM', key: 'claim', unit: 'text', wide: true, role: 'label' },
    summed('USED', 'usedBytes', 'bytes', {
      name: 'volume_used_bytes',
      help: 'Bytes that the volume uses.',
    }),
    figure('USE %', 'usedPercent', 'percent', {
      name: 'volume_used_ratio',
      help: 'Share of the capacity that the volume uses.',
    }),
    wideFigure('SIZE', 'capacityBytes', 'bytes', {
      name: 'volume_capacity_bytes',
      help: 'Size of the file system of the volume.',
    }),
    wideFigure('AVAILABLE', 'availableBytes', 'bytes', {
      name: 'volume_available_bytes',
      help: 'Bytes available in the file system of the volume.',
    }),
    wideFigure('INODES', 'inodes', 'count', {
      name: 'volume_inodes',
      help: 'Inodes of the file system of the volume.',
    }),
    wideSum('INODES USED', 'inodesUsed', 'count', {
      name: 'volume_inodes_used',
      help: 'Inodes that the volume uses.',
    }),
    wideFigure('INODES %', 'inodesUsedPercent', 'percent', {
      name: 'volume_inodes_used_ratio',
      help: 'Share of the inodes that the volume uses.',
    }),
    wideFigure('ABNORMAL', 'abnormal', 'text', {
      name: 'volume_abnormal',
      help: 'Whether its driver finds the volume abnormal.',
    }),
    { head: 'OWNER', key: 'owner', unit: 'text', wide: true, role: 'label' },
  ],
};
