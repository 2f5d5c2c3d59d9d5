import * as assert from 'uvu/assert';
import { parseQuantity } from '../../../src/kubelet/bodies/quantity.ts';
import { suite } from '../../kit/suite.ts';

suite('a quantity', (test) => {
  // Values of resource.ParseQuantity(text).Value().
  const values: readonly (readonly [text: string, value: number | bigint])[] = [
    ['0', 0],
    ['100', 100],
    ['100Mi', 104_857_600],
    ['1.5Gi', 1_610_612_736],
    ['1k', 1000],
    ['100M', 100_000_000],
    ['250m', 1],
    ['1500m', 2],
    ['1n', 1],
    ['3u', 1],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E', 1_000_000_000_000_000_000n],
    ['12e-1', 2],
    ['.5', 1],
    ['5.', 5],
    ['+7', 7],
    ['1Ei', 1_152_921_504_606_846_976n],
    ['7.5Ei', 8_646_911_284_551_352_320n],
    ['8Ei', 9_223_372_036_854_775_807n],
    ['9007199254740993', 9_007_199_254_740_993n],
  ];
  for (const [text, value] of values)
    test(`${text} is ${value}`, () => assert.is(parseQuantity(text), value));

  const thousandths: typeof values = [
    ['250m', 250],
    ['1', 1000],
    ['1.5', 1500],
    ['1u', 1],
    ['2Ki', 2_048_000],
  ];
  for (const [text, value] of thousandths)
    test(`${text} is ${value} thousandths`, () => assert.is(parseQuantity(text, 3), value));

  for (const text of [...'|.|-|-1|Mi|1K|1 Mi|1mi|1MiB|0x10|NaN|1e|1ee3'.split('|')])
    test(`"${text}" is invalid`, () => assert.is(parseQuantity(text), undefined));

  test('is read quickly, whatever its length', () => {
    assert.is(parseQuantity('9'.repeat(1_000_000)), undefined);
    assert.is(parseQuantity(`1e${'9'.repeat(50)}`), 9_223_372_036_854_775_807n);
    assert.is(parseQuantity(`1e-${'9'.repeat(50)}`), 1);
  });
});
