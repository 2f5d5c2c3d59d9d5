import stringWidth from 'string-width';
import * as assert from 'uvu/assert';
import { paintAnsi, paintNothing } from '../../src/text/color.ts';
import { type Cell, renderTable, tableParts } from '../../src/text/table.ts';
import { suite } from '../kit/suite.ts';

const rows: readonly (readonly Cell[])[] = [
  ['node-1', ['ok', 'good'], 'v1'],
  ['節点', ['connection refused', 'bad'], ''],
];

suite('tables', (test) => {
  test('pad columns by the width on a terminal, and print <none> for an empty cell', () => {
    assert.is(
      renderTable(['NODE', 'DIRECT', 'VERSION'], rows),
      [
        'NODE     DIRECT               VERSION',
        'node-1   ok                   v1',
        '節点     connection refused   <none>',
        '',
      ].join('\n'),
    );
  });

  test('have the same widths with and without colors', () => {
    const plain = renderTable(['NODE', 'DIRECT', 'VERSION'], rows, paintNothing);
    const painted = renderTable(['NODE', 'DIRECT', 'VERSION'], rows, paintAnsi);
    assert.match(painted, '\x1b[32mok\x1b[0m   ');
    assert.match(painted, '\x1b[31mconnection refused\x1b[0m   <none>\n');
    const widths = (text: string) => text.split('\n').map((line) => stringWidth(line));
    assert.equal(widths(painted), widths(plain));
    assert.is(painted.replaceAll(/\x1b\[\d+m/g, ''), plain);
  });

  test('fit a terminal by narrowing gaps, and by cutting the widest texts in their middle', () => {
    const lines = [
      ['NODE', 'POD', 'CPU'],
      ['ip-10-0-12-34.eu-west-1.compute.internal', 'coredns-7db6d8ff4d-abcde', '250m'],
    ];
    const at = (columns: number) => [...tableParts(lines, paintNothing, columns)].join('');
    const whole = [...tableParts(lines, paintNothing)].join('');
    assert.is(at(200), whole);
    assert.match(at(72), 'internal  coredns-7db6d8ff4d-abcde  250m\n');
    for (const columns of [60, 50, 40, 34]) {
      for (const line of at(columns).split('\n')) assert.ok(stringWidth(line) <= columns, line);
      assert.match(at(columns), /ip-10-\S*…\S*l +coredns?\S*e +250m\n/);
    }
    // Short texts stay whole at any width.
    assert.match(at(10), '  250m\n');
  });

  test('wrap sentences of the last column between words, in their color and without loss', () => {
    const reason = 'certificate for another name on 1 of 5 nodes, connection refused on 1';
    const lines: readonly (readonly Cell[])[] = [
      ['HOP', 'VERDICT'],
      ['API server -> kubelets', [reason, 'bad']],
      ['caller -> API server', ['ok', 'good']],
    ];
    const folded = [...tableParts(lines, paintAnsi, 60)].join('').split('\n');
    assert.equal(folded, [
      'HOP                     VERDICT',
      'API server -> kubelets  \x1b[31mcertificate for another name on 1 of\x1b[0m',
      '                        \x1b[31m5 nodes, connection refused on 1\x1b[0m',
      'caller -> API server    \x1b[32mok\x1b[0m',
      '',
    ]);
    const narrow = [...tableParts(lines, paintNothing, 30)].join('');
    for (const word of reason.split(' ')) assert.match(narrow, word);
  });

  test('do not shorten numbers, times, or texts that would become equal', () => {
    const lines = [
      ['TIME', 'SETTING', 'VALUE', 'BYTES'],
      ['09:14:02Z', 'authorization.webhook.cacheAuthorizedTTL', '5m0s', '123456789012345'],
      ['09:14:02Z', 'authorization.webhook.cacheUnauthorizedTTL', 'a long text of words', '1'],
    ];
    const shown = [...tableParts(lines, paintNothing, 60)].join('');
    assert.match(shown, 'authorization.webhook.cacheAuthorizedTTL');
    assert.match(shown, '  123456789012345\n');
    assert.match(shown, '\n09:14:02Z  authorization');
    assert.match(shown, '…');
  });

  test('shorten texts of characters with width 2', () => {
    const wide = '節'.repeat(30);
    const [line = ''] = tableParts([[wide, 'x']], paintNothing, 31);
    assert.ok(stringWidth(line.trimEnd()) <= 31, line);
    assert.match(line, /^節+…節+ {2,3}x\n$/);
  });

  test('cut a very long cell, so that the other lines do not become as wide', () => {
    const text = renderTable(
      ['A', 'B'],
      [
        ['x'.repeat(1e6), 'y'],
        ['a', 'b'],
      ],
    );
    assert.ok(text.length < 20_000);
    assert.match(text, '(996000 more bytes)   y\n');
  });

  test('escape control characters and line ends in cells, with and without color', () => {
    const hostile: readonly Cell[] = ['a\nb\r\x1b[31m', ['\x1b[2J', 'good']];
    assert.is(
      renderTable(['A', 'B'], [hostile], paintAnsi).split('\n')[1],
      'a b \\x1b[31m   \x1b[32m\\x1b[2J\x1b[0m',
    );
  });
});
