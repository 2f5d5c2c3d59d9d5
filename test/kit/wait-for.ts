import { setTimeout as sleep } from 'node:timers/promises';

interface Wait {
  /** Completes the sentence "gave up waiting for …". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Tried over and over; true ends the wait. What it throws ends it as a failure. */
  probe(): Promise<boolean> | boolean;
}

/** Waits until the probe says true; throws after the time limit or when the signal says so. */
export async function waitFor({ what, timeoutMs, signal, probe }: Wait): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await probe())) {
    if (performance.now() > deadline) {
      throw new Error(`gave up waiting for ${what} after ${timeoutMs / 1000} s`);
    }
    await sleep(100);
    signal.throwIfAborted();
  }
}
