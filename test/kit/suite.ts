import './defer.ts';
import { suite as uvuSuite } from 'uvu';
import { hangLimits } from './hang-limits.ts';
import { sweeps } from './random.ts';

/** The real timers, even in tests with virtual time. */
const { setTimeout, clearTimeout } = globalThis;

export interface Test {
  /** Adds a test. Its title is a sentence about behaviour. */
  (title: string, body: () => unknown, options?: { readonly timeoutMs?: number }): void;
  /** Counts the test as skipped and prints the reason. */
  skip(title: string, reason: string): void;
}

/**
 * uvu's suite, in which no failure passes unnoticed: it runs itself, has no hooks, turns every thrown value into
 * an Error, and has a time limit for each test, which only a hang reaches.
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

/** A suite of independent tests that mostly wait: eight run at once. */
export function concurrentSuite(name: string, define: (test: Test) => void): void {
  suite(name, define, { atOnce: 8 });
}

/** Starts actions in order, at most `atOnce` at a time; returns a promise for each. */
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
    // Prevents an unhandled rejection if the caller awaits the promise later.
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

/** uvu expects `details` to be text: other values stop its output, also for all later tests. */
function forUvu(thrown: unknown): Error {
  if (!(thrown instanceof Error)) return new Error(`thrown: ${String(thrown)}`);
  if (!('details' in thrown && Array.isArray(thrown.details))) return thrown;
  return new Error(thrown.message, { cause: thrown });
}

const endings: (() => Promise<void> | void)[] = [];

/** Registers an action that the runner calls after all tests of the file, even after failures. */
export function atEnd(action: () => Promise<void> | void): void {
  endings.push(action);
}

export async function runEndings(): Promise<void> {
  for (const action of endings.splice(0).reverse()) await action();
}
