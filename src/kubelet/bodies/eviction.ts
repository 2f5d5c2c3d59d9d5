import * as v from '@badrap/valita';
import { checkType } from '../../schema.ts';
import type { KubeletConfiguration } from '../configz.ts';
import { type Count, difference, known, percentOf, sum } from './exact.ts';
import { parseQuantity } from './quantity.ts';
import { type FileSystem, type NodeStats, separateContainerFs } from './stats-summary.ts';

/** Eviction signals in the order in which the kubelet handles them: memory comes first. */
export const signals = [
  'memory.available',
  'allocatableMemory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'containerfs.available',
  'containerfs.inodesFree',
  'pid.available',
] as const;

export type Signal = (typeof signals)[number];

export type Threshold = { readonly amount: Count } | { readonly share: number };

/** Thresholds of evictionHard, below which a kubelet evicts pods at once. For a signal without a threshold, it evicts no pod. */
export type Thresholds = ReadonlyMap<Signal, Threshold>;

const settings = v.object({
  evictionHard: v.record(v.string()).optional(),
  enforceNodeAllocatable: v.array(v.string()).optional(),
});

/**
 * Returns the thresholds in force; undefined if they cannot be read. /configz contains the defaults, and with
 * mergeDefaultEvictionSettings the merged thresholds. So a signal that is missing there has no threshold.
 */
export function evictionThresholds(configuration: KubeletConfiguration): Thresholds | undefined {
  const { evictionHard, enforceNodeAllocatable } = configuration;
  const { decoded } = checkType(settings, { evictionHard, enforceNodeAllocatable });
  if (!decoded) return undefined;
  const { value } = decoded;
  const thresholds = new Map<Signal, Threshold>();
  for (const [name, text] of Object.entries(value.evictionHard ?? {})) {
    const threshold = parseThreshold(text);
    if (threshold === undefined) return undefined;
    const signal = signals.find((each) => each === name);
    // Skips configured thresholds of containerfs signals, because the kubelet replaces them by its own.
    if (signal && threshold !== 'none' && !signal.startsWith('containerfs.'))
      thresholds.set(signal, threshold);
  }
  const memory = thresholds.get('memory.available');
  // If the kubelet enforces a memory limit on all pods together, the threshold also applies to this limit.
  if (memory && value.enforceNodeAllocatable?.includes('pods'))
    thresholds.set('allocatableMemory.available', memory);
  return thresholds;
}

/** Parses a threshold: a quantity or a percentage. Converts a percentage with 32-bit floats, as the kubelet does. */
function parseThreshold(text: string): Threshold | 'none' | undefined {
  if (text === '0%' || text === '100%') return 'none';
  if (!text.endsWith('%')) {
    const amount = parseQuantity(text);
    return amount === undefined ? undefined : { amount };
  }
  const number = text.slice(0, -1);
  if (!/^\d{1,20}(?:\.\d{1,20})?$/.test(number)) return undefined;
  return { share: Math.fround(Math.fround(Number(number)) / 100) };
}

export interface Headroom {
  readonly signal: Signal;
  /** Bytes, inodes or processes that can still be used before the kubelet evicts pods. Negative if it evicts pods now. */
  readonly amount: Count;
  /** `amount` in percent of the capacity; undefined if the capacity is 0. */
  readonly percent: number | undefined;
}

interface Observation {
  readonly available: Count | undefined;
  readonly capacity: Count | undefined;
}

export function findHeadrooms(node: NodeStats, thresholds: Thresholds): readonly Headroom[] {
  const observed = observe(node);
  return signals.flatMap((signal) => {
    const threshold = thresholdFor(signal, thresholds);
    return threshold ? headroomOf(signal, observed[signal], threshold) : [];
  });
}

/** A resource is nearly full if less than this percentage of its capacity is left. */
const nearlyFull = 10;

/**
 * Finds the fullest resource without a threshold. The kubelet never evicts pods for such a resource. Undefined if at least 10 % of
 * the resource is left.
 */
export function findUnwatched(node: NodeStats, thresholds: Thresholds): Headroom | undefined {
  const observed = observe(node);
  const unwatched = signals
    // The signal `allocatableMemory.available` only repeats `memory.available`.
    .filter((signal) => signal !== 'allocatableMemory.available')
    .filter((signal) => !thresholdFor(signal, thresholds))
    .flatMap((signal) => headroomOf(signal, observed[signal], { amount: 0 }));
  const least = tightest(unwatched);
  return least?.percent !== undefined && least.percent < nearlyFull ? least : undefined;
}

function headroomOf(
  signal: Signal,
  { available, capacity }: Observation,
  threshold: Threshold,
): readonly Headroom[] {
  if (available === undefined || capacity === undefined || available > capacity) return [];
  const amount = difference(available, amountOf(threshold, capacity));
  return amount === undefined ? [] : [{ signal, amount, percent: percentOf(amount, capacity) }];
}

export function tightest(headrooms: readonly Headroom[]): Headroom | undefined {
  return headrooms
    .filter(({ percent }) => percent !== undefined)
    .toSorted((one, other) => (one.percent ?? 0) - (other.percent ?? 0))[0];
}

function amountOf(threshold: Threshold, capacity: Count): Count {
  return 'amount' in threshold ? threshold.amount : Math.trunc(Number(capacity) * threshold.share);
}

/** Returns the threshold of a signal. Kubelets apply the thresholds of nodefs to a separate file system of containers. */
function thresholdFor(signal: Signal, thresholds: Thresholds): Threshold | undefined {
  return thresholds.get(signal.replace('containerfs', 'nodefs') as Signal);
}

function observe(node: NodeStats): Readonly<Record<Signal, Observation>> {
  const { memory, fs, runtime, rlimit, systemContainers = [] } = node;
  const container = (name: string) => systemContainers.find((each) => each.name === name)?.memory;
  const pods = container('pods');
  // On Windows, kubelets watch committed memory instead of the working set.
  const committed = container('windows-global-commit-memory');
  const containerFs = separateContainerFs(node);
  const processes = known(rlimit?.maxpid);
  return {
    'memory.available': committed
      ? memoryOf(committed.availableBytes, committed.usageBytes)
      : memoryOf(memory?.availableBytes, memory?.workingSetBytes),
    'allocatableMemory.available': memoryOf(pods?.availableBytes, pods?.workingSetBytes),
    'nodefs.available': bytesOf(fs),
    'nodefs.inodesFree': inodesOf(fs),
    'imagefs.available': bytesOf(runtime?.imageFs),
    'imagefs.inodesFree': inodesOf(runtime?.imageFs),
    'containerfs.available': bytesOf(containerFs),
    'containerfs.inodesFree': inodesOf(containerFs),
    'pid.available': {
      available: difference(processes, known(rlimit?.curproc)),
      capacity: processes,
    },
  };
}

function memoryOf(availableBytes: Count | undefined, usedBytes: Count | undefined): Observation {
  const [available, used] = [known(availableBytes), known(usedBytes)];
  const isKnown = available !== undefined && used !== undefined;
  return { available, capacity: isKnown ? sum(available, used) : undefined };
}

function bytesOf({ availableBytes, capacityBytes }: FileSystem = {}): Observation {
  return { available: known(availableBytes), capacity: known(capacityBytes) };
}

function inodesOf({ inodesFree, inodes }: FileSystem = {}): Observation {
  return { available: known(inodesFree), capacity: known(inodes) };
}
