import { Interrupted } from '../errors.ts';
import { onAbort } from './on-abort.ts';

/**
 * What `start` comes to, in so many ms and before `signal` aborts. Throws `late()` or Interrupted otherwise, and what was started goes
 * on: whoever calls ends it.
 */
export function within<T>(
  signal: AbortSignal,
  ms: number,
  late: () => Error,
  start: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted());
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const timer =
      ms === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => fail(late()), Math.max(0, ms));
    const forget = onAbort(signal, () => fail(new Interrupted()));
    start().then((value) => {
      settle();
      resolve(value);
    }, fail);
  });
}
