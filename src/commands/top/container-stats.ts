import { known, percentOf, sum } from '../../kubelet/bodies/exact.ts';
import {
  amountIn,
  containerResources,
  containerResourcesInForce,
  isSidecar,
  type ResourceOf,
  statusesOf,
} from '../../kubelet/bodies/pod-resources.ts';
import { containerState, hasEnded, lastEnd } from '../../kubelet/bodies/pod-state.ts';
import {
  type Container,
  type KubeletPod,
  type PodsByUid,
  podOwner,
} from '../../kubelet/bodies/pods.ts';
import type { PodStats, StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import type { CpuPeriods } from '../../kubelet/bodies/throttling.ts';
import { toneOfShare } from '../../text/column.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import {
  detailSum,
  type Field,
  rowOf,
  summed,
  textField,
  type ViewOf,
  wideLabel,
  wideSum,
} from '../shared/rows/fields.ts';
import { type AmountOf, lastEndFields, resourceFields } from '../shared/rows/resource-fields.ts';
import { knownPods, unmeasuredField } from './known-pods.ts';
import { cpuField, moreUsageFields, shareFields, workingSetField } from './usage.ts';

const types = ['container', 'sidecar', 'init', 'ephemeral'] as const;
type ContainerType = (typeof types)[number];

interface ContainerSource {
  readonly node: string;
  readonly stats: PodStats;
  readonly usage: NonNullable<PodStats['containers']>[number];
  readonly owner: string | undefined;
  /** The container as /pods describes it; undefined if /pods was not read. */
  readonly found: KnownContainer | undefined;
  /** Why the kubelet does not measure the container: its state; undefined if the container is measured. */
  readonly unmeasured: string | undefined;
  readonly end: ReturnType<typeof lastEnd>;
  /** Undefined if /metrics/cadvisor was not read, or has nothing of the container. */
  readonly cpu: CpuPeriods | undefined;
  readonly amountOf: AmountOf | undefined;
  readonly running: AmountOf | undefined;
}

export function containerStatsRows(
  node: string,
  summary: StatsSummary,
  pods: PodsByUid | undefined,
  throttling?: ReadonlyMap<string, CpuPeriods>,
): readonly Row[] {
  return knownPods(summary, pods).flatMap(({ stats, pod, unmeasured: stateOfPod }) => {
    const { containers: measured = [] } = stats;
    const owner = pod && podOwner(pod);
    const byName = pod && containersOf(pod);
    const counted = pod && containerResources(pod);
    const inForce = pod && containerResourcesInForce(pod);
    const row = (usage: ContainerSource['usage'], unmeasured: string | undefined) => {
      const found = byName?.get(usage.name);
      const amounts = (resources: ResourceOf | undefined): AmountOf | undefined =>
        found && resources && ((kind, resource) => resources(found.container, kind, resource));
      const [amountOf, running] = [amounts(counted), amounts(inForce)];
      const { end, id = '' } = found ?? {};
      const cpu = throttling?.get(id);
      const source = { node, stats, usage, owner, found, unmeasured, end, cpu, amountOf, running };
      return rowOf(containerStatsView, source);
    };
    const names = new Set(measured.map(({ name }) => name));
    const others = [...(byName?.values() ?? [])].flatMap(
      ({ container: { name }, state = stateOfPod, isDone }) => {
        // In a pod that has not ended, a container that has done its work needs no row.
        const hasRow = !names.has(name) && (!isDone || (pod && hasEnded(pod)));
        return hasRow && state !== undefined ? [row({ name }, state)] : [];
      },
    );
    return [...measured.map((usage) => row(usage, undefined)), ...others];
  });
}

interface KnownContainer {
  readonly type: ContainerType;
  readonly container: Container;
  /** State, such as Running or CrashLoopBackOff; undefined if the kubelet has none. */
  readonly state: string | undefined;
  readonly isDone: boolean;
  readonly end: ReturnType<typeof lastEnd>;
  /** ID in the container runtime. */
  readonly id: string | undefined;
}

