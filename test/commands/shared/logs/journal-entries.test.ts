import * as assert from 'uvu/assert';
import { journalSplitter } from '../../../../src/commands/shared/logs/journal-entries.ts';
import { suite } from '../../../kit/suite.ts';

// Output of `journalctl --utc --no-pager --output=short-precise` of systemd 252.
const answer = `-- Journal begins at Mon 2025-11-24 16:00:00 UTC, ends at Mon 2025-11-24 16:00:03 UTC. --
Nov 24 16:00:00.523456 node-1 kubelet[12]: line 1
Nov 24 16:00:00.923456 node-1 kubelet[12]: line 2
                                           second of it
                                           third
-- Boot 3fa0c1d2e3f405162738495a6b7c8d9e --
Nov 24 16:00:01.323456 node-1 kubelet[12]: line 3
`;

function split(text: string, size: number, nowMs = Date.parse('2025-11-25')) {
  const splitter = journalSplitter(nowMs);
  const entries = [];
  for (let at = 0; at < text.length; at += size)
    entries.push(...splitter.take(text.slice(at, at + size)));
  return [...entries, ...splitter.end()];
}

suite('entries of the journal', (test) => {
  test('are complete, in whatever parts an answer arrives', () => {
    const [one, two, boot, three, ...more] = split(answer, answer.length);
    assert.equal(more, []);
    assert.match(one?.text ?? '', /line 1\n$/);
    assert.is(one?.atUs, Date.parse('2025-11-24T16:00:00Z') * 1000 + 523_456);
    assert.match(two?.text ?? '', /line 2\n +second of it\n +third\n$/);
    assert.is(boot?.atUs, undefined);
    assert.match(three?.text ?? '', /line 3\n$/);
    for (const size of [1, 2, 7, 100])
      assert.equal(split(answer, size), split(answer, answer.length));
  });

  test('do not include an entry that is cut off', () => {
    assert.is(split(answer.slice(0, -1), 5).length, 3);
    assert.equal(split('-- No entries --\n', 5), []);
  });

  test('have the latest possible year', () => {
    const line = 'Dec 31 23:59:59.000000 n k[1]: x\n';
    const yearOf = (now: string) =>
      new Date((split(line, 99, Date.parse(now))[0]?.atUs ?? 0) / 1000).getUTCFullYear();
    assert.is(yearOf('2026-01-01T00:00:01Z'), 2025);
    assert.is(yearOf('2025-12-31T23:59:58Z'), 2025);
    assert.is(yearOf('2026-12-30T00:00:00Z'), 2025);
  });
});
