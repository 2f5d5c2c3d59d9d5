import { paused } from './within.ts';

/** Calls `read` repeatedly and yields its results, with a pause of `pauseMs` between calls, until the signal aborts. */
export async function* readings<T>(
  read: () => Promise<T>,
  { pauseMs, signal }: { readonly pauseMs: () => number; readonly signal: AbortSignal },
): AsyncGenerator<T, void> {
  do yield await read();
  while (await paused(pauseMs(), signal));
}
