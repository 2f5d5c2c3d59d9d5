import * as assert from 'uvu/assert';
import { quantileFunction } from '../../../src/commands/metrics/quantile-rows.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const inf = Number.POSITIVE_INFINITY;

/** Returns buckets for alternating bounds and counts. */
const buckets = (...numbers: readonly number[]) =>
  Array.from({ length: numbers.length / 2 }, (_, index) => ({
    le: numbers[2 * index] ?? 0,
    count: numbers[2 * index + 1] ?? 0,
  }));

suite('a quantile of a histogram', (test) => {
  // Cases and results of promql/promqltest/testdata/histograms.test of prometheus/prometheus.
  for (const [q, of, expected] of [
    [0.25, buckets(0, 2, 1, 4, 2, 8, inf, 8), 0],
    [0.5, buckets(0, 2, 1, 4, 2, 8, inf, 8), 1],
    [0.75, buckets(0, 2, 1, 4, 2, 8, inf, 8), 1.5],
    [0.5, buckets(0.1, 5, 0.2, 10, inf, 10), 0.1],
    [0.5, buckets(0.1, 4, 0.2, 10, inf, 10), 0.1 + 0.1 / 6],
    // Quantiles above the last bound, and below a first bound that is not positive.
    [0.99, buckets(1, 1, 2, 1, inf, 10), 2],
    [0.1, buckets(-1, 5, 1, 6, inf, 6), -1],
    // Prometheus returns NaN here, and quantileFunction returns undefined.
    [0.5, buckets(), undefined],
    [0.5, buckets(1, 5), undefined],
    [0.5, buckets(inf, 5), undefined],
    [0.5, buckets(1, 0, inf, 0), undefined],
    // Buckets in any order, with equal bounds, and with decreasing counts.
    [0.5, buckets(inf, 10, 0.2, 10, 0.1, 4), 0.1 + 0.1 / 6],
    [0.5, buckets(0.1, 2, 0.1, 2, 0.2, 10, inf, 10), 0.1 + 0.1 / 6],
    [0.5, buckets(1, 10, 2, 8, inf, 10), 0.5],
  ] as const)
    test(`equals histogram_quantile: ${q} of ${JSON.stringify(of)}`, () => {
      const found = quantileFunction(of)(q).value;
      if (expected === undefined || found === undefined) assert.is(found, expected);
      else assert.ok(Math.abs(found - expected) < 1e-9, `${found}, not ${expected}`);
    });

  for (const [q, of, expected] of [
    [0.99, buckets(1, 986, 10, 986, inf, 1000), true],
    [0.98, buckets(1, 986, 10, 986, inf, 1000), false],
    [0.99, buckets(10, 5, inf, 5), false],
    [0.5, buckets(inf, 5), false],
    [0.5, buckets(), false],
  ] as const)
    test(`is marked if it is above the last bound: ${q} of ${JSON.stringify(of)}`, () =>
      assert.is(quantileFunction(of)(q).isAbove, expected));

  test('is in the same bucket as the observation with its rank', () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 9.99, noNaN: true }), { minLength: 1 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99),
        (observations, q) => {
          const bounds = [1, 2, 4, 10];
          const of = [...bounds, inf].map((le) => ({
            le,
            count: observations.filter((each) => each <= le).length,
          }));
          const sorted = observations.toSorted((a, b) => a - b);
          const observation = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
          const upper = bounds.find((bound) => observation <= bound) ?? 10;
          const lower = bounds[bounds.indexOf(upper) - 1] ?? 0;
          const found = quantileFunction(of)(q).value ?? -1;
          assert.ok(found >= lower && found <= upper, `${found} of ${lower} to ${upper}`);
        },
      ),
    ));
});
