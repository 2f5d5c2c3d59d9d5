import * as assert from 'uvu/assert';
import { readYaml, YamlFault } from '../../../src/kube/yaml/read-yaml.ts';
import { suite } from '../../kit/suite.ts';

const read = (text: string | Buffer) => readYaml(Buffer.from(text as string));

function problem(text: string | Buffer): string {
  try {
    return `read: ${JSON.stringify(read(text))}`;
  } catch (error) {
    return error instanceof YamlFault ? error.message : String(error);
  }
}

// Recorded from sigs.k8s.io/yaml v1.6.0 on go.yaml.in/yaml/v2 v2.4.4, as in kubectl v1.37.
const reads: Readonly<Record<string, readonly (readonly [string, unknown])[]>> = {
  'reads booleans and nulls of YAML 1.1, also as keys': [
    [
      '[y, Y, yes, Yes, YES, on, On, ON, true, True, TRUE]',
      [true, true, true, true, true, true, true, true, true, true, true],
    ],
    [
      '[n, N, no, No, NO, off, Off, OFF, false, False, FALSE]',
      [false, false, false, false, false, false, false, false, false, false, false],
    ],
    ['[yEs, oN, tRue, nO, "yes", \'no\']', ['yEs', 'oN', 'tRue', 'nO', 'yes', 'no']],
    ['[~, null, Null, NULL, nULL, "null", ""]', [null, null, null, null, 'nULL', 'null', '']],
    ['y: 1\nno: 2\nOn: 3', { false: 2, true: 3 }],
    ['{true: a, "true ": b}', { true: 'a', 'true ': 'b' }],
  ],
  'reads lines in brackets or quotes with any indentation': [
    ['c: [\n  1\n]\n', { c: [1] }],
    ['a:\n- b: [\n  1\n  ]\n', { a: [{ b: [1] }] }],
    ['rules:\n- apiGroups: [""\n  ]\n  x: 1\n', { rules: [{ apiGroups: [''], x: 1 }] }],
    ['a: {\nb: 1,\nc: [\n2\n]\n}\n', { a: { b: 1, c: [2] } }],
    ['a: "x\nb"\nc: 1\n', { a: 'x b', c: 1 }],
    ["a: 'x\n\ny'\n", { a: 'x\ny' }],
    ['a: [b\nc]\n', { a: ['b c'] }],
    ['a: [\n\t1\n]\n', { a: [1] }],
    ['a: [\r\n1\r\n]\r\n', { a: [1] }],
  ],
  'reads whole numbers': [
    [
      '[0, -0, 1, +1, 007, 0o17, 0O17, 017, 08, 0x1F, 0X1f, -0x10, 0b11, 0B11, -0b11]',
      [0, 0, 1, 1, 7, 15, 15, 15, 8, 31, 31, -16, 3, 3, -3],
    ],
    ['[1_000, 1__0, 1_, _1, -_1, 0_7, 0x_f, 0b_1]', [1000, 10, 1, '_1', -1, 7, 15, 1]],
    ['[0b-1, 0b+1, -0b-1, 0b2, 0x, 0o8, +-1]', [-1, 1, '-0b-1', '0b2', '0x', '0o8', '+-1']],
    [
      '[9223372036854775807, 9223372036854775808, 18446744073709551615, 18446744073709551616]',
      [9223372036854776000, 9223372036854776000, 18446744073709552000, 18446744073709552000],
    ],
    [
      '[0x8000000000000000, 0x1ffffffffffffffff, -9223372036854775808, 0777777777777777777777777]',
      [9223372036854776000, '0x1ffffffffffffffff', -9223372036854776000, 7.777777777777778e23],
    ],
    ['[1 000, "1", 1a, 1-2]', ['1 000', '1', '1a', '1-2']],
  ],
  'reads floats': [
    [
      '[1.5, -1.5, +1.5, .5, 5., -.5, 1e3, 1E3, 1e+3, 1e-3, 1.5e3, 08.5]',
      [1.5, -1.5, 1.5, 0.5, 5, -0.5, 1000, 1000, 1000, 0.001, 1500, 8.5],
    ],
    [
      '[.5_0, ._5, .5_, 1_0.5_0, 1.5.1, 1e, e1, 1e400, .e1, 1.e1]',
      [0.5, '._5', '.5_', 10.5, '1.5.1', '1e', 'e1', '1e400', '.e1', 10],
    ],
    ['[inf, nan, .iNf, +.5e1, -1_0e1, "1.5"]', ['inf', 'nan', '.iNf', 5, -100, '1.5']],
  ],
  'reads numbers as keys': [
    ['{1: a, 0x10: b, -0o7: c, 1_000: d}', { '1': 'a', '16': 'b', '1000': 'd', '-7': 'c' }],
    ['{9223372036854775807: a}', { '9223372036854775807': 'a' }],
    ['{!!str 1: a, !!int "2": b}', { '1': 'a', '2': 'b' }],
  ],
  'keeps dates, times and base 60 numbers as text': [
    [
      '[2024-01-01, 2024-1-1, 2024-01-01T00:00:00Z, 2024-01-01 00:00:00, 2001-12-14t21:59:43.10-05:00]',
      [
        '2024-01-01',
        '2024-1-1',
        '2024-01-01T00:00:00Z',
        '2024-01-01 00:00:00',
        '2001-12-14t21:59:43.10-05:00',
      ],
    ],
    ['[1:30, 190:20:30, 190:20:30.15, -1:30]', ['1:30', '190:20:30', '190:20:30.15', '-1:30']],
    ['2024-01-01: 1:30', { '2024-01-01': '1:30' }],
  ],
  'reads tags': [
    ['!!str 123', '123'],
    [
      '[!!int "0x10", !!int 5, !!float 5, !!float "1.5", !!bool "yes", !!null ""]',
      [16, 5, 5, 1.5, true, null],
    ],
    [
      '[!custom 1, !custom [1], !custom {a: 1}, !!set {a, b}, !!omap [a: 1], !!map x, !!seq y]',
      ['1', [1], { a: 1 }, { a: null, b: null }, [{ a: 1 }], 'x', 'y'],
    ],
    ['[!!binary aGk=, !!binary "aG\\nk=", !!binary ""]', ['hi', 'hi', '']],
    ['!<tag:yaml.org,2002:str> 1', '1'],
  ],
  'reads anchors, aliases and merges': [
    ['a: &x {k: v}\nb: *x\nc: [*x]', { a: { k: 'v' }, b: { k: 'v' }, c: [{ k: 'v' }] }],
    ['a: &x 1\nb: &x 2\nc: *x', { a: 1, b: 2, c: 2 }],
    ['- &k key\n- *k : v', ['key', { key: 'v' }]],
    ['a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}', { a: { p: 1, q: 2 }, b: { p: 1, q: 3 } }],
    ['a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}', { a: { p: 1, q: 2 }, b: { p: 1, q: 2 } }],
    ['{<<: [{a: 1}, {a: 2, b: 2}], c: 3}', { a: 1, b: 2, c: 3 }],
    [
      'a: &a {p: 1}\nb: &b {<<: *a, q: 2}\nc: {<<: *b, r: 3}',
      { a: { p: 1 }, b: { p: 1, q: 2 }, c: { p: 1, q: 2, r: 3 } },
    ],
    ['a: {"<<": {b: 1}}', { a: { '<<': { b: 1 } } }],
    ['a: {!!merge <<: {b: 1}}', { a: { b: 1 } }],
    ['{b: 1, <<: {b: 2, c: 2}, <<: [{c: 3, <<: {d: 4}}, {d: 5}]}', { b: 2, c: 3, d: 4 }],
    ['a: <<', { a: '<<' }],
    ['a: &a-b_1 x\nb: *a-b_1', { a: 'x', b: 'x' }],
  ],
  'takes the last of duplicate keys': [
    ['a: 1\na: 2', { a: 2 }],
    ['{a: {b: 1}, a: {c: 2}}', { a: { c: 2 } }],
    ['"a": 1\na: 2\n\'a\': 3', { a: 3 }],
    ['{"__proto__": 1, constructor: 2}', JSON.parse('{"__proto__":1,"constructor":2}')],
  ],
  'reads only the first document': [
    ['a: 1\n---\nb: [', { a: 1 }],
    ['a: 1\n...\n}{', { a: 1 }],
    ['---\na: 1\n---\nb: 2', { a: 1 }],
    ['# c\n\n---\na: 1\n', { a: 1 }],
    ['---\n---\na: 1', null],
    ['--- \n...\na: 1', null],
    ['--- text\n--- more', 'text'],
    ['a: |\n  x\n---\ny', { a: 'x\n' }],
    ['%YAML 1.1\n---\na: 1', { a: 1 }],
    ['a: 1\n--- # c\n"', { a: 1 }],
    ['---a: 1', { '---a': 1 }],
    ['a: b\n ---\n c', { a: 'b --- c' }],
    ['a: 1\r\n---\r\n%', { a: 1 }],
    ['...a: 1', { '...a': 1 }],
  ],
  'reads empty documents': [
    ['', null],
    ['# only a comment', null],
    ['   \n  # c\n', null],
    ['---', null],
  ],
  'reads line breaks': [
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['a: 1\rb: 2\r', { a: 1, b: 2 }],
    ['a: |\r\n  x\r\n  y\r\n', { a: 'x\ny\n' }],
    ['a: "x \\\r\n  y\\tz"\r\n', { a: 'x y\tz' }],
  ],
  'reads brackets': [
    ['{"a": 1, "b": [1, 2,],}', { a: 1, b: [1, 2] }],
    ['{\n\t"a": 1,\n\t"b": 2\n}', { a: 1, b: 2 }],
    ['[a:b, "c":d, http://x/y]', ['a:b', { c: 'd' }, 'http://x/y']],
    ['[a#b, c #d\n]', ['a#b', 'c']],
    ['["\\u00e9\\x41\\U0001F600\\n\\t\\0\\e\\_\\N\\L\\P"]', ['éA😀\n\t\u0000\u001b   ']],
  ],
  'reads text in lines': [
    ['a: |\n  x\n   y\n\n  z\n', { a: 'x\n y\n\nz\n' }],
    ['a: >\n  x\n  y\n\n  z\n', { a: 'x y\nz\n' }],
    ['a: |+\n  x\n\n', { a: 'x\n\n' }],
    ['a: |\n  x', { a: 'x' }],
    ['a: >\n  x', { a: 'x' }],
    ['a: |+\n  x', { a: 'x' }],
    ['a: |2\n   x\n', { a: ' x\n' }],
    ['- |\n x\n- >-\n y\n z\n', ['x\n', 'y z']],
    ['a: | # c\n  x # y\n', { a: 'x # y\n' }],
    ['a: "x\\\n  y"', { a: 'xy' }],
    ['a: "q\\"\\\\"', { a: 'q"\\' }],
  ],
  'reads nesting by indentation': [
    ['a:\n- 1\n- 2\nb: 3', { a: [1, 2], b: 3 }],
    ['? a\n: b\n? c', { a: 'b', c: null }],
    ['a: b # c\nd: e#f', { a: 'b', d: 'e#f' }],
    [' a: 1\n b: 2', { a: 1, b: 2 }],
    ['a:\tb', { a: 'b' }],
    ['a: b\t\nc: d', { a: 'b', c: 'd' }],
  ],
};

