import * as assert from 'uvu/assert';
import { journalWindow } from '../../../src/commands/node-logs/journal-window.ts';
import { suite } from '../../kit/suite.ts';

const entry = (number: number) => ({ text: `entry ${number}\n`, atUs: 1e15 + number });
const entries = Array.from({ length: 20 }, (_, index) => entry(index));

/** That the journal got after those that are newer. */
const late = { text: 'late\n', atUs: entry(3).atUs + 0.5 };

suite('which entries of a journal have been printed', (test) => {
  for (const [most, isLatePrinted] of [
    [500, false],
    [1e6, true],
  ] as const)
    test(`is known of all, whatever is remembered of them: ${most} characters`, () => {
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
      // What is no longer remembered is taken for printed.
      window.begin();
      assert.is(window.take(late), isLatePrinted);
    });
});
