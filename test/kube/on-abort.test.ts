import { getEventListeners } from 'node:events';
import * as assert from 'uvu/assert';
import { onAbort } from '../../src/kube/within.ts';
import { suite } from '../kit/suite.ts';

suite('what waits for an abort', (test) => {
  test('is called once, in order, with one listener for all', () => {
    const abort = new AbortController();
    const called: number[] = [];
    for (const number of [1, 2, 3]) onAbort(abort.signal, () => called.push(number));
    assert.is(getEventListeners(abort.signal, 'abort').length, 1);
    assert.equal(called, []);
    abort.abort();
    abort.abort();
    assert.equal(called, [1, 2, 3]);
  });

  test('is not called once it is forgotten, also by one that is called before', () => {
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

  test('is apart for each signal', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const called: string[] = [];
    onAbort(one.signal, () => called.push('one'));
    onAbort(other.signal, () => called.push('other'));
    other.abort();
    assert.equal(called, ['other']);
  });
});