const invalidInBoth: readonly string[] = [
  '[!!str yes, !!str ~, !!str, !!str "x", ! 123, ! "x"]',
  '? - x\n: y',
  "a: 'b': c",
  'a: b: c',
  'a: @b',
  'a: %b',
  'a: `b',
  '%YAML 1.2\n---\na: 1',
  '%FOO x\n---\na: 1',
  '...\na: 1',
  'a: [',
  'a: {',
  '[1, 2',
  'a: "x',
  "a: 'x",
  'a:\n\tb: 1',
  '\ta: 1',
  'a: 1\n\t\nb: 2',
  'a: 1\n\t# c\nb: 2',
  'a: "\\ud83d\\ude00"',
  'a: "\\/"',
  'a: "\\q"',
  'a: "\\U00110000"',
  'a: b\u0000',
  'a: \u0001',
  'a: ',
  'a: ',
  'a: ￾',
  '{~: a}',
  '{[a]: b}',
  '{? {a: 1} : b}',
  '{18446744073709551615: a}',
  ...'.nan|a: .inf|a: *x|a: &x [*x]|{<<: 1}|{<<: [1]}|{<<: [{a: 1}, b]}'.split('|'),
  ...'x: &x 1\ny: {<<: *x}|!!int x|!!bool 1|!!null x|!!float x|!!binary "%"'.split('|'),
  '!!float 18446744073709551615',
  ...'!x!y z|a: &b.c d|a: 1\n b: 2|a: 1\n  b: 2\n c: 3|- a\nb: c|a\nb: c'.split('|'),
  ...'[a?b]|[:a]|a: ]|a: 1\n]|{a: b}: |a: b\n"c|- a\n-b\n- : ['.split('|'),
];

