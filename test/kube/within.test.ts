import { getEventListeners } from 'node:events';
import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/errors.ts';
import { onAbort, within } from '../../src/kube/within.ts';
import { suite } from '../kit/suite.ts';

const late = () => new Error('late');
const never = () => new Promise<string>(() => {});
const forever = Number.POSITIVE_INFINITY;

suite('within', (test) => {
  const { signal } = new AbortController();

  test('returns the value or throws the error of `start`', async () => {
    assert.is(await within(signal, forever, late, async () => 'done'), 'done');
    const failed = within(signal, 60_000, late, () => Promise.reject(new Error('failed')));
    assert.is(await failed.catch((error: Error) => error.message), 'failed');
  });

  test('throws `late` at the limit', async () => {
    const error = await within(signal, 1, late, never).catch((each: Error) => each.message);
    assert.is(error, 'late');
  });

  test('throws `late` at a limit that `start` sets by `allow`; after the end, `allow` sets no limit', async () => {
    const limits: ((ms: number) => void)[] = [];
    const start = (allow: (ms: number) => void) => {
      limits.push(allow);
      allow(1);
      return never();
    };
    const ends = await within(signal, forever, late, start).catch((each: Error) => each.message);
    assert.is(ends, 'late');
    const timers = () =>
      process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const before = timers();
    limits[0]?.(60_000);
    assert.is(timers(), before);
    const longer = within(signal, 1, late, async (allow) => {
      allow(forever);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'done';
    });
    assert.is(await longer, 'done');
  });

  test('throws Interrupted at an abort, and does not start after an abort', async () => {
    const aborting = new AbortController();
    const waiting = within(aborting.signal, forever, late, never);
    aborting.abort();
    assert.instance(await waiting.catch((error: unknown) => error), Interrupted);
    let started = false;
    const later = within(aborting.signal, forever, late, async () => {
      started = true;
    });
    assert.instance(await later.catch((error: unknown) => error), Interrupted);
    assert.not.ok(started);
  });
});

suite('a function that waits for an abort', (test) => {
  test('is called once, in the order of registration; all functions share one event listener', () => {
    const abort = new AbortController();
    const called: number[] = [];
    for (const number of [1, 2, 3]) onAbort(abort.signal, () => called.push(number));
    assert.is(getEventListeners(abort.signal, 'abort').length, 1);
    assert.equal(called, []);
    abort.abort();
    abort.abort();
    assert.equal(called, [1, 2, 3]);
  });

  test('is not called after it was removed, even by a function that was called before', () => {
    const abort = new AbortController();
    const called: string[] = [];
    const forgetFirst = onAbort(abort.signal, () => called.push('first'));
    onAbort(abort.signal, () => {
      called.push('second');
      forgetThird();
    });
    const forgetThird = onAbort(abort.signal, () => called.push('third'));
    forgetFirst();
    abort.abort();
    assert.equal(called, ['second']);
  });

  test('is called in a microtask for an aborted signal, unless it is removed before', async () => {
    const called: string[] = [];
    const aborted = AbortSignal.abort();
    onAbort(aborted, () => called.push('one'));
    const forget = onAbort(aborted, () => called.push('other'));
    forget();
    assert.equal(called, []);
    await Promise.resolve();
    assert.equal(called, ['one']);
  });

  test('waits for its own signal only', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const called: string[] = [];
    onAbort(one.signal, () => called.push('one'));
    onAbort(other.signal, () => called.push('other'));
    other.abort();
    assert.equal(called, ['other']);
  });
});
