import * as assert from 'uvu/assert';
import { openSlots } from '../../src/kube/slots.ts';
import { suite } from '../kit/suite.ts';

suite('slots', (test) => {
  test('work waits its turn, in order, and work that fails gives its slot back', async () => {
    const inSlot = openSlots(2);
    const log: string[] = [];
    const work = (name: string) =>
      inSlot(async () => {
        log.push(`+${name}`);
        await new Promise((resolve) => setImmediate(resolve));
        log.push(`-${name}`);
        if (name === 'a') throw new Error('a');
        return name;
      });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map(work));
    assert.equal(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
    assert.equal(log.slice(0, 2), ['+a', '+b']);
    assert.ok(log.indexOf('+c') > log.indexOf('-a'));
    assert.ok(log.indexOf('+d') > log.indexOf('+c'));
  });
});
