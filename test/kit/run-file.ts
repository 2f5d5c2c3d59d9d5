import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { add, type Counts } from './counts.ts';
import { runEndings } from './suite.ts';

/** Times include child processes that the file waited for. */
export interface FileResult {
  readonly counts: Counts;
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** A suite in the queue of uvu. Returns [errors or true, passed, skipped, total]. */
type UvuSuite = () => Promise<[string | boolean, number, number, number]>;

interface UvuGlobals {
  UVU_QUEUE?: [string | null, ...UvuSuite[]][];
  UVU_INDEX?: number;
}

/** Errors that are thrown outside of tests. They count as a failure of the running file. */
const strays: unknown[] = [];

/** A file that cannot be loaded or has no tests counts as a failure. */
export async function runFile(file: string): Promise<FileResult> {
  noteStrays();
  const started = performance.now();
  const cpuBefore = cpuMs();
  let counts = await countsOf(file);
  try {
    await runEndings();
  } catch (error) {
    counts = add(counts, failed(`${file} failed to end: ${stackOf(error)}`));
  }
  await new Promise((resolve) => setImmediate(resolve));
  counts = add(counts, { passed: 0, failed: strays.splice(0).length, skipped: 0 });
  return { counts, wallMs: performance.now() - started, cpuMs: cpuMs() - cpuBefore };
}

async function countsOf(file: string): Promise<Counts> {
  const uvu = globalThis as UvuGlobals;
  uvu.UVU_QUEUE = [[file]];
  uvu.UVU_INDEX = 0;
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    return failed(`${file} failed to load: ${stackOf(error)}`);
  }
  const suites = uvu.UVU_QUEUE[0]?.slice(1) as UvuSuite[];
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const run of suites) {
    const [errors, passed, skipped, total] = await run();
    if (typeof errors === 'string') process.stdout.write(`\n${errors}\n`);
    counts = add(counts, { passed, failed: total - passed, skipped });
  }
  if (counts.passed + counts.failed + counts.skipped > 0) return counts;
  return failed(`${file} has no tests`);
}

function failed(message: string): Counts {
  process.stdout.write(`FAIL ${message}\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

let noting = false;

function noteStrays(): void {
  if (noting) return;
  noting = true;
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      process.stdout.write(`FAIL outside any test: ${stackOf(error)}\n`);
      strays.push(error);
    });
}

function stackOf(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? String(error);
}

/** On Linux, includes child processes that this process waited for. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1000;
  const stat = '/proc/self/stat';
  if (!existsSync(stat)) return own;
  // `fields` begins after the name; cutime and cstime count hundredths of a second.
  const fields = readFileSync(stat, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return own + (Number(fields[13]) + Number(fields[14])) * 10;
}
