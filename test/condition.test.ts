import * as assert from 'uvu/assert';
import { newCondition } from '../src/condition.ts';
import { suite } from './kit/suite.ts';

suite('a condition', (test) => {
  test('wakes all callers that are waiting, and no later callers', async () => {
    const { changed, notify } = newCondition();
    const woken: string[] = [];
    const wait = (name: string) => changed().then(() => woken.push(name));
    notify();
    const early = [wait('one'), wait('other')];
    await Promise.resolve();
    assert.equal(woken, []);
    notify();
    void wait('later');
    await Promise.all(early);
    assert.equal(woken, ['one', 'other']);
  });
});
