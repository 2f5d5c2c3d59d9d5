import { setTimeout as sleep } from 'node:timers/promises';

/** Some time, in ms; false if it was ended before. */
export async function paused(ms: number, ending: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: ending });
    return true;
  } catch (error) {
    if (ending.aborted) return false;
    throw error;
  }
}
