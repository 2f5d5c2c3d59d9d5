import { type Count, percentOf, sum } from '../../kubelet/bodies/exact.ts';
import { amountIn, coresOf, podResource } from '../../kubelet/bodies/pod-resources.ts';
import type { KubeletPod } from '../../kubelet/bodies/pods.ts';
import type { Node } from '../../objects.ts';
import {
  type Column,
  detailSum,
  figure,
  toneOfShare,
  wideFigure,
  wideSum,
} from '../../text/column.ts';
import type { UsageRow } from './usage.ts';

/** Resources of a node that pods may use, from its Node object. */
export interface NodeCapacity {
  readonly cpuCores: number | undefined;
  readonly memoryBytes: Count | undefined;
  readonly pods: Count | undefined;
}

/** The allocatable amounts, or as kubectl does, the whole capacity where there are none. */
export function capacityOf({ status }: Pick<Node, 'status'>): NodeCapacity {
  const { allocatable, capacity } = status ?? {};
  const amounts = Object.keys(allocatable ?? {}).length > 0 ? allocatable : capacity;
  return {
    cpuCores: coresOf(amountIn(amounts, 'cpu')),
    memoryBytes: amountIn(amounts, 'memory'),
    pods: amountIn(amounts, 'pods'),
  };
}

/** Usage, requests and limits of a node as shares of what pods may use. Undefined without its Node object, or without /pods. */
export interface CapacityRow {
  readonly cpuAllocatableCores: number | undefined;
  readonly cpuUsedPercent: number | undefined;
  /** The sum over all pods that have not ended, as kubectl describe node prints it. */
  readonly cpuRequestedCores: number | undefined;
  readonly cpuRequestedPercent: number | undefined;
  readonly cpuLimitCores: number | undefined;
  /** Above 100, limits are overcommitted. */
  readonly cpuLimitPercent: number | undefined;
  readonly memoryAllocatableBytes: Count | undefined;
  readonly memoryUsedPercent: number | undefined;
  readonly memoryRequestedBytes: Count | undefined;
  readonly memoryRequestedPercent: number | undefined;
  readonly memoryLimitBytes: Count | undefined;
  readonly memoryLimitPercent: number | undefined;
  /** That have not ended. */
  readonly pods: number | undefined;
  /** The most pods that the node may have. */
  readonly maxPods: Count | undefined;
}

export function capacityRow(
  { cpuCores, workingSetBytes }: Pick<UsageRow, 'cpuCores' | 'workingSetBytes'>,
  capacity: NodeCapacity | undefined,
  pods: readonly KubeletPod[] | undefined,
): CapacityRow {
  const running = pods?.filter(({ status }) => !/^(?:Succeeded|Failed)$/.test(status?.phase ?? ''));
  const total = (kind: 'requests' | 'limits', resource: 'cpu' | 'memory') =>
    running?.map((pod) => podResource(pod, kind, resource)).reduce(sum, 0);
  const cpuRequestedCores = coresOf(total('requests', 'cpu'));
  const cpuLimitCores = coresOf(total('limits', 'cpu'));
  const memoryRequestedBytes = total('requests', 'memory');
  const memoryLimitBytes = total('limits', 'memory');
  const { cpuCores: allCores, memoryBytes } = capacity ?? {};
  return {
    cpuAllocatableCores: allCores,
    cpuUsedPercent: percentOf(cpuCores, allCores),
    cpuRequestedCores,
    cpuRequestedPercent: percentOf(cpuRequestedCores, allCores),
    cpuLimitCores,
    cpuLimitPercent: percentOf(cpuLimitCores, allCores),
    memoryAllocatableBytes: memoryBytes,
    memoryUsedPercent: percentOf(workingSetBytes, memoryBytes),
    memoryRequestedBytes,
    memoryRequestedPercent: percentOf(memoryRequestedBytes, memoryBytes),
    memoryLimitBytes,
    memoryLimitPercent: percentOf(memoryLimitBytes, memoryBytes),
    pods: running?.length,
    maxPods: capacity?.pods,
  };
}

type Row = CapacityRow & UsageRow;

const resources = {
  cpu: {
    head: 'CPU',
    short: 'CPU',
    title: 'CPU',
    unit: 'cores',
    used: 'cpuCores',
    allocatable: 'cpuAllocatableCores',
    requested: 'cpuRequestedCores',
    limit: 'cpuLimitCores',
  },
  memory: {
    head: 'MEMORY',
    short: 'MEM',
    title: 'Memory',
    unit: 'bytes',
    used: 'workingSetBytes',
    allocatable: 'memoryAllocatableBytes',
    requested: 'memoryRequestedBytes',
    limit: 'memoryLimitBytes',
  },
} as const;

/** The share in use is in the default table; shares of requests and limits are in -o wide. */
export function capacityColumns(resource: 'cpu' | 'memory'): readonly Column<Row>[] {
  const { head, short, title, unit, used, allocatable, requested, limit } = resources[resource];
  const metricOf = (kind: string, help: string) => ({ name: `node_${resource}_${kind}`, help });
  const shareHelp = (part: string) => `${title} ${part} as a share of what pods may use.`;
  return [
    {
      ...figure<Row>(
        `${head}%`,
        `${resource}UsedPercent`,
        'percent',
        metricOf('used_ratio', shareHelp('in use')),
      ),
      ...{ shareOf: [used, allocatable], toneOf: toneOfShare },
    },
    {
      ...wideFigure<Row>(
        `${short} REQ%`,
        `${resource}RequestedPercent`,
        'percent',
        metricOf('requested_ratio', shareHelp('that pods request')),
      ),
      ...{ shareOf: [requested, allocatable], toneOf: toneOfShare },
    },
    {
      ...wideFigure<Row>(
        `${short} LIM%`,
        `${resource}LimitPercent`,
        'percent',
        metricOf('limit_ratio', shareHelp('in limits of pods')),
      ),
      shareOf: [limit, allocatable],
    },
    detailSum(
      `${head} ALLOCATABLE`,
      allocatable,
      unit,
      metricOf(`allocatable_${unit}`, `${title} that pods may use.`),
    ),
    detailSum(
      `${head} REQUESTED`,
      requested,
      unit,
      metricOf(`requested_${unit}`, `${title} that pods request.`),
    ),
    detailSum(
      `${head} LIMIT`,
      limit,
      unit,
      metricOf(`limit_${unit}`, `${title} in limits of pods.`),
    ),
  ];
}

export const podColumns: readonly Column<CapacityRow>[] = [
  wideSum('PODS', 'pods', 'count', { name: 'node_pods', help: 'Pods that have not ended.' }),
  wideSum('MAX PODS', 'maxPods', 'count', {
    name: 'node_pods_max',
    help: 'Pods that the node may have.',
  }),
];
