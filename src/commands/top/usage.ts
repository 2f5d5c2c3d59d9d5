import { type Count, known, percentOf } from '../../kubelet/bodies/exact.ts';
import type { ResourcesRow } from '../../kubelet/bodies/pod-resources.ts';
import type { Pressure, Usage } from '../../kubelet/bodies/stats-summary.ts';
import {
  type Column,
  detailFigure,
  detailSum,
  figure,
  summed,
  toneOfShare,
  wideFigure,
} from '../../text/column.ts';

/** Figures that nodes, pods and containers share. */
export interface UsageRow {
  /** The average of the last interval, of 10 to 20 s. */
  readonly cpuCores: number | undefined;
  /** Memory that cannot be freed at once: what evictions and limits compare. */
  readonly workingSetBytes: Count | undefined;
  /** Anonymous memory. */
  readonly rssBytes: Count | undefined;
  /** Up to the limit; of a node, up to its memory. Undefined without a limit. */
  readonly memoryAvailableBytes: Count | undefined;
  readonly swapUsedBytes: Count | undefined;
  readonly swapAvailableBytes: Count | undefined;
  /** In percent of the last 10 s: some task waited for it, or all tasks did. */
  readonly cpuPressureSomePercent: number | undefined;
  readonly cpuPressureFullPercent: number | undefined;
  readonly memoryPressureSomePercent: number | undefined;
  readonly memoryPressureFullPercent: number | undefined;
  readonly ioPressureSomePercent: number | undefined;
  readonly ioPressureFullPercent: number | undefined;
}

export function usageRow({ cpu, memory, io, swap }: Usage): UsageRow {
  const nanoCores = known(cpu?.usageNanoCores);
  return {
    cpuCores: nanoCores === undefined ? undefined : Number(nanoCores) / 1e9,
    workingSetBytes: known(memory?.workingSetBytes),
    rssBytes: known(memory?.rssBytes),
    memoryAvailableBytes: known(memory?.availableBytes),
    swapUsedBytes: known(swap?.swapUsageBytes),
    swapAvailableBytes: known(swap?.swapAvailableBytes),
    cpuPressureSomePercent: average(cpu?.psi, 'some'),
    cpuPressureFullPercent: average(cpu?.psi, 'full'),
    memoryPressureSomePercent: average(memory?.psi, 'some'),
    memoryPressureFullPercent: average(memory?.psi, 'full'),
    ioPressureSomePercent: average(io?.psi, 'some'),
    ioPressureFullPercent: average(io?.psi, 'full'),
  };
}

/** Usage of a pod or container. Without a limit, some runtimes, such as containerd 2.4, report 0 available. */
export function limitedUsageRow(usage: Usage): UsageRow {
  const row = usageRow(usage);
  return row.memoryAvailableBytes === 0 ? { ...row, memoryAvailableBytes: undefined } : row;
}

