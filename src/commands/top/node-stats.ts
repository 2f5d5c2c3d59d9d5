import {
  findHeadrooms,
  findUnwatched,
  type Headroom,
  type Signal,
  type Thresholds,
  tightest,
} from '../../kubelet/bodies/eviction.ts';
import { type Count, known } from '../../kubelet/bodies/exact.ts';
import type { KubeletPod } from '../../kubelet/bodies/pods.ts';
import {
  type FileSystem,
  filledInodesPercent,
  filledPercent,
  type NodeStats,
  type StatsSummary,
  separateContainerFs,
} from '../../kubelet/bodies/stats-summary.ts';
import {
  type Column,
  detailFigure,
  detailSum,
  figure,
  toneOfRest,
  toneOfShare,
  type View,
} from '../../text/column.ts';
import { type NetworkRow, networkColumns, networkRow } from './network.ts';
import {
  type CapacityRow,
  capacityColumns,
  capacityRow,
  type NodeCapacity,
  podColumns,
} from './node-capacity.ts';
import { cpuColumn, moreUsageColumns, type UsageRow, usageRow, workingSetColumn } from './usage.ts';

/** Usage of a node, as its kubelet reports it. Undefined is not reported, or unknown. */
export interface NodeStatsRow extends UsageRow, NetworkRow, CapacityRow {
  readonly node: string;
  /** By everything on it. */
  readonly nodeFsUsedBytes: Count | undefined;
  readonly nodeFsCapacityBytes: Count | undefined;
  /** The share that is not available, as evictions count it. */
  readonly nodeFsUsedPercent: number | undefined;
  readonly nodeFsInodesUsedPercent: number | undefined;
  /** By images alone: often it is the node's file system. */
  readonly imageFsUsedBytes: Count | undefined;
  readonly imageFsCapacityBytes: Count | undefined;
  readonly imageFsUsedPercent: number | undefined;
  readonly imageFsInodesUsedPercent: number | undefined;
  /** Usage of a third file system, which has the writable layers of containers alone. */
  readonly containerFsUsedBytes: Count | undefined;
  readonly containerFsCapacityBytes: Count | undefined;
  readonly containerFsUsedPercent: number | undefined;
  readonly containerFsInodesUsedPercent: number | undefined;
  /** Threads, on Linux. */
  readonly processes: Count | undefined;
  readonly maxProcesses: Count | undefined;
  /** The bytes left before pods are evicted; negative if they are evicted now. Undefined if the kubelet does not watch it, and without /configz. */
  readonly memoryHeadroomBytes: Count | undefined;
  readonly memoryHeadroomPercent: number | undefined;
  readonly nodeFsHeadroomBytes: Count | undefined;
  readonly nodeFsHeadroomPercent: number | undefined;
  readonly imageFsHeadroomBytes: Count | undefined;
  readonly imageFsHeadroomPercent: number | undefined;
  readonly processesHeadroom: Count | undefined;
  readonly processesHeadroomPercent: number | undefined;
  /** The watched signal with the least headroom, in percent of its capacity. */
  readonly tightestSignal: Signal | undefined;
  readonly tightestHeadroomPercent: number | undefined;
  /** A nearly full resource without an eviction threshold: the kubelet evicts no pods for it. */
  readonly unwatchedSignal: Signal | undefined;
  /** In percent of its capacity. */
  readonly unwatchedLeftPercent: number | undefined;
}

export function nodeStatsRow(
  name: string,
  { node }: StatsSummary,
  thresholds: Thresholds | undefined,
  capacity?: NodeCapacity,
  pods?: readonly KubeletPod[],
): NodeStatsRow {
  const usage = usageRow(node);
  const { runtime, rlimit } = node;
  const nodeFs = fileSystemFigures(node.fs);
  const imageFs = fileSystemFigures(runtime?.imageFs);
  const containerFs = fileSystemFigures(thirdFileSystem(node));
  const headrooms = thresholds === undefined ? [] : findHeadrooms(node, thresholds);
  const headroom = (signal: Signal): Partial<Headroom> =>
    headrooms.find((each) => each.signal === signal) ?? {};
  const nearest = tightest(headrooms);
  const unwatched = thresholds && findUnwatched(node, thresholds);
  return {
    node: name,
    ...usage,
    ...capacityRow(usage, capacity, pods),
    ...networkRow(node.network),
    nodeFsUsedBytes: nodeFs.used,
    nodeFsCapacityBytes: nodeFs.capacity,
    nodeFsUsedPercent: nodeFs.percent,
    nodeFsInodesUsedPercent: nodeFs.inodesPercent,
    imageFsUsedBytes: imageFs.used,
    imageFsCapacityBytes: imageFs.capacity,
    imageFsUsedPercent: imageFs.percent,
    imageFsInodesUsedPercent: imageFs.inodesPercent,
    containerFsUsedBytes: containerFs.used,
    containerFsCapacityBytes: containerFs.capacity,
    containerFsUsedPercent: containerFs.percent,
    containerFsInodesUsedPercent: containerFs.inodesPercent,
    processes: known(rlimit?.curproc),
    maxProcesses: known(rlimit?.maxpid),
    memoryHeadroomBytes: headroom('memory.available').amount,
    memoryHeadroomPercent: headroom('memory.available').percent,
    nodeFsHeadroomBytes: headroom('nodefs.available').amount,
    nodeFsHeadroomPercent: headroom('nodefs.available').percent,
    imageFsHeadroomBytes: headroom('imagefs.available').amount,
    imageFsHeadroomPercent: headroom('imagefs.available').percent,
    processesHeadroom: headroom('pid.available').amount,
    processesHeadroomPercent: headroom('pid.available').percent,
    tightestSignal: nearest?.signal,
    tightestHeadroomPercent: nearest?.percent,
    unwatchedSignal: unwatched?.signal,
    unwatchedLeftPercent: unwatched?.percent,
  };
}

