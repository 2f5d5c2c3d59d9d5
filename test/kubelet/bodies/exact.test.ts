import * as assert from 'uvu/assert';
import {
  type Count,
  difference,
  known,
  larger,
  percentOf,
  sum,
} from '../../../src/kubelet/bodies/exact.ts';
import { fc } from '../../kit/fast-check.ts';
import { runs } from '../../kit/random.ts';
import { suite } from '../../kit/suite.ts';

/** Any count, as read from the JSON of a kubelet. */
const count = fc
  .oneof(fc.bigInt(0n, 2n ** 64n - 2n), fc.bigInt(2n ** 53n - 9n, 2n ** 53n + 9n), fc.nat())
  .map((value): Count => known(BigInt(value)) ?? 0);

suite('a uint64', (test) => {
  test('is a number up to 2^53 and a bigint beyond', () => {
    assert.is(known(9_007_199_254_740_991n), 9_007_199_254_740_991);
    assert.is(known(9_007_199_254_740_993n), 9_007_199_254_740_993n);
    assert.is(known(0), 0);
  });

  test('is unknown if it is negative, fractional, or the largest uint64', () => {
    assert.is(known(18_446_744_073_709_551_615n), undefined);
    for (const value of [undefined, -1, -1n, 0.5, Number.POSITIVE_INFINITY, Number.NaN])
      assert.is(known(value), undefined, String(value));
  });

  test('is added, subtracted and compared exactly', () =>
    fc.assert(
      fc.property(count, count, (one, other) => {
        assert.is(BigInt(sum(one, other) ?? -1), BigInt(one) + BigInt(other));
        assert.is(BigInt(difference(one, other) ?? -1), BigInt(one) - BigInt(other));
        assert.ok([one, other].every((each) => (larger(one, other) ?? -1) >= each));
      }),
      runs(5000),
    ));

  test('can be added to an unknown value, but the difference from an unknown value is unknown', () => {
    assert.is(sum(undefined, 1), 1);
    assert.is(sum(undefined, undefined), undefined);
    assert.is(difference(1, undefined), undefined);
    assert.is(larger(undefined, 1), 1);
  });

  test('has a percentage of another value with two decimals, and no percentage of 0', () => {
    assert.is(percentOf(1, 3), 33.33);
    assert.is(percentOf(9_223_372_036_854_775_807n, 18_446_744_073_709_551_614n), 50);
    assert.is(percentOf(0, 0), undefined);
    assert.is(percentOf(undefined, 1), undefined);
  });
});
