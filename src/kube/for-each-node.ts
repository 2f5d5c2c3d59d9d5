import { Semaphore } from 'async-mutex';
import { Interrupted } from '../errors.ts';
import { longestMs } from '../text/duration.ts';
import { defaultLimits, type Limits } from './transport/limits.ts';

export type NodeLimits = Limits & { readonly deadline: number };

/** The place of a visit among those that run at once. */
export interface Turn {
  /**
   * To be awaited before a response is read: a node that was slow to answer has lost its place by then, and waits for
   * another.
   */
  resume(): Promise<void>;
}

export interface NodeVisits<N, T> {
  /** How many nodes are visited at once. One that has been silent for `patienceMs` does not count. */
  readonly parallel: number;
  /** In ms, for all requests of one visit together. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called at the start, and after each node. */
  readonly progress: (done: number, all: number) => void;
  /** Awaited before each visit, in order: visits may have to wait for the results of earlier ones. */
  readonly ready?: () => Promise<void>;
  /** Whatever it throws ends all visits, except Interrupted after an abort. */
  readonly visit: (node: N, limits: NodeLimits, turn: Turn) => Promise<T>;
  /** The result for a node whose visit an abort prevented or cut short. */
  readonly interrupted: (node: N) => T;
}

/** In ms. Dead nodes then cost one time limit together, not a limit each. */
const patienceMs = 1000;

/** How many silent nodes may wait beside those that count: each holds a connection. */
const mostSilent = 1000;

/** Visits each node once. The results are in the order of `nodes`, and after an abort, too, there is one for each. */
export async function forEachNode<N, T>(
  nodes: readonly N[],
  visits: NodeVisits<N, T>,
): Promise<readonly T[]> {
  const { parallel, progress, ready } = visits;
  const places = new Semaphore(parallel);
  const connections = new Semaphore(parallel + mostSilent);
  const running: Promise<T>[] = [];
  let failed = false;
  let done = 0;
  progress(done, nodes.length);
  for (const node of nodes) {
    await ready?.();
    await connections.acquire();
    const place = await takePlace(places);
    if (failed) break;
    const visited = visitOnce(node, visits, place).finally(() => {
      place.release();
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
  place: Place,
): Promise<T> {
  if (signal.aborted) return interrupted(node);
  const timer = setTimeout(place.release, Math.min(patienceMs, timeoutMs));
  const resume = () => {
    clearTimeout(timer);
    return place.retake();
  };
  try {
    return await visit(node, limitsWithin(timeoutMs), { resume });
  } catch (error) {
    if (error instanceof Interrupted && signal.aborted) return interrupted(node);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

interface Place {
  /** Does nothing if it is released. */
  readonly release: () => void;
  /** Takes one again, before all that have not begun. */
  readonly retake: () => Promise<void>;
}

async function takePlace(places: Semaphore): Promise<Place> {
  let release: (() => void) | undefined;
  const take = async (priority: number) => {
    [, release] = await places.acquire(1, priority);
  };
  await take(0);
  return {
    release: () => {
      release?.();
      release = undefined;
    },
    retake: async () => {
      if (!release) await take(1);
    },
  };
}

/** For several requests that together may take so many ms from now. */
export function limitsWithin(wanted: number): NodeLimits {
  const ms = Math.min(wanted, longestMs);
  return {
    connectMs: Math.min(ms, defaultLimits.connectMs),
    answerMs: ms,
    deadline: performance.now() + ms,
  };
}
