import {
  findHeadrooms,
  findUnwatched,
  type Headroom,
  type Signal,
  signals,
  type Thresholds,
  tightest,
} from '../../kubelet/bodies/eviction.ts';
import { type Count, known } from '../../kubelet/bodies/exact.ts';
import { extendedResources, unhealthyDevices } from '../../kubelet/bodies/extended-resources.ts';
import { amountIn, coresOf, podsResource } from '../../kubelet/bodies/pod-resources.ts';
import { hasEnded } from '../../kubelet/bodies/pod-state.ts';
import type { KubeletPod } from '../../kubelet/bodies/pods.ts';
import {
  type FileSystem,
  filledInodesPercent,
  filledPercent,
  type NodeStats,
  type StatsSummary,
  separateContainerFs,
} from '../../kubelet/bodies/stats-summary.ts';
import type { Node } from '../../objects.ts';
import { toneOfRest, toneOfShare } from '../../text/column.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import {
  detailFigure,
  detailSum,
  type Field,
  figure,
  rowOf,
  shareOf,
  textField,
  type ViewOf,
  wideFigure,
  wideSum,
} from '../shared/rows/fields.ts';
import { deviceFields } from './known-pods.ts';
import { cpuField, moreUsageFields, networkFields, workingSetField } from './usage.ts';

interface NodeSource {
  readonly name: string;
  readonly usage: NodeStats;
  /** Returns what pods may use, with CPU in thousandths of a core; undefined if the Node object was not read. */
  readonly capacityOf: CapacityOf | undefined;
  /** Pods that have not ended; undefined if /pods was not read. */
  readonly pods: readonly KubeletPod[] | undefined;
  /** Returns undefined if the kubelet has no eviction threshold for the signal, or if /configz was not read. */
  readonly headroomOf: (signal: Signal) => Headroom | undefined;
  readonly tightest: Headroom | undefined;
  readonly unwatched: Headroom | undefined;
  readonly extended: readonly string[] | undefined;
  readonly unhealthy: readonly string[] | undefined;
}

type CapacityOf = ((resource: string) => Count | undefined) & {
  readonly names: readonly string[];
};

/**
 * Returns the amounts that pods may use. As in kubectl, these are the allocatable amounts or, if the Node object has none, the capacity.
 */
export function capacityOf({ status }: Pick<Node, 'status'>): CapacityOf {
  const { allocatable, capacity } = status ?? {};
  const amounts = Object.keys(allocatable ?? {}).length > 0 ? allocatable : capacity;
  return Object.assign((resource: string) => amountIn(amounts, resource), {
    names: Object.keys(amounts ?? {}),
  });
}

export function nodeStatsRow(
  name: string,
  { node }: StatsSummary,
  thresholds: Thresholds | undefined,
  capacity?: CapacityOf,
  pods?: readonly KubeletPod[],
): Row {
  const headrooms = thresholds === undefined ? [] : findHeadrooms(node, thresholds);
  const active = pods?.filter((pod) => !hasEnded(pod));
  return rowOf(nodeStatsView, {
    ...{ name, usage: node, capacityOf: capacity },
    pods: active,
    extended: active && extendedResources(active, capacity?.names, capacity),
    unhealthy: active && unhealthyDevices(active),
    headroomOf: (signal) => headrooms.find((each) => each.signal === signal),
    tightest: tightest(headrooms),
    unwatched: thresholds && findUnwatched(node, thresholds),
  });
}

const resources = {
  cpu: { head: 'CPU', short: 'CPU', title: 'CPU', unit: 'cores', used: cpuField('node') },
  memory: {
    head: 'MEMORY',
    short: 'MEM',
    title: 'Memory',
    unit: 'bytes',
    used: workingSetField('node'),
  },
} as const;

