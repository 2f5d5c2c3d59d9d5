import * as assert from 'uvu/assert';
import { failureFilter } from '../../../../src/commands/node-logs/follow/read-query.ts';
import { suite } from '../../../kit/suite.ts';

const filtered = (lines: readonly string[]) => {
  const filter = failureFilter();
  const parts = lines.map((line) => filter.take(line));
  return { text: parts.join('') + filter.end(), found: filter.found, parts };
};

suite('the filter for failures in an answer of a kubelet', (test) => {
  for (const [title, lines, text, found] of [
    ['removes a failure after an empty line', ['a\n', '\n', 'log not found for x\n'], 'a\n', 1],
    [
      'removes a failure after several empty lines, and the last of these lines',
      ['\n', '\n', 'log not found for x\n'],
      '\n',
      1,
    ],
    [
      'keeps a log line that contains the words of a failure',
      ['a\n', 'log not found for x\n'],
      'a\nlog not found for x\n',
      0,
    ],
    ['keeps empty lines without a failure', ['\n', '\n'], '\n\n', 0],
    [
      'removes any number of failures, and reports the first ten',
      Array(50).fill(['\n', 'log not found for x\n']).flat(),
      '',
      10,
    ],
  ] as const)
    test(title, () => {
      const result = filtered(lines);
      assert.equal([result.text, result.found.length], [text, found]);
    });

  test('holds back at most one line', () => {
    const { parts } = filtered(['\n', '\n', '\n']);
    assert.equal(parts, ['', '\n', '\n']);
  });
});
