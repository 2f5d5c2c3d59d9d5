import * as assert from 'uvu/assert';
import { tryAgain } from '../../src/kube/try-again.ts';
import { suite } from '../kit/suite.ts';

suite('tryAgain', (test) => {
  const failingUntil = (last: number) => async (count: number) => {
    if (count < last) throw new Error(`failed ${count}`);
    return count;
  };

  test('ends with the value or error for which waitAfter returns undefined', async () => {
    const seen: unknown[] = [];
    const waitAfter = (tried: { error?: unknown }, count: number) => {
      seen.push(tried.error instanceof Error ? tried.error.message : tried);
      return 'error' in tried && count < 3 ? 0 : undefined;
    };
    assert.is(await tryAgain(failingUntil(3), waitAfter), 3);
    assert.equal(seen, ['failed 1', 'failed 2', { value: 3 }]);
    const error = await tryAgain(failingUntil(4), waitAfter).catch(String);
    assert.is(error, 'Error: failed 3');
  });

  test('tries again at once after a wait of 0 ms, even after an abort', async () => {
    const aborted = AbortSignal.abort();
    const waitAfter = (tried: object) => ('error' in tried ? 0 : undefined);
    assert.is(await tryAgain(failingUntil(50), waitAfter, aborted), 50);
    const waiting = tryAgain(failingUntil(2), () => 1, aborted).catch(String);
    assert.is(await waiting, 'Error: interrupted');
  });
});