/** The default table shows only the used share of what pods may use. */
function capacityFields(resource: 'cpu' | 'memory'): readonly Field<NodeSource>[] {
  const { head, short, title, unit, used } = resources[resource];
  const amount = (word: string, help: string, count: (source: NodeSource) => Count | undefined) =>
    detailSum<NodeSource>(
      `${head} ${word}`.toUpperCase(),
      `${resource}${word}${unit === 'cores' ? 'Cores' : 'Bytes'}`,
      unit,
      {
        of: (source) => (unit === 'cores' ? coresOf(count(source)) : count(source)),
        name: `node_${resource}_${word.toLowerCase()}_${unit}`,
        help: `${title} ${help}.`,
      },
    );
  const total =
    (kind: 'requests' | 'limits') =>
    ({ pods }: NodeSource) =>
      pods && (podsResource(pods, kind, resource) ?? 0);
  const allocatable = amount('Allocatable', 'that pods may use', ({ capacityOf }) =>
    capacityOf?.(resource),
  );
  // As in kubectl describe node, the sum includes all pods that have not ended.
  const requested = amount('Requested', 'that pods request', total('requests'));
  const limit = amount('Limit', 'in limits of pods', total('limits'));
  const share = (part: Field<NodeSource>, word: string, help: string) => ({
    of: shareOf(part, allocatable),
    shareOf: [part.key, allocatable.key] as const,
    name: `node_${resource}_${word}_ratio`,
    help: `${title} ${help} as a share of what pods may use.`,
  });
  return [
    figure(`${head}%`, `${resource}UsedPercent`, 'percent', {
      ...share(used, 'used', 'in use'),
      toneOf: toneOfShare,
    }),
    wideFigure(`${short} REQ%`, `${resource}RequestedPercent`, 'percent', {
      ...share(requested, 'requested', 'that pods request'),
      toneOf: toneOfShare,
    }),
    wideFigure(`${short} LIM%`, `${resource}LimitPercent`, 'percent', {
      ...share(limit, 'limit', 'in limits of pods'),
      about: 'Above 100, limits are overcommitted.',
    }),
    ...[allocatable, requested, limit],
  ];
}

/** Returns the file system of writable layers; undefined if images or the node share it. Equal sizes mean that the node shares it. */
function thirdFileSystem(node: NodeStats): FileSystem | undefined {
  const containerFs = separateContainerFs(node);
  const isNodeFs =
    containerFs?.capacityBytes === node.fs?.capacityBytes &&
    containerFs?.inodes === node.fs?.inodes;
  return isNodeFs ? undefined : containerFs;
}

const disk = figure<NodeSource>('DISK', 'nodeFsUsedPercent', 'percent', {
  of: ({ usage }) => filledPercent(usage.fs ?? {}),
  name: 'node_nodefs_used_ratio',
  help: 'Share of the node file system in use.',
  about: 'The share that is not available, as evictions count it.',
  toneOf: toneOfShare,
});

function fileSystemFields(
  word: 'node' | 'image' | 'container',
  find: (node: NodeStats) => FileSystem | undefined,
  title: string,
  by: string,
): readonly Field<NodeSource>[] {
  const [name, head, key] = [`node_${word}fs`, `${word.toUpperCase()} FS`, `${word}Fs`];
  const of = (read: (fileSystem: FileSystem) => Count | undefined) => ({
    of: ({ usage }: NodeSource) => read(find(usage) ?? {}),
  });
  return [
    detailSum(`${head} USED`, `${key}UsedBytes`, 'bytes', {
      ...of(({ usedBytes }) => known(usedBytes)),
      name: `${name}_used_bytes`,
      help: `${title}: bytes in use${by}.`,
    }),
    detailSum(`${head} SIZE`, `${key}CapacityBytes`, 'bytes', {
      ...of(({ capacityBytes }) => known(capacityBytes)),
      name: `${name}_capacity_bytes`,
      help: `${title}: its size.`,
    }),
    ...(word === 'node'
      ? []
      : [
          detailFigure<NodeSource>(`${head} %`, `${key}UsedPercent`, 'percent', {
            ...of(filledPercent),
            name: `${name}_used_ratio`,
            help: `${title}: share in use.`,
          }),
        ]),
    detailFigure(`${head} INODES`, `${key}InodesUsedPercent`, 'percent', {
      ...of(filledInodesPercent),
      name: `${name}_inodes_used_ratio`,
      help: `${title}: share of inodes in use.`,
    }),
  ];
}

