import { Interrupted } from '../errors.ts';
import { paused } from './pause.ts';

/** What came of an attempt. */
export type Tried<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown };

/**
 * Tries until `waitAfter` has no more ms to wait after an attempt, from 1 on: that one's value is returned, or its error thrown.
 * Throws Interrupted once `signal` aborts a wait.
 */
export async function tryAgain<T>(
  attempt: (count: number) => Promise<T>,
  waitAfter: (tried: Tried<T>, count: number) => number | undefined,
  signal: AbortSignal,
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
    if (!(await paused(ms, signal))) throw new Interrupted();
  }
}
