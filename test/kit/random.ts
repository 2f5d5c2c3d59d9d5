/** Seed of everything random; `npm test -- --seed N` repeats a run. */
const seed = Number(process.env['TEST_SEED'] ?? 1);

/** Whether this is a sweep (`npm run test:sweep`), which tests more cases. */
export const sweeps = process.env['TEST_SWEEP'] === 'true';

/** The seed chooses one of `oneOf` cases; the sweep runs every case. */
export function isShared(index: number, oneOf: number): boolean {
  return sweeps || (index + seed) % oneOf === 0;
}

/** Returns one of `oneOf` items; the sweep returns all. The seed and `start` choose the item. */
export function shareOf<T>(items: readonly T[], oneOf: number, start = 0): readonly T[] {
  return items.filter((_, index) => isShared(index + start, oneOf));
}

/** A property runs `share` times in `npm test`, by default at least 100,000 times in the sweep. */
export function runs(share: number, inSweep = Math.max(100_000, 10 * share)) {
  return { seed, numRuns: sweeps ? inSweep : share };
}
