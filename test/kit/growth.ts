import { sweeps } from './random.ts';

/** Lengths of texts. Linear code reads most of them in a millisecond. Quadratic code takes 0.1 s for the longest. */
const lengths = [200, 800, 3200, 12_800, 51_200, 204_800, 1_000_000];
const slowMs = 15;

/**
 * Returns undefined if `use` takes linear time, else its times for a length and twice that length. @param most characters of the longest
 * text
 */
export function growth(
  use: (text: string) => unknown,
  make: (length: number) => string,
  most = sweeps ? 1_000_000 : 12_800,
): string | undefined {
  const length = firstSlow(use, make, most);
  if (length === undefined) return undefined;
  // Quadratic code is slow each time, but a busy machine is not.
  const times = Array.from({ length: 4 }, () => [
    cost(use, make(length / 2)),
    cost(use, make(length)),
  ]);
  const isSlow = times.every(([one = 0, two = 0]) => two > slowMs && two > one * 2.9);
  return isSlow ? `${times.join(' ms, then ')} ms, for twice the length` : undefined;
}

function firstSlow(use: (text: string) => unknown, make: (length: number) => string, most: number) {
  for (const length of lengths) {
    if (length > most) return undefined;
    const text = make(length);
    const start = performance.now();
    use(text);
    const ms = performance.now() - start;
    if (ms > slowMs && cost(use, text) > slowMs) return length;
    if (length >= 12_800 && ms * 16 < slowMs) return undefined;
  }
  return undefined;
}

/** Returns the shortest CPU time of several runs in this thread, in ms, because garbage collection slows down some runs. */
function cost(use: (text: string) => unknown, text: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < 4 && (count === 0 || least > slowMs); count += 1) {
    const start = process.threadCpuUsage();
    use(text);
    const { user, system } = process.threadCpuUsage(start);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

export const fill = (piece: string, length: number) =>
  piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
