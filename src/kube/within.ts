import { setTimeout as sleep } from 'node:timers/promises';
import { Interrupted } from '../errors.ts';
import { longestMs } from '../text/duration.ts';

/**
 * Returns the result of `start` if it is available within `ms` and before `signal` aborts. Otherwise throws `late()` or Interrupted; the
 * caller must then stop the work. `start` may call `allow` to set another time limit from then on.
 */
export function within<T>(
  signal: AbortSignal,
  ms: number,
  late: () => Error,
  start: (allow: (ms: number) => void) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted());
    let timer: NodeJS.Timeout | undefined;
    let isSettled = false;
    const settle = () => {
      isSettled = true;
      clearTimeout(timer);
      forget();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const allow = (more: number) => {
      clearTimeout(timer);
      if (!isSettled && more < Number.POSITIVE_INFINITY)
        timer = setTimeout(() => fail(late()), Math.max(0, more));
    };
    const forget = onAbort(signal, () => fail(new Interrupted()));
    allow(ms);
    start(allow).then((value) => {
      settle();
      resolve(value);
    }, fail);
  });
}

const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `act` when the signal aborts, or in a microtask if it has already aborted. The returned function cancels this. All calls for a
 * signal share one listener, because Node.js compares each new listener with all existing ones, and there may be thousands.
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  const acts = waiting.get(signal) ?? new Set();
  if (!waiting.has(signal)) {
    waiting.set(signal, acts);
    const abort = () => {
      for (const each of acts) each();
    };
    signal.addEventListener('abort', abort, { once: true });
  }
  acts.add(act);
  if (signal.aborted) queueMicrotask(() => acts.has(act) && act());
  return () => {
    acts.delete(act);
  };
}

/** Waits for `ms`; returns false if `signal` aborted the wait. */
export async function paused(ms: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.min(ms, longestMs), undefined, signal && { signal });
    return true;
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  }
}
