// What the scripts of all test suites do: prepare, run, and count in the last line.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { formatCounts, runTestFiles } from '../test/kit/run.ts';
import { root } from './paths.ts';

/** Runs a script of package.json, and exits if it fails: without its tests, the suite has failed. */
export function npmRun(script: string, ...args: readonly string[]): void {
  const { status } = spawnSync('npm', ['run', '--silent', script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stdout.write(
    `npm run ${script} failed\n${formatCounts({ passed: 0, failed: 1, skipped: 0 })}`,
  );
  process.exit(1);
}

/** Exits if something is missing: the suite is skipped for a person without root or Go, a failure in CI. */
export function exitWithout(missing: string | undefined, suite: string): void {
  if (missing === undefined) return;
  const ci = process.env['CI'] === 'true';
  process.stdout.write(`skipped: ${suite}: ${missing}\n`);
  process.stdout.write(formatCounts({ passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 }));
  process.exit(ci ? 1 : 0);
}

/** Runs test files, whose paths are relative to the project, and exits. */
export async function runSuite(files: readonly string[]): Promise<never> {
  const counts = await runTestFiles(files.map((file) => join(root, file)));
  process.stdout.write(formatCounts(counts));
  process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
}
