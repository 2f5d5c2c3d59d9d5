// `npm run test:release [-- PATTERN]`: makes a release of all platforms and tests what users download.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages, missingPrerequisite } from '../test/cluster/prerequisites.ts';
import { findCommand } from '../test/cluster/shell.ts';
import { quietTask } from '../test/cluster/task.ts';
import { formatCounts, runTestFiles } from '../test/kit/run.ts';
import { root } from './paths.ts';

const crossLibraries = '/usr/aarch64-linux-gnu/lib';
const packages = [
  { name: 'unzip', isHere: () => findCommand('unzip') !== undefined },
  { name: 'qemu-user-static', isHere: () => findCommand('qemu-aarch64-static') !== undefined },
  { name: 'libc6-arm64-cross', isHere: () => existsSync(`${crossLibraries}/libc.so.6`) },
  { name: 'libstdc++6-arm64-cross', isHere: () => existsSync(`${crossLibraries}/libstdc++.so.6`) },
  { name: 'libatomic1-arm64-cross', isHere: () => existsSync(`${crossLibraries}/libatomic.so.1`) },
];

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
const absent = packages.filter(({ isHere }) => !isHere()).map(({ name }) => name);
if (absent.length > 0) await installPackages(absent, quietTask);

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
