import * as assert from 'uvu/assert';
import { Interrupted } from '../../src/errors.ts';
import { within } from '../../src/kube/within.ts';
import { suite } from '../kit/suite.ts';

const late = () => new Error('late');
const never = () => new Promise<string>(() => {});
const forever = Number.POSITIVE_INFINITY;

suite('a limit and an abort', (test) => {
  const { signal } = new AbortController();

  test('give what was started', async () => {
    assert.is(await within(signal, forever, late, async () => 'done'), 'done');
    const failed = within(signal, 60_000, late, () => Promise.reject(new Error('failed')));
    assert.is(await failed.catch((error: Error) => error.message), 'failed');
  });

  test('end what takes longer', async () => {
    const error = await within(signal, 1, late, never).catch((each: Error) => each.message);
    assert.is(error, 'late');
  });

  test('end what is interrupted, and start nothing after that', async () => {
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
