import './defer.ts';
import { suite as uvuSuite } from 'uvu';
import { sweeps } from './random.ts';

export interface Test {
  /** A title is a sentence about behaviour. */
  (title: string, body: () => unknown, options?: { readonly timeoutMs?: number }): void;
  /** Counts the test as skipped and prints the reason. */
  skip(title: string, reason: string): void;
}

/**
 * uvu's suite, without the ways in which failures pass unnoticed: it runs itself, has no hooks, turns every thrown value into
 * an Error, and limits the time of each test, so widely that only what hangs meets the limit on a busy machine.
 */
export function suite(name: string, define: (test: Test) => void): void {
  const wrapped = uvuSuite(name);
  const test = (title: string, body: () => unknown, { timeoutMs = 120_000 } = {}) =>
    wrapped(title, () => limited(title, body, sweeps ? 60 * timeoutMs : timeoutMs));
  test.skip = (title: string, reason: string) => {
    process.stdout.write(`skipped: ${name}: ${title}: ${reason}\n`);
    wrapped.skip(title);
  };
  define(test);
  wrapped.run();
}

async function limited(title: string, body: () => unknown, timeoutMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`timed out after ${timeoutMs / 1000} s: ${title}`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([Promise.resolve().then(body), limit]);
  } catch (thrown) {
    throw forUvu(thrown);
  } finally {
    clearTimeout(timer);
  }
}

/** uvu expects `details` to be text: with any other value it stops printing, also for all later tests. */
function forUvu(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(`thrown: ${String(thrown)}`);
  if (!('details' in thrown && Array.isArray(thrown.details))) return thrown;
  return new Error(thrown.message, { cause: thrown });
}

const endings: (() => Promise<void> | void)[] = [];

/** The runner calls the action after all tests of the file, also if some failed. */
export function atEnd(action: () => Promise<void> | void): void {
  endings.push(action);
}

export async function runEndings(): Promise<void> {
  for (const action of endings.splice(0).reverse()) await action();
}
