/** The seed of everything random; `npm test -- --seed N` repeats a run. */
const seed = Number(process.env['TEST_SEED'] ?? 1);

/** Whether this is `npm run test:sweep`, which runs everything longer. */
export const sweeps = process.env['TEST_SWEEP'] === 'true';

/** Whether a case runs: one of `oneOf` cases, by the seed; in the sweep, every case. */
export function isShared(index: number, oneOf: number): boolean {
  return sweeps || (index + seed) % oneOf === 0;
}

/** One of `oneOf` items, by the seed; in the sweep, all items. Another `start` selects other items. */
export function shareOf<T>(items: readonly T[], oneOf: number, start = 0): readonly T[] {
  return items.filter((_, index) => isShared(index + start, oneOf));
}

/** The number of runs of a property by fast-check: `share` in `npm test`, by default at least 100,000 in the sweep. */
export function runs(share: number, inSweep = Math.max(100_000, 10 * share)) {
  return { seed, numRuns: sweeps ? inSweep : share };
}
