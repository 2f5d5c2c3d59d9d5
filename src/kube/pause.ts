import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; false if `signal` aborted the wait. */
export async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