/** Rare YAML forms that kubectl reads. This program reports an error with the line, because js-yaml reads these forms differently. */
const invalidHere: readonly string[] = [
  '{a:, b: 1}',
  '{a: -, b: 1}',
  '{a: 1} x',
  '"a" b',
  '!!timestamp 2024-01-01',
  '{! <<: {a: 1}}',
  ...'1.5|1e3|.inf|.nan|3.141592653589793|12345678901234567890123'
    .split('|')
    .map((key) => `{${key}: a}`),
  '!!binary /w==',
  '- !!st%72 1',
  '%TAG ! x:\n---\na: 1',
  'a: "x\\\n\n  y"',
  'a: ',
  'a:  ',
  'a: x﻿',
  ' --- a',
  '[!a, b]',
  '|\n x',
  'a: "\\\'"',
];

suite('YAML: values', (test) => {
  for (const [title, rows] of Object.entries(reads))
    test(title, () => {
      for (const [text, value] of rows) assert.equal(read(text), value, JSON.stringify(text));
    });

  test('reads UTF-8 and UTF-16 with a byte order mark', () => {
    const value = { é: '😀' };
    const utf16 = Buffer.from('\uFEFFé: 😀', 'utf16le');
    assert.equal(read('\uFEFFé: 😀'), value);
    assert.equal(read(utf16), value);
    assert.equal(read(Buffer.from(utf16).swap16()), value);
  });

  test('reads a thousand aliases of one value', () => {
    const value = read(`x: &x [1]\nz: [${'*x,'.repeat(1000)}]`) as { z: unknown[] };
    assert.equal(value.z, Array(1000).fill([1]));
  });
});

