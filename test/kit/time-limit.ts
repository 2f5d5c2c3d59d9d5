import { availableParallelism, loadavg } from 'node:os';
import { sweeps } from './random.ts';

/**
 * A time limit of the program that a dead node meets and a live one does not: so many ms, and longer on a machine that is busy with more
 * than the tests, or with a thousand nodes in one process.
 */
export function timeLimitMs(ms: number): number {
  const [load = 0] = loadavg();
  return Math.ceil((sweeps ? 4 : 1) * ms * Math.max(1, load / (2 * availableParallelism())));
}

/** The same in seconds, as `--timeout` takes it. */
export function timeLimit(seconds: number): string {
  return `${Math.ceil(timeLimitMs(1000 * seconds) / 1000)}s`;
}
