import * as assert from 'uvu/assert';
import { exactJson, parseExactJson } from '../../src/text/json.ts';
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
