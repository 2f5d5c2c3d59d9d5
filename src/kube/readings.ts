import { paused } from './within.ts';

/** Yields the result of `read` repeatedly, with a pause of `pauseMs` between two readings, until the signal aborts. */
export async function* readings<T>(
  read: () => Promise<T>,
  { pauseMs, signal }: { readonly pauseMs: () => number; readonly signal: AbortSignal },
): AsyncGenerator<T, void> {
  do yield await read();
  while (await paused(pauseMs(), signal));
}
