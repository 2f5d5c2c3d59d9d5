import { parseLikeness } from '../likeness/likenesses.ts';
import { startCluster } from './cluster.ts';
import type { RealCluster } from './real-cluster.ts';
import { parseVersion } from './versions.ts';

let started: Promise<RealCluster> | undefined;
const interruption = new AbortController();

/** All suites of a run share this cluster. `npm run test:cluster` names its version and kind. */
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

/** Stops the cluster, even if its start is not complete. */
export async function abandonCluster(): Promise<void> {
  interruption.abort(new Error('interrupted'));
  // An unfinished start cleans up after itself, and then fails.
  await started?.then(
    (cluster) => cluster.stop(),
    () => undefined,
  );
}