suite('YAML: errors', (test) => {
  test('rejects what kubectl rejects', () => {
    for (const text of invalidInBoth)
      assert.match(problem(text), /^not valid YAML: line \d+: /, text);
  });

  test('rejects forms that it would read differently from kubectl', () => {
    for (const text of invalidHere)
      assert.match(problem(text), /^not valid YAML: line \d+: /, text);
  });

  test('reports the line and the reason', () => {
    const table: readonly (readonly [string | Buffer, string])[] = [
      ['a: 1\nb: *x', 'line 2: unknown anchor referenced'],
      [
        'a: 1\r\nb: "\\ud83d\\ude00"',
        'line 2: unsupported escape, which kubectl reads differently',
      ],
      ['%YAML 1.2\n---\na: 1', 'line 1: unsupported directive, only %YAML 1.1 is allowed'],
      ['a: 1\n~: 2', 'line 2: invalid map key, must be text, whole number or boolean'],
      ['a: 1\nb: x\0', 'line 2: character that is not allowed'],
      ['a: 1\n\t\nb: 2', 'line 2: tab used for indentation'],
      [Buffer.from('a: 1\nb: \xe9', 'latin1'), 'line 2: invalid utf-8'],
      [Buffer.from([0xff, 0xfe, 0x00, 0xd8]), 'line 1: invalid utf-16le'],
    ];
    for (const [text, reason] of table) assert.is(problem(text), `not valid YAML: ${reason}`);
  });

  test('rejects aliases that multiply values, and endless nesting', () => {
    const bomb = Array.from({ length: 10 }, (_, level) => {
      const item = level === 0 ? 'x' : `*a${level - 1}`;
      return `a${level}: &a${level} [${`${item},`.repeat(9)}]\n`;
    });
    assert.match(problem(bomb.join('')), /: document contains excessive aliasing$/);
    for (const opening of ['[', '{a: ', '- ', '? '])
      assert.match(problem(opening.repeat(100_000)), /line 1: nesting exceeded maxDepth/);
  });

  test('rejects a file with millions of values', () => {
    for (const text of [`x: [${'a,'.repeat(5_000_000)}a]`, `x:\n${'- \n'.repeat(3_400_000)}`])
      assert.is(problem(text), 'more than a million lines and commas');
  });

  test('rejects aliases that nest so deeply that the stack would overflow', () => {
    const levels = Array.from({ length: 30 }, (_, level) => {
      const item = level === 0 ? 'x' : `*a${level - 1}`;
      return `a${level}: &a${level} ${'['.repeat(900)}${item}${']'.repeat(900)}\n`;
    });
    assert.match(problem(levels.join('')), /: nested too deeply by aliases$/);
  });

  test('never shows content of the file', () => {
    const secret = 'c2VjcmV0';
    const forms = [
      `a: ${secret}\n  b: [`,
      `a: "${secret}`,
      `a: *${secret}`,
      `a: &${secret}. x`,
      `a: !${secret}!x y`,
      `a: !${secret}^ y`,
      `a: !<${secret}^> y`,
      `a: !!int ${secret}`,
      `a: !!binary ${secret}%`,
      `%${secret}\n---\na`,
      `%YAML ${secret}\n---\na`,
      `%TAG !${secret}! ${secret}^\n---\na`,
      `a: "\\${secret}"`,
      `${secret}: ${secret}: ${secret}`,
      `? [${secret}]\n: 1`,
      `<<: ${secret}`,
      `{"${secret}" "${secret}"}`,
      `a: |${secret}`,
    ];
    for (const text of forms) {
      assert.match(problem(text), /^not valid YAML: /, text);
      assert.not.match(problem(text), secret, text);
    }
  });

  test('reports the line if too many lines in brackets would have to be indented', () =>
    assert.match(
      problem(`a: [\n${'1,\n'.repeat(20_000)}]\n`),
      /^not valid YAML: line \d+: too many lines in brackets or quotes .* \(a limit of this program\)$/,
    ));
});
