import * as assert from 'uvu/assert';
import { parseFilters } from '../../../src/commands/metrics/series-filter.ts';
import { UsageFailure } from '../../../src/errors.ts';
import { fill, growth } from '../../kit/growth.ts';
import { suite } from '../../kit/suite.ts';

const series = [
  ['cpu', { pod: 'web-1', ns: 'shop' }],
  ['cpu', { pod: 'web-22', ns: 'ops' }],
  ['memory', { pod: 'db', ns: 'shop' }],
  ['memory', { id: '/a\nb"c\\d' }],
] as const;

/** Returns the indexes of matching series. */
function matching(...selectors: readonly string[]): readonly number[] {
  const filter = parseFilters(selectors);
  return series.flatMap(([metric, labels], index) =>
    filter(metric, Object.entries(labels).flat()) ? [index] : [],
  );
}

function problemOf(selector: string): UsageFailure {
  try {
    parseFilters([selector]);
  } catch (error) {
    if (error instanceof UsageFailure) return error;
    throw error;
  }
  throw new Error(`no error: ${selector}`);
}

suite('a filter of series', (test) => {
  for (const [selectors, expected] of [
    [[], [0, 1, 2, 3]],
    [['cpu'], [0, 1]],
    [['cpu{}'], [0, 1]],
    [['sum'], []],
    [['{}'], [0, 1, 2, 3]],
    [['cpu{ns="shop"}'], [0]],
    [['cpu{ns!="shop"}'], [1]],
    [['{ns=~"sho"}'], []],
    [['{ns=~"sho."}'], [0, 2]],
    [['{ns!~"sho."}'], [1, 3]],
    [['{pod=~"web-\\\\d"}'], [0]],
    [['{pod=~`web-\\d`}'], [0]],
    [["{pod=~'web-[[:digit:]]+'}"], [0, 1]],
    [['{pod=""}'], [3]],
    [['{pod!=""}'], [0, 1, 2]],
    [['{absent=~".*"}'], [0, 1, 2, 3]],
    [['{__name__=~"cpu|mem.*"}'], [0, 1, 2, 3]],
    [['{__name__="cpu", ns="ops",}'], [1]],
    [['{"cpu","ns"="ops"}'], [1]],
    [['{id="/a\\nb\\"c\\\\d"}'], [3]],
    [['{id=~"/a.b.*"}'], [3]],
    [['{pod="\\x64\\u0062"}'], [2]],
    [['{pod="\\144\\142"}'], [2]],
    [['{ns=~"SHOP"}'], []],
    [['{ns=~"(?i)SHOP"}'], [0, 2]],
    [['{ns=~"shop|ops", pod=~"web.*"}'], [0, 1]],
    [
      ['cpu{ns="ops"}', 'memory{pod="db"}'],
      [1, 2],
    ],
  ] as const)
    test(`selects the same series as PromQL: ${selectors.join(' or ') || 'none'}`, () =>
      assert.equal(matching(...selectors), expected));

  for (const text of ['caf\\xc3\\xa9', 'caf\\303\\251', 'caf\\u00e9', 'caf\\U000000e9', 'café'])
    test(`parses escapes in a quoted string as Go does: ${text}`, () => {
      const filter = parseFilters([`x{a="${text}"}`]);
      assert.equal(
        ['café', 'cafÃ©'].map((value) => filter('x', ['a', value])),
        [true, false],
      );
    });

  test('finds no value that is equal to invalid UTF-8, as in PromQL', () => {
    for (const value of ['\uFFFD', 'ÿ', '']) {
      assert.is(parseFilters(['x{a="\\xff"}'])('x', ['a', value]), false);
      assert.is(parseFilters(['x{a!="\\xff"}'])('x', ['a', value]), true);
    }
  });

  for (const [selector, problem] of [
    ['x{a=~"\\xff"}', ' at character 6: a regular expression must be UTF-8'],
    ['', ': it is not a selector of series'],
    ['x{', ' at character 3: it is incomplete'],
    ['x{a="b"', ' at character 8: it is incomplete'],
    ['x{a="b', ' at character 7: it is incomplete'],
    ['x{a==“b”}', ' at character 5: unexpected "=“b”}"'],
    ['x{a="b" c="d"}', ' at character 9: unexpected "c=\\"d\\"}"'],
    ['foo bar', ' at character 5: unexpected "bar"'],
    ['sum(x)', ': it is not a selector of series'],
    ['x[5m]', ': it is not a selector of series'],
    ['rate(x[5m])', ': it is not a selector of series'],
    ['x or y', ': it is not a selector of series'],
    ['x > 1', ': it is not a selector of series'],
    ['x{a=~"(b"}', ' at character 6: error parsing regexp: missing closing ): `(b`'],
    [
      'x{a=~"a(?=b)"}',
      ' at character 6: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
    ['x{a=~"\\d"}', ' at character 6: unknown escape \\d in a quotation'],
  ] as const)
    test(`reports the position of an error: ${selector}`, () => {
      const { message, hints } = problemOf(selector);
      assert.is(message, `invalid --filter value ${JSON.stringify(selector)}${problem}`);
      assert.is(hints.length, 1);
    });

  test('takes linear time for any expression', () => {
    const filter = parseFilters(['{a=~"(a+)+$", b!~"(.*a.{200}){3}"}']);
    const use = (text: string) => filter('m', ['a', text, 'b', text]);
    for (const piece of ['a', 'ab'])
      assert.is(
        growth(use, (length) => fill(piece, length)),
        undefined,
      );
    assert.match(problemOf('{a=~"(a{1000}){1000}"}').message, 'invalid repeat count');
    assert.match(problemOf(`x${'{'.repeat(20_000)}`).message, 'more than 10000 characters');
    assert.match(problemOf(`x${'('.repeat(9000)}`).message, 'invalid --filter value');
  });
});
