/** Of everything that is random, to have a run again: `npm test -- --seed N`. */
const seed = Number(process.env['TEST_SEED'] ?? 1);

/** Whether this is `npm run test:sweep`, which tries everything longer. */
export const sweeps = process.env['TEST_SWEEP'] === 'true';

/** Whether a case is in the share that runs: one of so many, by the seed; in the sweep, all are. */
export function isShared(index: number, oneOf: number): boolean {
  return sweeps || (index + seed) % oneOf === 0;
}

/** The share of them that runs; with another `start`, another share. */
export function shareOf<T>(items: readonly T[], oneOf: number, start = 0): readonly T[] {
  return items.filter((_, index) => isShared(index + start, oneOf));
}

/** How often fast-check tries a property: a share of it in `npm test`, and at least 100,000 times in the sweep unless told. */
export function runs(share: number, inSweep = Math.max(100_000, 10 * share)) {
  return { seed, numRuns: sweeps ? inSweep : share };
}
