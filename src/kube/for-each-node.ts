import { Semaphore } from 'async-mutex';
import { Interrupted } from '../errors.ts';
import { type Limits, limitsWithin } from './transport/limits.ts';

/** Permission to run for one visit: at most `parallel` visits have a slot at once. */
export interface Slot {
  /** Frees the slot for other visits until `resume`. */
  pause(): void;
  /** Must be awaited after a pause and before a response is read, because the visit of a slow node may have lost its slot. */
  resume(): Promise<void>;
}

export interface NodeVisits<N, T> {
  readonly parallel: number;
  /**
   * Whether visits of nodes that do not respond give up their slots, so that all dead nodes together delay the result by only one time
   * limit.
   */
  readonly makesRoom?: boolean;
  /** Time limit of all requests of one visit together, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called before the first visit and after each visit. */
  readonly progress: (done: number, all: number) => void;
  /** Awaited before each visit. Visits start in the order of `nodes`, because a visit may need the results of earlier visits. */
  readonly ready?: () => Promise<void>;
  /** Visits a node. `forEachNode` throws the error of a visit, except Interrupted after an abort. */
  readonly visit: (node: N, limits: Limits, slot: Slot) => Promise<T>;
  /** Returns the result for a node whose visit was prevented or stopped by an abort. */
  readonly interrupted: (node: N) => T;
}

/** Maximum number of visits that wait for a response without a slot. Each of these visits keeps a connection open. */
const mostSilent = 1000;

/** If no visit ends for this time in ms, all visits without a response give up their slots. */
const mostIdle = 2000;

/** Visits each node once. Returns one result for each node, in the order of `nodes`, even after an abort. */
export async function forEachNode<N, T>(
  nodes: readonly N[],
  visits: NodeVisits<N, T>,
): Promise<readonly T[]> {
  const { parallel, makesRoom = false, progress, ready } = visits;
  const takeSlot = openSlots(parallel, makesRoom);
  const connections = new Semaphore(parallel + mostSilent);
  const running: Promise<T>[] = [];
  let failed = false;
  let done = 0;
  progress(done, nodes.length);
  for (const node of nodes) {
    await ready?.();
    await connections.acquire();
    const slot = await takeSlot();
    if (failed) break;
    const visited = visitOnce(node, visits, slot).finally(() => {
      slot.leave();
      connections.release();
      done += 1;
      progress(done, nodes.length);
    });
    visited.catch(() => {
      failed = true;
    });
    running.push(visited);
  }
  return Promise.all(running);
}

async function visitOnce<N, T>(
  node: N,
  { signal, timeoutMs, visit, interrupted }: NodeVisits<N, T>,
  slot: HeldSlot,
): Promise<T> {
  if (signal.aborted) return interrupted(node);
  try {
    return await visit(node, limitsWithin(timeoutMs), slot);
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return interrupted(node);
    throw error;
  }
}

/** The slot of a visit. `leave` frees it when the visit ends. */
interface HeldSlot extends Slot {
  readonly leave: () => void;
}

interface SilentVisit {
  readonly number: number;
  /** Number of visits that began later and have ended. */
  overtaken: number;
  readonly release: () => void;
}

/**
 * A visit without a response gives up its slot when `count` later visits have ended, or when no visit has ended for `mostIdle`. A time
 * limit for each visit would not work: on a slow machine, more and more visits would start.
 */
function openSlots(count: number, makesRoom: boolean) {
  const semaphore = new Semaphore(count);
  /** Visits that have no response yet, in the order in which they started. */
  const silent = new Set<SilentVisit>();
  let begun = 0;
  let idle: NodeJS.Timeout | undefined;
  const releaseAll = () => {
    idle = undefined;
    for (const { release } of silent) release();
  };
  return async (): Promise<HeldSlot> => {
    let [, free]: [number, (() => void)?] = await semaphore.acquire();
    if (makesRoom) idle ??= setTimeout(releaseAll, mostIdle);
    const release = () => {
      silent.delete(visit);
      free?.();
      free = undefined;
    };
    begun += 1;
    const visit = { number: begun, overtaken: 0, release };
    if (makesRoom) silent.add(visit);
    return {
      pause: release,
      resume: async () => {
        silent.delete(visit);
        // With priority 1, this visit gets a slot before visits that have not begun.
        if (!free) [, free] = await semaphore.acquire(1, 1);
      },
      leave: () => {
        for (const other of silent) {
          if (other.number >= visit.number) break;
          other.overtaken += 1;
          if (other.overtaken >= count) other.release();
        }
        release();
        if (silent.size > 0) idle?.refresh();
        else {
          clearTimeout(idle);
          idle = undefined;
        }
      },
    };
  };
}