function average(pressure: Pressure, tasks: 'some' | 'full'): number | undefined {
  const value = pressure?.[tasks]?.avg10;
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

/** Usage as a share of requests and limits; undefined without them. */
export interface ShareRow extends ResourcesRow {
  readonly cpuOfRequestedPercent: number | undefined;
  readonly cpuOfLimitPercent: number | undefined;
  readonly memoryOfRequestedPercent: number | undefined;
  readonly memoryOfLimitPercent: number | undefined;
}

/** @param running what usage is a share of: of a pod, without what only its start needs */
export function shareRow(
  { cpuCores, workingSetBytes }: Pick<UsageRow, 'cpuCores' | 'workingSetBytes'>,
  resources: ResourcesRow | undefined,
  running: ResourcesRow | undefined = resources,
): ShareRow {
  const { cpuRequestedCores, cpuLimitCores, memoryRequestedBytes, memoryLimitBytes } =
    resources ?? {};
  return {
    ...{ cpuRequestedCores, cpuLimitCores, memoryRequestedBytes, memoryLimitBytes },
    cpuOfRequestedPercent: percentOf(cpuCores, running?.cpuRequestedCores),
    cpuOfLimitPercent: percentOf(cpuCores, running?.cpuLimitCores),
    memoryOfRequestedPercent: percentOf(workingSetBytes, running?.memoryRequestedBytes),
    memoryOfLimitPercent: percentOf(workingSetBytes, running?.memoryLimitBytes),
  };
}

type Scope = 'node' | 'pod' | 'container';

export function cpuColumn(scope: Scope): Column<UsageRow> {
  return summed('CPU', 'cpuCores', 'cores', {
    name: `${scope}_cpu_usage_cores`,
    help: `CPU that the ${scope} uses, in cores.`,
  });
}

export function workingSetColumn(scope: Scope): Column<UsageRow> {
  return summed('MEMORY', 'workingSetBytes', 'bytes', {
    name: `${scope}_memory_working_set_bytes`,
    help: `Memory of the ${scope} that cannot be freed at once.`,
  });
}

/** The share of the memory limit is in the default table: the kernel kills what reaches it. */
export function shareColumns(scope: 'pod' | 'container'): {
  readonly cpu: readonly Column<ShareRow>[];
  readonly memory: readonly Column<ShareRow>[];
} {
  const share = (
    resource: 'cpu' | 'memory',
    whole: 'request' | 'limit',
    key: keyof ShareRow,
  ): Column<ShareRow> => ({
    ...(resource === 'memory' && whole === 'limit' ? figure : wideFigure)<ShareRow>(
      `%${resource === 'cpu' ? 'CPU' : 'MEM'}/${whole === 'request' ? 'R' : 'L'}`,
      key,
      'percent',
      {
        name: `${scope}_${resource}_usage_of_${whole}_ratio`,
        help: `Usage of ${resource === 'cpu' ? 'CPU' : resource} as a share of the ${whole} of the ${scope}.`,
      },
    ),
    ...(whole === 'limit' && { toneOf: toneOfShare }),
  });
  return {
    cpu: [
      share('cpu', 'request', 'cpuOfRequestedPercent'),
      share('cpu', 'limit', 'cpuOfLimitPercent'),
    ],
    memory: [
      share('memory', 'request', 'memoryOfRequestedPercent'),
      share('memory', 'limit', 'memoryOfLimitPercent'),
    ],
  };
}

/** For JSON and CSV. */
export function moreUsageColumns(scope: Scope): readonly Column<UsageRow>[] {
  // Pods do not share a limit: only the sum of nodes means something.
  const available = scope === 'node' ? detailSum : detailFigure;
  return [
    detailSum('RSS', 'rssBytes', 'bytes', {
      name: `${scope}_memory_rss_bytes`,
      help: `Anonymous memory of the ${scope}.`,
    }),
    available('AVAILABLE', 'memoryAvailableBytes', 'bytes', {
      name: `${scope}_memory_available_bytes`,
      help: `Memory that the ${scope} may use besides its working set.`,
    }),
    detailSum('SWAP', 'swapUsedBytes', 'bytes', {
      name: `${scope}_swap_usage_bytes`,
      help: `Swap that the ${scope} uses.`,
    }),
    available('SWAP AVAILABLE', 'swapAvailableBytes', 'bytes', {
      name: `${scope}_swap_available_bytes`,
      help: `Swap that the ${scope} may use in addition.`,
    }),
    ...(['cpu', 'memory', 'io'] as const).flatMap((resource) => [
      pressureColumn(scope, resource, 'some'),
      pressureColumn(scope, resource, 'full'),
    ]),
  ];
}

function pressureColumn(
  scope: Scope,
  resource: 'cpu' | 'memory' | 'io',
  tasks: 'some' | 'full',
): Column<UsageRow> {
  return detailFigure(
    `${resource} PSI ${tasks}`.toUpperCase(),
    `${resource}Pressure${tasks === 'some' ? 'Some' : 'Full'}Percent`,
    'percent',
    {
      name: `${scope}_pressure_${resource}_${tasks}_ratio`,
      help: `Share of 10 s in which ${tasks === 'some' ? 'some task' : 'all tasks'} of the ${scope} waited for ${resource === 'io' ? 'input or output' : resource}.`,
    },
  );
}
