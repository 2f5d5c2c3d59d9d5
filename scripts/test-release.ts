// `npm run test:release [-- PATTERN]`: makes a release of all platforms and tests what users download.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { missingPrerequisite } from '../test/cluster/prerequisites.ts';
import { formatCounts, runTestFiles } from '../test/kit/run.ts';
import { root } from './paths.ts';
import { needArmEmulation, needCommand } from './release/tools.ts';

process.chdir(root);
const missing =
  (await missingPrerequisite()) ??
  (process.arch === 'x64'
    ? undefined
    : `all programs of a release run on x64, not on ${process.arch}`);
if (missing !== undefined) {
  // Skipped for a person without root or Go, a failure in CI.
  const ci = process.env['CI'] === 'true';
  process.stdout.write(`skipped: the release suite: ${missing}\n`);
  process.stdout.write(formatCounts({ passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 }));
  process.exit(ci ? 1 : 0);
}
await needCommand('unzip', 'unzip');
await needArmEmulation();

const { status } = spawnSync('npm', ['run', '--silent', 'release'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (status !== 0) process.exit(1);

const [pattern = ''] = process.argv.slice(2);
const files = globSync('test/release/*.release.ts')
  .sort()
  .filter((file) => file.includes(pattern));
const counts = await runTestFiles(files.map((file) => join(root, file)));
process.stdout.write(formatCounts(counts));
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
