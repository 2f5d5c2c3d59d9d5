import * as assert from 'uvu/assert';
import { mergeEntries } from '../../../src/commands/node-logs/print-node-logs.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';
import { formatEntry } from '../../sandbox/log-query.ts';

const now = Date.parse('2026-03-04T05:06:07Z');
const merged = (journals: Readonly<Record<string, string>>, nowMs = now) =>
  [
    ...mergeEntries(
      Object.entries(journals).map(([name, text]) => ({ name, text })),
      nowMs,
    ),
  ].join('');
const entry = (time: string, text: string) => `${time} host kubelet[1]: ${text}\n`;

suite('the journals of several nodes', (test) => {
  test('keep the order of nodes and entries that have the same time', () => {
    const at = 'Mar 04 05:00:00.000000';
    assert.is(
      merged({ b: entry(at, '1') + entry(at, '2'), a: entry(at, '3') }).replaceAll(
        `${at} host kubelet[1]: `,
        '',
      ),
      'b 1\nb 2\na 3\n',
    );
  });

  test('are reversed if the newest entry comes first', () => {
    const at = (second: number) => `Mar 04 05:00:0${second}.000000`;
    assert.is(
      merged({
        a: `${entry(at(2), '3')}       more\n${entry(at(0), '2')}${entry(at(0), '1')}`,
        b: entry(at(1), 'other'),
      }).replaceAll(/\S+ \d\d \S+ host kubelet\[1\]: /g, ''),
      'a 1\na 2\nb other\na 3\na        more\n',
    );
  });

  test('keep the lines of an entry together', () =>
    assert.is(
      merged({
        a: `${entry('Mar 04 05:00:00.000000', 'panic')}       goroutine 1\n          \n       exit\n`,
        b: entry('Mar 04 05:00:00.000000', 'other'),
      }),
      'a Mar 04 05:00:00.000000 host kubelet[1]: panic\na        goroutine 1\na           \na        exit\n' +
        'b Mar 04 05:00:00.000000 host kubelet[1]: other\n',
    ));

  test('print a line without a time after the entry before it, or else at the start', () =>
    assert.is(
      merged({
        a: entry('Mar 04 05:00:00.000000', 'one'),
        b: `file line\n${entry('Mar 04 04:00:00.000000', 'zero')}-- Boot 1234 --\n${entry('Mar 04 06:00:00.000000', 'two')}`,
      }).replaceAll(' host kubelet[1]:', ''),
      'b file line\nb Mar 04 04:00:00.000000 zero\nb -- Boot 1234 --\na Mar 04 05:00:00.000000 one\nb Mar 04 06:00:00.000000 two\n',
    ));

  test("keep a last line without its end, and leave out journalctl's own lines", () => {
    assert.is(merged({ a: 'one\ntwo', b: '-- No entries --\n', c: '' }), 'a one\na two\n');
    assert.is(merged({ a: '-- No entries --\n', b: '' }), '');
  });

  test('begin each line with the name of its node, whatever characters the name has', () =>
    assert.is(
      merged({ '$&': 'a\rb\u2028c\n\nd\r\n', '\x1b[36mb\x1b[0m': 'x\n' }),
      '$& a\rb\u2028c\n$& \n$& d\r\n\x1b[36mb\x1b[0m x\n',
    ));

  test('lose no line, and keep the order of each node', () => {
    const journal = fc
      .array(
        fc.record({
          afterMs: fc.nat(5_000_000),
          message: fc.stringMatching(/^[a-z0-9 ]{0,9}(?:\n[a-z]{1,3}){0,2}$/),
        }),
        { maxLength: 20 },
      )
      .map((entries) => {
        let atUs = (now - 100_000_000) * 1000;
        return entries.map(({ afterMs, message }) => {
          atUs += afterMs * 1000;
          return { atUs, unit: 'kubelet', message };
        });
      });
    fc.assert(
      fc.property(fc.array(journal, { minLength: 1, maxLength: 4 }), (journals) => {
        const texts = journals.map((entries) => entries.map(formatEntry).join(''));
        const named = Object.fromEntries(texts.map((text, index) => [`n${index}`, text]));
        const lines = merged(named).split(/(?<=\n)/);
        for (const [index, text] of texts.entries()) {
          const own = lines.filter((line) => line.startsWith(`n${index} `));
          assert.is(own.map((line) => line.slice(3)).join(''), text);
        }
        const times = lines.flatMap((line) => /^n\d (\w{3} \d\d [\d:.]+)/.exec(line)?.[1] ?? []);
        assert.equal(times, times.toSorted());
      }),
      runs(200),
    );
  });
});
