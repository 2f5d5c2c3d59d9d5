// `npm test [-- PATTERN...] [--all] [--times] [--seed N]`: types, lint, build, then tests that do not need root: without those of
// `NAME.slow.test.ts`; with `--all` or `CI=true` all, and what is unused. With patterns: only test files whose path contains one of them,
// slow ones too.
// `npm run test:sweep`: all, with many more runs of what is random.
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
// Beside the tests, which also wait: what it finds ends them.
const checks = isWhole ? ['check', ...(hasSlow ? ['unused'] : [])] : [];
const checked = Promise.all(checks.map((script) => npmRun(script)));
await Promise.all([
  ...(isWhole ? [npmRun('build')] : []),
  // Compiled here, where Go finds what it has; its test tells why there is none.
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
