import * as assert from 'uvu/assert';
import {
  exactJson,
  hasMoreValues,
  joinJson,
  parseBoundedJson,
  parseExactJson,
} from '../../src/text/json.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

suite('exact JSON', (test) => {
  test('has bigints for integers beyond 2^53, and numbers for other values', () =>
    assert.equal(parseExactJson('[9007199254740993, -9007199254740993, 1, 1e20, 0.1]'), [
      9_007_199_254_740_993n,
      -9_007_199_254_740_993n,
      1,
      1e20,
      0.1,
    ]));

  for (const text of ['18446744073709551615', '{"a":[9007199254740993,"9007199254740993",1]}'])
    test(`is written as it was read: ${text}`, () =>
      assert.is(exactJson(parseExactJson(text)), text));
});

suite('counted values of a JSON text', (test) => {
  test('do not include commas and brackets within strings', () => {
    const strings = JSON.stringify(Array(10).fill(`${','.repeat(200)}\\"[{`));
    assert.not(hasMoreValues(strings, 20));
    assert.ok(hasMoreValues(strings.replaceAll('"', ''), 20));
    assert.ok(hasMoreValues(`["${'\\'.repeat(30)}",${'1,'.repeat(30)}1]`, 20));
    // A string without an end is not counted, because it is invalid JSON, which the parser rejects.
    assert.not(hasMoreValues(`"${','.repeat(100)}`, 20));
  });

  test('stay below the limit for 500 pods of a node, but not for 800', () => {
    const pod = { values: Object.fromEntries(Array.from({ length: 1_400 }, (_, i) => [i, 1])) };
    assert.ok('value' in parseBoundedJson(JSON.stringify(Array(500).fill(pod))));
    const more = parseBoundedJson(JSON.stringify(Array(800).fill(pod)));
    assert.equal(more, { problem: 'more than 1000000 values' });
  });
});

const join = (text: string) => joinJson(Buffer.from(text));

suite('JSON in one line', (test) => {
  test('is the text without line ends and the blanks after them', () =>
    assert.is(
      join('{\n "a": 18446744073709551615,\r\n\t"b": [ 1,\n\n 2 ],\n"c": "\\r\\n  d"\n}\n'),
      '{"a": 18446744073709551615,"b": [ 1,2 ],"c": "\\r\\n  d"}',
    ));

  test('has the same values', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1, '\t', 4), (value, indent) => {
        const line = join(JSON.stringify(value, null, indent)) ?? '';
        assert.not.match(line, /[\r\n]/);
        assert.equal(JSON.parse(line), JSON.parse(JSON.stringify(value)));
      }),
      runs(500),
    ));

  for (const text of ['', '{', '[1,]', '{"a":1}{}', "'a'", '"a\nb"', 'NaN', '\ufeff{}', '1\x0b'])
    test(`is undefined for ${JSON.stringify(text)}`, () => assert.is(join(text), undefined));

  test('is undefined for bytes that are not UTF-8', () =>
    assert.is(joinJson(Buffer.from([0x22, 0xff, 0x22])), undefined));

  test('is possible for deeply nested lists', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    assert.is(join(deep), deep);
    assert.is(join(deep.slice(0, -1)), undefined);
  });

  test('is undefined for more values than a node could send', () =>
    assert.is(join(`[${'[],'.repeat(500_000)}[]]`), undefined));
});
