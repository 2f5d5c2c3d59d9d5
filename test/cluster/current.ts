import { parseLikeness } from '../likeness/likenesses.ts';
import { startCluster } from './cluster.ts';
import type { RealCluster } from './real-cluster.ts';
import { parseVersion } from './versions.ts';

let started: Promise<RealCluster> | undefined;
const interruption = new AbortController();

/** Starts the cluster that the suites of a run share, with the version and the kind given to `npm run test:cluster`. */
export function currentCluster(): Promise<RealCluster> {
  started ??= start();
  return started;
}

async function start(): Promise<RealCluster> {
  const minor = parseVersion(process.env['KUBELETACCESS_TEST_VERSION'] ?? '');
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const like = process.env['KUBELETACCESS_TEST_LIKENESS'];
  const likeness = like ? parseLikeness(like) : undefined;
  return startCluster({ minor, likeness, task: { signal: interruption.signal, note } });
}

/** Stops the cluster at the end of a run or after an interruption, even if it has not started completely. */
export async function abandonCluster(): Promise<void> {
  interruption.abort(new Error('interrupted'));
  // An unfinished start cleans up after itself, and then fails.
  await started?.then(
    (cluster) => cluster.stop(),
    () => undefined,
  );
}
