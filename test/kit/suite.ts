import './defer.ts';
import { suite as uvuSuite } from 'uvu';
import { hangLimits } from './hang-limits.ts';
import { sweeps } from './random.ts';

const { setTimeout, clearTimeout } = globalThis;

export interface Test {
  /** Adds a test. Its title says who does what. */
  (title: string, body: () => unknown, options?: { readonly timeoutMs?: number }): void;
  /** Counts the test as skipped and prints the reason. */
  skip(title: string, reason: string): void;
}

/**
 * A suite of uvu in which no failure passes unnoticed: it runs itself, turns every thrown value into an Error, and limits the time of each
 * test.
 */
export function suite(name: string, define: (test: Test) => void, { atOnce = 1 } = {}): void {
  const wrapped = uvuSuite(name);
  const all: (() => Promise<void>)[] = [];
  let begun: readonly Promise<void>[] | undefined;
  const test = (title: string, body: () => unknown, { timeoutMs = hangLimits.test } = {}) => {
    const index = all.push(() => limited(title, body, sweeps ? 60 * timeoutMs : timeoutMs)) - 1;
    wrapped(title, () => {
      begun ??= startAll(all, atOnce);
      return begun[index];
    });
  };
  test.skip = (title: string, reason: string) => {
    process.stdout.write(`skipped: ${name}: ${title}: ${reason}\n`);
    wrapped.skip(title);
  };
  define(test);
  wrapped.run();
}

/** Runs eight tests at once: they must be independent, and mostly wait. */
export function concurrentSuite(name: string, define: (test: Test) => void): void {
  suite(name, define, { atOnce: 8 });
}

/** Starts at most `atOnce` actions at a time, in order. Returns a promise for each. */
function startAll(
  actions: readonly (() => Promise<void>)[],
  atOnce: number,
): readonly Promise<void>[] {
  const running = new Set<Promise<void>>();
  let ready = Promise.resolve();
  return actions.map((action) => {
    const started = ready.then(async () => {
      while (running.size >= atOnce) await Promise.race(running);
      const promise = action();
      const ended = promise.catch(() => {}).finally(() => running.delete(ended));
      running.add(ended);
      return { promise };
    });
    ready = started.then(() => {});
    const result = started.then(({ promise }) => promise);
    // Handles a rejection now, because the caller may await the promise later.
    result.catch(() => {});
    return result;
  });
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

/** Returns an Error that uvu can print. A value in `details` that is not a string would stop the output of uvu, also for later tests. */
function forUvu(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(`thrown: ${String(thrown)}`);
  if (!('details' in thrown && Array.isArray(thrown.details))) return thrown;
  return new Error(thrown.message, { cause: thrown });
}

const endings: (() => Promise<void> | void)[] = [];

/** Registers an action that runs after all tests of the file, even after failures. */
export function atEnd(action: () => Promise<void> | void): void {
  endings.push(action);
}

export async function runEndings(): Promise<void> {
  for (const action of endings.splice(0).reverse()) await action();
}
