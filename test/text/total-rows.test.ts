import * as assert from 'uvu/assert';
import { sumOf, totalOf } from '../../src/text/total-rows.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';
import { nodeView, noNode } from './view-of-nodes.ts';

suite('a total', (test) => {
  test('is the exact sum of whole numbers of any size', () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n }))),
        (values) => {
          const expected = values.reduce<bigint>((sum, value) => sum + BigInt(value), 0n);
          const sum = sumOf(values);
          assert.is(BigInt(sum), expected);
          assert.is(typeof sum, expected <= BigInt(Number.MAX_SAFE_INTEGER) ? 'number' : 'bigint');
        },
      ),
    ));

  test('has no rounding errors of binary fractions', () => {
    assert.is(sumOf([0.1, 0.2]), 0.3);
  });

  test('notes how many rows have a value, and is absent if no row has a value', () => {
    const rows = [
      { ...noNode, cpuCores: 1, memoryBytes: 5 },
      { ...noNode, cpuCores: Number.NaN, memoryBytes: 6 },
    ];
    assert.equal(totalOf(nodeView.columns, rows, 'nodes'), {
      sums: { cpuCores: 1, memoryBytes: 11 },
      notes: ['note: 1 of 2 nodes report CPU'],
    });
  });
});
