import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so many ms; false if `signal` ended the wait. */
export async function paused(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
