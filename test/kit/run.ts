import { pathToFileURL } from 'node:url';
import { runEndings } from './suite.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A suite in uvu's queue, which has the suites of each file. Returns [errors or true, passed, skipped, total]. */
type UvuSuite = () => Promise<[string | boolean, number, number, number]>;

interface UvuGlobals {
  UVU_QUEUE?: [string | null, ...UvuSuite[]][];
  UVU_INDEX?: number;
}

/** Runs test files in this process, one after the other. A file that fails to load or has no tests counts as a failure. */
export async function runTestFiles(files: readonly string[]): Promise<Counts> {
  const uvu = globalThis as UvuGlobals;
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const stray = strayErrors();
  for (const file of files) counts = add(counts, await runFile(uvu, file));
  await runEndings();
  await new Promise((resolve) => setImmediate(resolve));
  return add(counts, { passed: 0, failed: stray.length, skipped: 0 });
}

async function runFile(uvu: UvuGlobals, file: string): Promise<Counts> {
  uvu.UVU_QUEUE = [[file]];
  uvu.UVU_INDEX = 0;
  try {
    await import(pathToFileURL(file).href);
  } catch (error) {
    process.stdout.write(
      `FAIL ${file} failed to load: ${error instanceof Error ? error.stack : String(error)}\n`,
    );
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const suites = uvu.UVU_QUEUE[0]?.slice(1) as UvuSuite[];
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const run of suites) {
    const [errors, passed, skipped, total] = await run();
    if (typeof errors === 'string') process.stdout.write(`\n${errors}\n`);
    counts = add(counts, { passed, failed: total - passed, skipped });
  }
  if (counts.passed + counts.failed + counts.skipped > 0) return counts;
  process.stdout.write(`FAIL ${file} has no tests\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** Unhandled rejections and exceptions outside of tests count as failures. */
function strayErrors(): readonly unknown[] {
  const errors: unknown[] = [];
  for (const event of ['unhandledRejection', 'uncaughtException'] as const)
    process.on(event, (error: unknown) => {
      process.stdout.write(
        `FAIL outside any test: ${error instanceof Error ? error.stack : String(error)}\n`,
      );
      errors.push(error);
    });
  return errors;
}

export function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** The last line of every test command. */
export function formatCounts({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped\n`;
}
