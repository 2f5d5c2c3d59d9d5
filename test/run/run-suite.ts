// What the scripts of all test suites do: prepare, run, and count in the last line.
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

/** Runs a script of package.json, and exits if it fails: without its tests, the suite has failed. */
export async function npmRun(script: string, ...args: readonly string[]): Promise<void> {
  const child = spawn('npm', ['run', '--silent', script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // tsc and oxlint are of Go: by default, a quarter of their work is to collect garbage.
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

/** Exits if something is missing: the suite is skipped for a person without root or Go, a failure in CI. */
export function exitWithout(missing: string | undefined, suite: string): void {
  if (missing === undefined) return;
  const ci = process.env['CI'] === 'true';
  process.stdout.write(`skipped: ${suite}: ${missing}\n`);
  process.stdout.write(`${formatCounts({ passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 })}\n`);
  process.exit(ci ? 1 : 0);
}

export interface SuiteOptions {
  /** Only files whose path contains one of these; all if there are none. */
  readonly patterns: readonly string[];
  /** Prints what every file took, and keeps it in `bench/test-times.tsv`. */
  readonly times: boolean;
  /** Of what is random, so that it can be had again. */
  readonly seed: number;
}

/**
 * Reads what all suites take; exits if it is something else. `built` says that the program and its release are made, `native`
 * that the release is of this platform alone, `all` that slow files run, too, `like` which kind of cluster is to be tried.
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
/** The order of shorter files does not matter. */
const longSeconds = 2;

/** Seconds of wall and of CPU, by path from the project. */
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
 * Runs test files in three processes for each core, as the longest mostly wait, and exits.
 * @param more what the processes find in their environment besides
 * @param beside what must have ended, too
 */
export async function runSuite(
  files: readonly string[],
  options: SuiteOptions,
  more: Readonly<Record<string, string>> = {},
  beside: Promise<unknown> = Promise.resolve(),
): Promise<never> {
  const known = readTimes();
  // The longest first: the last files are short, and no process waits long for another.
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

/** Node never removes what it compiled of sources that have changed since, or are elsewhere now: it begins anew after some twenty. */
function dropCompiled(): void {
  const folder = compiledTests();
  const kept = existsSync(folder) ? readdirSync(folder) : [];
  const files = kept.flatMap((each) => readdirSync(join(folder, each)));
  if (files.length > 20_000) rmSync(folder, { recursive: true });
}

/** Runs test files in this process, one after the other, as they share a cluster; then `end`, and exits. */
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

/** Keeps the times of long files, and those of other suites. */
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
