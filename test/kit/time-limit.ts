import { availableParallelism, loadavg } from 'node:os';

/**
 * A time limit of the program that a dead node meets and a live one does not, as `--timeout` takes it: so many seconds, and longer on a
 * machine that is busy with more than the tests.
 */
export function timeLimit(seconds: number): string {
  const [load = 0] = loadavg();
  return `${Math.ceil(seconds * Math.max(1, load / (2 * availableParallelism())))}s`;
}
