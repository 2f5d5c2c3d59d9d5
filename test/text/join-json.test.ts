import * as assert from 'uvu/assert';
import { joinJson } from '../../src/text/join-json.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

const some = runs(500);

/** By JSON.parse, and a pattern. */
function slowly(text: string): string | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return text.replaceAll(/[\r\n][\r\n\t ]*/g, '');
}

const join = (text: string) => joinJson(Buffer.from(text))?.toString();

const indentation = fc.constantFrom(0, 1, '\t', '  ', 4);
const json = fc
  .tuple(fc.json({ maxDepth: 4 }), indentation)
  .map(([text, indent]) => JSON.stringify(JSON.parse(text), null, indent));
const fragment = fc.constantFrom(
  ...'{|}|[|]|,|:|"|\\|\\u12|\\ud800|\n|\r|\t| |\0|0'.split('|'),
  ...'1|-|+|.|e|E|-0|01|1.|.5|1e5|1E+5|true|false|null|nul'.split('|'),
  ...[
    'NaN',
    '\u2028',
    '\ufeff',
    '{"a":1}',
    '[1,]',
    '18446744073709551615',
    "'",
    '//',
    '\x0b',
    '\xa0',
  ],
);

suite('JSON in one line', (test) => {
  test('is the text without line ends and the blanks behind them', () => {
    fc.assert(
      fc.property(json, (text) => assert.is(join(text), slowly(text))),
      some,
    );
    assert.is(
      join('{\n "a": 18446744073709551615,\r\n\t"b": [ 1,\n\n 2 ]\n}\n'),
      '{"a": 18446744073709551615,"b": [ 1,2 ]}',
    );
  });

  test('is refused where JSON.parse refuses it', () => {
    let valid = 0;
    fc.assert(
      fc.property(
        json,
        fc.array(fc.tuple(fc.noBias(fc.nat(999)), fc.nat(2), fragment), {
          minLength: 1,
          maxLength: 2,
        }),
        (text, damages) => {
          const damaged = damages.reduce((before, [place, cut, added]) => {
            const at = Math.floor((place * (before.length + 1)) / 1000);
            return before.slice(0, at) + added + before.slice(at + cut);
          }, text);
          const whole = damaged.toWellFormed();
          const expected = slowly(whole);
          if (expected !== undefined) valid += 1;
          assert.is(join(whole), expected);
        },
      ),
      some,
    );
    assert.ok(valid > some.numRuns / 50 && valid < some.numRuns / 1.2, `${valid}`);
  });

  test('may be pieces of a few signs', () =>
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 6 }), (pieces) => {
        const text = pieces.join('').toWellFormed();
        assert.is(join(text), slowly(text));
      }),
      some,
    ));

  test('may be nested deeply', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    assert.is(join(deep), deep);
    assert.is(join(deep.slice(0, -1)), undefined);
  });
});
