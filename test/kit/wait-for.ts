import { setTimeout as sleep } from 'node:timers/promises';

/** Throws an Error at the time limit, and any error of the probe at once. @param what completes the sentence "gave up waiting for …" */
export async function waitFor(
  what: string,
  timeoutMs: number,
  probe: () => Promise<boolean> | boolean,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await probe())) {
    if (performance.now() > deadline)
      throw new Error(`gave up waiting for ${what} after ${timeoutMs / 1000} s`);
    await sleep(100);
    signal?.throwIfAborted();
  }
}
