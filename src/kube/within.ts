import { Interrupted } from '../errors.ts';
import { onAbort } from './on-abort.ts';

/**
 * What `start` comes to, in so many ms and before `signal` aborts. Throws `late()` or Interrupted otherwise, and what was started goes
 * on: whoever calls ends it. `allow` begins another limit, from then on.
 */
export function within<T>(
  signal: AbortSignal,
  ms: number,
  late: () => Error,
  start: (allow: (ms: number) => void) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted());
    let timer: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(timer);
      forget();
    };
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const allow = (more: number) => {
      clearTimeout(timer);
      if (more < Number.POSITIVE_INFINITY)
        timer = setTimeout(() => fail(late()), Math.max(0, more));
    };
    const forget = onAbort(signal, () => fail(new Interrupted()));
    allow(ms);
    start(allow).then((value) => {
      settle();
      resolve(value);
    }, fail);
  });
}
