// `npm test [-- PATTERN]`: types, lint, build, then all tests that do not need root. With a pattern: only test files whose path contains it.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { formatCounts, runTestFiles } from '../test/kit/run.ts';

const root = join(import.meta.dirname, '..');
const pattern = process.argv[2] ?? '';
process.chdir(root);

/** Runs a script of package.json, and exits if it fails. */
function npmRun(script: string): void {
  const { status } = spawnSync('npm', ['run', '--silent', script], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stdout.write(
    `npm run ${script} failed\n${formatCounts({ passed: 0, failed: 1, skipped: 0 })}`,
  );
  process.exit(1);
}

if (pattern === '') for (const script of ['check', 'build']) npmRun(script);
const files = globSync('test/**/*.test.ts')
  .sort()
  .filter((file) => file.includes(pattern));
const counts = await runTestFiles(files.map((file) => join(root, file)));
process.stdout.write(formatCounts(counts));
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
