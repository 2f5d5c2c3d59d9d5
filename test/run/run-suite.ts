// Functions for the scripts that run test suites. They prepare a suite, run its files, and print the counts in the last line.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/paths.ts';
import { cacheFolder, compiledTests } from '../../scripts/tools/folders.ts';
import { add, formatCounts } from '../kit/counts.ts';
import { type Finished, runFiles } from '../kit/run-files.ts';

/** Runs a script of package.json. If the script fails, prints that the suite has failed, and exits without running tests. */
export async function npmRun(script: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('npm', ['run', '--silent', script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Makes garbage collection rarer, because tsc and oxlint are Go programs and by default spend a quarter of their time on it.
    env: { GOGC: '400', ...process.env },
    shell: process.platform === 'win32',
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status === 0) return;
  process.stdout.write(
    `npm run ${script} failed\n${formatCounts({ passed: 0, failed: 1, skipped: 0 })}\n`,
  );
  process.exit(1);
}

/** Exits if a prerequisite is missing. The suite then counts as failed in CI, and as skipped elsewhere. */
export function exitWithout(missing: string | undefined, suite: string): void {
  if (missing === undefined) return;
  const ci = process.env['CI'] === 'true';
  process.stdout.write(`skipped: ${suite}: ${missing}\n`);
  process.stdout.write(`${formatCounts({ passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 })}\n`);
  process.exit(ci ? 1 : 0);
}

export interface SuiteOptions {
  /** Runs only files whose path contains one of these texts; all files if empty. */
  readonly patterns: readonly string[];
  /** Prints the time of every file, and writes the times to `bench/test-times.tsv`. */
  readonly times: boolean;
  /** Seed of random data: the same seed repeats a run. */
  readonly seed: number;
}

/**
 * Parses the options of test suites. Prints the usage and exits if the options are invalid. `built`: the program and its release exist
 * already. `native`: the release is only for this platform. `all`: slow files run, too. `like`: the kind of cluster.
 */
export function parseSuiteOptions(args: readonly string[], usage: string, usualSeed = 1) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        times: { type: 'boolean', default: false },
        seed: { type: 'string' },
        built: { type: 'boolean', default: false },
        native: { type: 'boolean', default: false },
        all: { type: 'boolean', default: false },
        like: { type: 'string' },
      },
    });
    const seed = Number(values.seed ?? usualSeed);
    if (!Number.isSafeInteger(seed)) throw new Error('seed');
    return { ...values, positionals, seed };
  } catch {
    process.stderr.write(`usage: ${usage} [--times] [--seed N]\n`);
    process.exit(2);
  }
}

const timesFile = join(root, 'bench/test-times.tsv');
/** The minimum wall time, in seconds, of files whose times are recorded. The order of faster files does not matter. */
const longSeconds = 2;

/** Wall time and CPU time in seconds, by path relative to the project. */
type Times = ReadonlyMap<string, readonly [wall: number, cpu: number]>;

function readTimes(): Times {
  const lines = readFileSync(timesFile, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const [file = '', wall, cpu] = line.split('\t');
      return [file, [Number(wall), Number(cpu)]];
    }),
  );
}

/**
 * Runs test files in three processes per core, because the longest files mostly wait. Exits with the result.
 * @param more additional environment variables of the processes
 * @param beside a promise that is awaited before the result is printed
 */
export async function runSuite(
  files: readonly string[],
  options: SuiteOptions,
  more: Readonly<Record<string, string>> = {},
  beside: Promise<unknown> = Promise.resolve(),
): Promise<never> {
  const known = readTimes();
  // Runs the longest files first, so that no process has to wait for a long file at the end.
  const wall = (file: string) => known.get(file)?.[0] ?? 0;
  const chosen = chosenOf(files, options);
  const queue = chosen.toSorted((a, b) => wall(b) - wall(a)).map((file) => join(root, file));
  const env = { KUBELETACCESS_CACHE: cacheFolder(), TEST_SEED: String(options.seed), ...more };
  const finished: Finished[] = [];
  dropCompiled();
  await runFiles(queue, 3 * availableParallelism(), env, (each) => {
    finished.push(each);
    const shown = each.counts.failed > 0 ? each.output : skips(each.output);
    process.stdout.write(`${shown}${summary(each)}\n`);
  });
  await beside;
  return finish(finished, options);
}

