import * as assert from 'uvu/assert';
import { joinJson } from '../../src/text/json.ts';
import { fc } from '../kit/fast-check.ts';
import { runs } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';

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