function fileSystemFigures(fileSystem: FileSystem = {}) {
  return {
    used: known(fileSystem.usedBytes),
    capacity: known(fileSystem.capacityBytes),
    percent: filledPercent(fileSystem),
    inodesPercent: filledInodesPercent(fileSystem),
  };
}

/** Neither the one of images nor, by its size, the node's. */
function thirdFileSystem(node: NodeStats): FileSystem | undefined {
  const containerFs = separateContainerFs(node);
  const isNodeFs =
    containerFs?.capacityBytes === node.fs?.capacityBytes &&
    containerFs?.inodes === node.fs?.inodes;
  return isNodeFs ? undefined : containerFs;
}

const fileSystems = [
  { head: 'NODE FS', key: 'nodeFs', label: 'node', of: 'The file system of the node', by: '' },
  {
    head: 'IMAGE FS',
    key: 'imageFs',
    label: 'image',
    of: 'The file system of images',
    by: ' by images',
  },
  {
    head: 'CONTAINER FS',
    key: 'containerFs',
    label: 'container',
    of: 'A third file system, of writable layers',
    by: ' by layers',
  },
] as const;

export const nodeStatsView: View<NodeStatsRow> = {
  kind: 'KubeletNodeStatsList',
  names: 'node',
  info: { name: 'node_labels', help: 'Labels of the node.' },
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    cpuColumn('node'),
    ...capacityColumns('cpu'),
    workingSetColumn('node'),
    ...capacityColumns('memory'),
    ...podColumns,
    {
      ...figure<NodeStatsRow>('DISK', 'nodeFsUsedPercent', 'percent', {
        name: 'node_nodefs_used_ratio',
        help: 'Share of the node file system in use.',
      }),
      toneOf: toneOfShare,
    },
    {
      ...figure<NodeStatsRow>('HEADROOM', 'tightestHeadroomPercent', 'percent', {
        name: 'node_eviction_tightest_headroom_ratio',
        help: 'Least share of a capacity that is left until pods are evicted.',
      }),
      toneOf: toneOfRest,
    },
    { head: 'TIGHTEST', key: 'tightestSignal', unit: 'text', role: 'volatile' },
    ...moreUsageColumns('node'),
    ...fileSystems.flatMap(fileSystemColumns),
    ...networkColumns('node'),
    detailSum('PROCESSES', 'processes', 'count', {
      name: 'node_processes',
      help: 'Processes and threads of the node.',
    }),
    detailSum('MAX PROCESSES', 'maxProcesses', 'count', {
      name: 'node_processes_max',
      help: 'Processes and threads that the node may have.',
    }),
    ...headroomColumns('MEMORY', 'memory', 'memory'),
    ...headroomColumns('NODE FS', 'nodeFs', 'nodefs'),
    ...headroomColumns('IMAGE FS', 'imageFs', 'imagefs'),
    { head: 'UNWATCHED', key: 'unwatchedSignal', unit: 'text', role: 'volatile', detail: true },
    detailFigure('UNWATCHED LEFT', 'unwatchedLeftPercent', 'percent', {
      name: 'node_eviction_unwatched_left_ratio',
      help: 'Least share that is left of what is nearly full and has no eviction threshold.',
    }),
    detailFigure('PID HEADROOM', 'processesHeadroom', 'count', {
      name: 'node_eviction_pid_headroom',
      help: 'Processes that may start until pods are evicted.',
    }),
    detailFigure('PID HEADROOM %', 'processesHeadroomPercent', 'percent', {
      name: 'node_eviction_pid_headroom_ratio',
      help: 'Share of all processes that may start until pods are evicted.',
    }),
  ],
};

function fileSystemColumns({
  head,
  key,
  label,
  of,
  by,
}: (typeof fileSystems)[number]): readonly Column<NodeStatsRow>[] {
  const name = `node_${label}fs`;
  return [
    detailSum(`${head} USED`, `${key}UsedBytes`, 'bytes', {
      name: `${name}_used_bytes`,
      help: `${of}: bytes in use${by}.`,
    }),
    detailSum(`${head} SIZE`, `${key}CapacityBytes`, 'bytes', {
      name: `${name}_capacity_bytes`,
      help: `${of}: its size.`,
    }),
    ...(key === 'nodeFs'
      ? []
      : [
          detailFigure<NodeStatsRow>(`${head} %`, `${key}UsedPercent`, 'percent', {
            name: `${name}_used_ratio`,
            help: `${of}: share in use.`,
          }),
        ]),
    detailFigure(`${head} INODES`, `${key}InodesUsedPercent`, 'percent', {
      name: `${name}_inodes_used_ratio`,
      help: `${of}: share of inodes in use.`,
    }),
  ];
}

function headroomColumns(
  head: string,
  key: 'memory' | 'nodeFs' | 'imageFs',
  label: string,
): readonly Column<NodeStatsRow>[] {
  return [
    detailFigure(`${head} HEADROOM`, `${key}HeadroomBytes`, 'bytes', {
      name: `node_eviction_${label}_headroom_bytes`,
      help: `Bytes that are left until pods are evicted, by ${label}.available.`,
    }),
    detailFigure(`${head} HEADROOM %`, `${key}HeadroomPercent`, 'percent', {
      name: `node_eviction_${label}_headroom_ratio`,
      help: `Share that is left until pods are evicted, by ${label}.available.`,
    }),
  ];
}
