// `npm test [-- PATTERN...] [--all] [--times] [--seed N]`: checks types, lints, builds, and runs the tests that do not need root, except
// slow ones (`NAME.slow.test.ts`). With `--all` or `CI=true`, also runs the slow tests, and finds unused files and exports. With patterns,
// runs only test files whose path contains one of them. `npm run test:sweep`: runs everything, with many more random cases.
import { randomInt } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { isBuilt } from '../../scripts/is-built.ts';
import { executable, root } from '../../scripts/paths.ts';
import { needActionlint } from '../ci/actionlint.ts';
import { npmRun, parseSuiteOptions, runSuite } from './run-suite.ts';

process.chdir(root);
const sweep = process.argv[2] === '--sweep';
const usage = sweep ? 'npm run test:sweep [-- PATTERN...]' : 'npm test [-- PATTERN...] [--all]';
const args = process.argv.slice(sweep ? 3 : 2);
const { positionals, all, ...options } = parseSuiteOptions(args, usage, sweep ? randomInt(1e9) : 1);
if (sweep) process.stdout.write(`seed ${options.seed}\n`);
const patterns = positionals;

const isWhole = patterns.length === 0;
const hasSlow = !isWhole || sweep || all || process.env['CI'] === 'true';
const files = globSync('test/**/*.test.ts').sort();
const quick = files.filter((file) => !file.includes('.slow.'));
if (!hasSlow)
  process.stdout.write(
    `note: ${files.length - quick.length} slow files are left out: npm test -- --all\n`,
  );
// The checks run at the same time as the tests. If a check fails, the run ends.
const checks = isWhole ? ['check', ...(hasSlow ? ['unused'] : [])] : [];
const checked = Promise.all(checks.map((script) => npmRun(script)));
await Promise.all([
  ...(isWhole ? [npmRun('build')] : []),
  // Compiles actionlint here, because the user's Go settings apply only here. If this fails, the test of workflows reports the error.
  needActionlint().catch(() => undefined),
]);
if (!isWhole && !isBuilt()) {
  const state = existsSync(executable) ? 'older than its sources' : 'not there';
  process.stdout.write(
    `note: the executable, which some tests start, is ${state}: npm run build\n`,
  );
}
await runSuite(
  hasSlow ? files : quick,
  { ...options, patterns },
  sweep ? { TEST_SWEEP: 'true' } : {},
  checked,
);
