import * as assert from 'uvu/assert';
import { journalWindow } from '../../../src/commands/node-logs/follow/follow-query.ts';
import { suite } from '../../kit/suite.ts';

const entry = (number: number) => ({ text: `entry ${number}\n`, atUs: 1e15 + number });
const entries = Array.from({ length: 20 }, (_, index) => entry(index));

/** An entry that the journal received after newer entries. */
const late = { text: 'late\n', atUs: entry(3).atUs + 0.5 };

suite('the window of printed journal entries', (test) => {
  for (const [most, isLatePrinted] of [
    [500, false],
    [1e6, true],
  ] as const)
    test(`prints every entry once, with a memory of ${most} characters`, () => {
      const window = journalWindow(most);
      window.begin();
      assert.equal(entries.filter(window.take), entries);
      window.end();
      for (let turn = 0; turn < 3; turn += 1) {
        window.begin();
        const fresh = entry(100 + turn);
        const before = Array.from({ length: turn }, (_, index) => entry(100 + index));
        assert.equal([...entries, ...before, fresh].filter(window.take), [fresh]);
        window.end();
      }
      // If entries of that time have been forgotten, a late entry is taken for a printed one.
      window.begin();
      assert.is(window.take(late), isLatePrinted);
    });
});