function containersOf(pod: KubeletPod): ReadonlyMap<string, KnownContainer> {
  const { spec } = pod;
  const statuses = statusesOf(pod);
  const typed = (list: readonly Container[] = [], typeOf: (each: Container) => ContainerType) =>
    list.map((container) => {
      const [type, found] = [typeOf(container), statuses.get(container.name)];
      const { terminated } = found?.state ?? {};
      const isDone = terminated !== undefined && (type === 'ephemeral' || !terminated.exitCode);
      const state = found && containerState(found);
      const end = lastEnd(found ? [found] : []);
      const id = found?.containerID?.replace(/^.*:\/\//s, '');
      return [container.name, { type, container, state, isDone, end, id }] as const;
    });
  return new Map([
    ...typed(spec.ephemeralContainers, () => 'ephemeral'),
    ...typed(spec.initContainers, (each) => (isSidecar(each) ? 'sidecar' : 'init')),
    ...typed(spec.containers, () => 'container'),
  ]);
}

const periods: Field<ContainerSource> = {
  ...{ head: 'CPU PERIODS', key: 'cpuPeriods', unit: 'count', detail: true },
  of: ({ cpu }) => cpu?.periods,
  about: 'Periods of the CPU quota since the start. Absent without a CPU limit.',
};
const throttled: Field<ContainerSource> = {
  ...{ head: 'THROTTLED PERIODS', key: 'cpuThrottledPeriods', unit: 'count', detail: true },
  of: ({ cpu }) => cpu?.throttled,
  about: 'Periods in which the CPU limit stopped the container, since its start.',
};
const throttledFields: readonly Field<ContainerSource>[] = [
  {
    ...{ head: 'THROTTLED', key: 'cpuThrottledPercent', unit: 'percent', wide: true },
    of: ({ cpu }) => percentOf(cpu?.throttled, cpu?.periods),
    shareOfChange: [throttled.key, periods.key],
    toneOf: toneOfShare,
    about:
      'Share of periods in which the CPU limit stopped the container: since its start, or with --watch since the previous reading. From /metrics/cadvisor, which is read only with -o wide or --sort-by throttled.',
  },
  throttled,
  periods,
];

export const containerStatsView: ViewOf<ContainerSource> = {
  kind: 'KubeletContainerStatsList',
  names: 'pod',
  info: { name: 'container_info', help: 'Kind of the container, and what owns its pod.' },
  columns: [
    textField('NAMESPACE', 'namespace', ({ stats }) => stats.podRef.namespace),
    textField('POD', 'pod', ({ stats }) => stats.podRef.name),
    textField('CONTAINER', 'container', ({ usage }) => usage.name),
    textField('NODE', 'node', ({ node }) => node, { wide: true }),
    cpuField('container'),
    ...shareFields('container', 'cpu'),
    workingSetField('container'),
    ...shareFields('container', 'memory'),
    ...throttledFields,
    ...resourceFields('container'),
    summed('DISK', 'ephemeralUsedBytes', 'bytes', {
      of: ({ usage: { rootfs, logs } }) => sum(known(rootfs?.usedBytes), known(logs?.usedBytes)),
      name: 'container_ephemeral_storage_used_bytes',
      help: 'Bytes in the writable layer and the logs of the container.',
    }),
    detailSum('LAYER', 'layerUsedBytes', 'bytes', {
      of: ({ usage: { rootfs } }) => known(rootfs?.usedBytes),
      name: 'container_layer_used_bytes',
      help: 'Bytes in the writable layer of the container.',
    }),
    detailSum('LOGS', 'logsUsedBytes', 'bytes', {
      of: ({ usage: { logs } }) => known(logs?.usedBytes),
      name: 'container_logs_used_bytes',
      help: 'Bytes in the logs of the container.',
      about: 'With logs that were rotated.',
    }),
    wideSum('DISK LIMIT', 'ephemeralLimitBytes', 'bytes', {
      of: ({ found }) => amountIn(found?.container.resources?.limits, 'ephemeral-storage'),
      name: 'container_ephemeral_storage_limit_bytes',
      help: 'Bytes of layer and logs above which the pod is evicted.',
    }),
    detailSum('INODES', 'layerInodesUsed', 'count', {
      of: ({ usage: { rootfs } }) => known(rootfs?.inodesUsed),
      name: 'container_layer_inodes_used',
      help: 'Inodes in the writable layer of the container.',
    }),
    ...lastEndFields('container'),
    ...moreUsageFields('container'),
    textField('TYPE', 'type', ({ found }) => found?.type, {
      ...{ ...wideLabel, type: types },
      about: 'Absent without /pods.',
    }),
    unmeasuredField,
    textField('OWNER', 'owner', ({ owner }) => owner, {
      ...wideLabel,
      about: 'Owner of its pod, such as Deployment/web; absent without /pods.',
    }),
  ],
};