/** Headroom is what is left before pods are evicted; it is negative while pods are evicted. */
function headroomFields(
  head: string,
  key: 'memory' | 'nodeFs' | 'imageFs',
  word: 'memory' | 'nodefs' | 'imagefs',
): readonly Field<NodeSource>[] {
  const signal = `${word}.available` as const;
  return [
    detailFigure(`${head} HEADROOM`, `${key}HeadroomBytes`, 'bytes', {
      of: ({ headroomOf }) => headroomOf(signal)?.amount,
      name: `node_eviction_${word}_headroom_bytes`,
      help: `Bytes that are left until pods are evicted, by ${signal}.`,
    }),
    detailFigure(`${head} HEADROOM %`, `${key}HeadroomPercent`, 'percent', {
      of: ({ headroomOf }) => headroomOf(signal)?.percent,
      name: `node_eviction_${word}_headroom_ratio`,
      help: `Share that is left until pods are evicted, by ${signal}.`,
    }),
  ];
}

export const nodeStatsView: ViewOf<NodeSource> = {
  kind: 'KubeletNodeStatsList',
  names: 'node',
  info: { name: 'node_labels', help: 'Labels of the node.' },
  columns: [
    textField('NODE', 'node', ({ name }) => name),
    cpuField('node'),
    ...capacityFields('cpu'),
    workingSetField('node'),
    ...capacityFields('memory'),
    wideSum('PODS', 'pods', 'count', {
      of: ({ pods }) => pods?.length,
      name: 'node_pods',
      help: 'Pods that have not ended.',
    }),
    wideSum('MAX PODS', 'maxPods', 'count', {
      of: ({ capacityOf }) => capacityOf?.('pods'),
      name: 'node_pods_max',
      help: 'Pods that the node may have.',
    }),
    ...deviceFields('node'),
    disk,
    figure('HEADROOM', 'tightestHeadroomPercent', 'percent', {
      of: ({ tightest }) => tightest?.percent,
      name: 'node_eviction_tightest_headroom_ratio',
      help: 'Least share of a capacity that is left until pods are evicted.',
      toneOf: toneOfRest,
    }),
    textField('TIGHTEST', 'tightestSignal', ({ tightest }) => tightest?.signal, {
      ...{ role: 'volatile', type: signals },
      about: 'The watched signal with the least headroom, in percent of its capacity.',
    }),
    ...moreUsageFields('node'),
    ...fileSystemFields('node', ({ fs }) => fs, 'The file system of the node', ''),
    ...fileSystemFields(
      'image',
      ({ runtime }) => runtime?.imageFs,
      'The file system of images',
      ' by images',
    ),
    ...fileSystemFields(
      'container',
      thirdFileSystem,
      'A third file system, of writable layers',
      ' by layers',
    ),
    ...networkFields('node'),
    detailSum('PROCESSES', 'processes', 'count', {
      of: ({ usage }) => known(usage.rlimit?.curproc),
      name: 'node_processes',
      help: 'Processes and threads of the node.',
    }),
    detailSum('MAX PROCESSES', 'maxProcesses', 'count', {
      of: ({ usage }) => known(usage.rlimit?.maxpid),
      name: 'node_processes_max',
      help: 'Processes and threads that the node may have.',
    }),
    ...headroomFields('MEMORY', 'memory', 'memory'),
    ...headroomFields('NODE FS', 'nodeFs', 'nodefs'),
    ...headroomFields('IMAGE FS', 'imageFs', 'imagefs'),
    textField('UNWATCHED', 'unwatchedSignal', ({ unwatched }) => unwatched?.signal, {
      ...{ role: 'volatile', detail: true, type: signals },
      about:
        'A nearly full resource without an eviction threshold: the kubelet evicts no pods for it.',
    }),
    detailFigure('UNWATCHED LEFT', 'unwatchedLeftPercent', 'percent', {
      of: ({ unwatched }) => unwatched?.percent,
      name: 'node_eviction_unwatched_left_ratio',
      help: 'Least share that is left of what is nearly full and has no eviction threshold.',
    }),
    detailFigure('PID HEADROOM', 'processesHeadroom', 'count', {
      of: ({ headroomOf }) => headroomOf('pid.available')?.amount,
      name: 'node_eviction_pid_headroom',
      help: 'Processes that may start until pods are evicted.',
    }),
    detailFigure('PID HEADROOM %', 'processesHeadroomPercent', 'percent', {
      of: ({ headroomOf }) => headroomOf('pid.available')?.percent,
      name: 'node_eviction_pid_headroom_ratio',
      help: 'Share of all processes that may start until pods are evicted.',
    }),
  ],
};