/** Removes the cache of compiled test sources if it has too many files, because Node never removes code of changed sources. */
function dropCompiled(): void {
  const folder = compiledTests();
  const kept = existsSync(folder) ? readdirSync(folder) : [];
  const files = kept.flatMap((each) => readdirSync(join(folder, each)));
  if (files.length > 20_000) rmSync(folder, { recursive: true });
}

/** Runs test files in this process one after the other, because they share a cluster. Then calls `end`, and exits with the result. */
export async function runSuiteHere(
  files: readonly string[],
  options: SuiteOptions,
  end: () => Promise<void>,
): Promise<never> {
  process.env['TEST_SEED'] = String(options.seed);
  const { runFile } = await import('../kit/run-file.ts');
  const finished: Finished[] = [];
  for (const file of chosenOf(files, options).map((each) => join(root, each))) {
    const each = { file, output: '', ...(await runFile(file)) };
    finished.push(each);
    process.stdout.write(`${summary(each)}\n`);
  }
  await end();
  return finish(finished, options);
}

function chosenOf(files: readonly string[], { patterns }: SuiteOptions): readonly string[] {
  if (patterns.length === 0) return files;
  const chosen = files.filter((file) => patterns.some((pattern) => file.includes(pattern)));
  if (chosen.length === 0)
    process.stdout.write(`no test file has ${patterns.join(' or ')} in its path\n`);
  return chosen;
}

function skips(output: string): string {
  return output.match(/^skipped: .*\n/gm)?.join('') ?? '';
}

const seconds = (ms: number) => (ms / 1000).toFixed(1);
const pathOf = ({ file }: Finished) => relative(root, file).replaceAll(sep, '/');

function summary(each: Finished): string {
  const { counts, wallMs, cpuMs } = each;
  return `${pathOf(each)}: ${formatCounts(counts)}, ${seconds(wallMs)} s, ${seconds(cpuMs)} s of CPU`;
}

function finish(finished: readonly Finished[], { times, seed, patterns }: SuiteOptions): never {
  const slowest = finished.toSorted((a, b) => b.wallMs - a.wallMs);
  const rows = slowest
    .slice(0, times ? undefined : 20)
    .map((each) =>
      [seconds(each.wallMs).padStart(7), seconds(each.cpuMs).padStart(7), ` ${pathOf(each)}`].join(
        ' ',
      ),
    );
  const sum = (of: (each: Finished) => number) =>
    finished.reduce((total, each) => total + of(each), 0);
  process.stdout.write(
    `\n${times ? 'All' : 'The slowest'} files, in seconds:\n   wall     CPU  file\n${rows.join('\n')}\n` +
      `${seconds(sum(({ wallMs }) => wallMs)).padStart(7)} ${seconds(sum(({ cpuMs }) => cpuMs)).padStart(7)}  together (seed ${seed})\n`,
  );
  if (times && patterns.length === 0) keepTimes(finished);
  const failed = finished.filter(({ counts }) => counts.failed > 0);
  for (const each of failed) process.stdout.write(`FAIL ${pathOf(each)}\n`);
  const counts = finished
    .map((each) => each.counts)
    .reduce(add, { passed: 0, failed: 0, skipped: 0 });
  process.stdout.write(`${formatCounts(counts)}\n`);
  process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
}

/** Records the times of long test files. The recorded times of files that did not run stay. */
function keepTimes(finished: readonly Finished[]): void {
  const measured = finished.map(
    (each) => [pathOf(each), [each.wallMs, each.cpuMs].map(seconds)] as const,
  );
  const others = [...readTimes()].filter(([file]) => existsSync(join(root, file)));
  const rows = [...new Map<string, readonly unknown[]>([...others, ...measured])].filter(
    ([, [wall]]) => Number(wall) >= longSeconds,
  );
  const lines = rows.map(([file, times]) => [file, ...times].join('\t')).sort();
  writeFileSync(timesFile, `${lines.join('\n')}\n`);
}
