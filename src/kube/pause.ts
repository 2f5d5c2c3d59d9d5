import { setTimeout as sleep } from 'node:timers/promises';
import { longestMs } from '../text/duration.ts';

/** Waits; false if `signal` aborted the wait. */
export async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.min(ms, longestMs), undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
