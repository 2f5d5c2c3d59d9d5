import { Interrupted } from '../errors.ts';
import type { HttpResponse } from './transport/transport.ts';
import { paused } from './within.ts';

export type Tried<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown };

/**
 * Calls `attempt` until `waitAfter` returns undefined; then returns the last value, or throws the last error. Before each further call,
 * waits for as many ms as `waitAfter` returned. `count` begins at 1. Throws Interrupted if `signal` aborts a wait.
 */
export async function tryAgain<T>(
  attempt: (count: number) => Promise<T>,
  waitAfter: (tried: Tried<T>, count: number) => number | undefined,
  signal?: AbortSignal,
): Promise<T> {
  for (let count = 1; ; count += 1) {
    const tried: Tried<T> = await attempt(count).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const ms = waitAfter(tried, count);
    if (ms === undefined) {
      if ('error' in tried) throw tried.error;
      return tried.value;
    }
    if (ms > 0 && !(await paused(ms, signal))) throw new Interrupted();
  }
}

/**
 * Returns the Retry-After of a response in ms; undefined if there is none, or if the status is neither 429 nor 5xx.
 *
 * @param now in ms since 1970
 */
export function retryAfterMs(
  { status, headers }: Pick<HttpResponse, 'status' | 'headers'>,
  now: number,
): number | undefined {
  const after = headers['retry-after'];
  if (after === undefined || !(status === 429 || status >= 500)) return undefined;
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  return Number.isNaN(date) || !/[A-Za-z]/.test(after) ? undefined : Math.max(0, date - now);
}
