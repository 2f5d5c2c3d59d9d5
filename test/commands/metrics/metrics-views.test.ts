import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { counts, quantiles, series } from '../../../src/commands/metrics/metrics-views.ts';
import { quantileFunction } from '../../../src/commands/metrics/quantile-rows.ts';
import { sumOf } from '../../../src/commands/metrics/sample-values.ts';
import type { Row } from '../../../src/commands/shared/fleet/outcome.ts';
import type { Bodies, BodyView } from '../../../src/commands/shared/rows/body-view.ts';
import { arrangeRows } from '../../../src/text/sort-rows.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';
import { rowsOf, usualParameters } from './recorded-metrics.ts';

interface Counter {
  readonly metric: string;
  readonly a: string;
  readonly b: string;
  readonly value: number | bigint;
}

const words = fc.constantFrom('', 'x', 'y', '"\\');
const anyCounter: fc.Arbitrary<Counter> = fc.record({
  metric: fc.constantFrom('m', 'n_total'),
  ...{ a: words, b: words },
  value: fc.oneof(fc.nat(), fc.bigInt(2n ** 53n, 2n ** 64n - 1n)),
});
const nodeCounters = fc.uniqueArray(anyCounter, { selector: ({ metric, a, b }) => metric + a + b });
const fleet = fc.array(nodeCounters, { minLength: 1, maxLength: 3 });

const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
const bodyOf = (counters: readonly Counter[]) =>
  `# TYPE m counter\n# TYPE n_total counter\n${counters
    .map(({ metric, a, b, value }) => `${metric}{a="${escaped(a)}",b="${escaped(b)}"} ${value}\n`)
    .join('')}`;
const answers = (nodes: readonly (readonly Counter[])[]) =>
  nodes.map((counters, index): readonly [string, Bodies] => [
    `node-${index}`,
    { body: bodyOf(counters), extra: {} },
  ]);

const exact = (rows: readonly Row[], key: string) =>
  rows.reduce((total, row) => total + BigInt(row[key] as number | bigint), 0n);
const rowsBy = (nodes: readonly (readonly Counter[])[], by: string) =>
  rowsOf(series({ ...usualParameters, by }), answers(nodes));

/** Returns the memory in use, in bytes. It includes long texts, which Node.js stores outside of the heap. */
function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

suite('views of metrics', (test) => {
  test('lose no digit and no series, in rows and in sums', () =>
    fc.assert(
      fc.property(fleet, (nodes) => {
        const all = nodes.flat();
        const total = all.reduce((sum, { value }) => sum + BigInt(value), 0n);
        assert.is(exact(rowsBy(nodes, ''), 'value'), total);
        for (const by of ['metric', 'a', 'a,b', 'series', 'node', 'node,b', 'absent']) {
          const rows = rowsBy(nodes, by);
          assert.is(exact(rows, 'value'), total, by);
          assert.is(Number(exact(rows, 'series')), all.length, by);
          const keys = rows.map(({ node, metric, labels }) => `${node} ${metric} ${labels}`);
          assert.is(new Set(keys).size, rows.length, by);
        }
        assert.is(rowsBy(nodes, 'metric').length, new Set(all.map(({ metric }) => metric)).size);
        const byA = new Set(all.map(({ metric, a }) => `${metric} ${a}`));
        assert.is(rowsBy(nodes, 'a').length, byA.size);
      }),
    ));

  test('have the same first rows even if only the first rows of each node are kept', () =>
    fc.assert(
      fc.property(fleet, fc.integer({ min: 1, max: 5 }), (nodes, limit) => {
        for (const sortBy of ['', 'value', 'labels']) {
          const arrangement = { sortBy: sortBy ? { key: sortBy } : undefined, limit };
          const whole = rowsBy(nodes, '');
          const reduced = rowsOf(series({ ...usualParameters, sortBy, limit }), answers(nodes));
          assert.equal(arrangeRows(reduced, arrangement), arrangeRows(whole, arrangement));
        }
      }),
    ));

  test('count each series once', () =>
    fc.assert(
      fc.property(fleet, (nodes) => {
        const all = nodes.flat();
        for (const by of ['', 'node'])
          assert.is(
            Number(exact(rowsOf(counts({ ...usualParameters, by }), answers(nodes)), 'series')),
            all.length,
          );
        const labels = rowsOf(counts({ ...usualParameters, by: 'label' }), answers(nodes));
        const most = Math.max(
          ...nodes.map(
            (counters) => new Set(counters.map(({ a }) => a).filter((a) => a !== '')).size,
          ),
        );
        assert.is(labels.find(({ label }) => label === 'a')?.['values'] ?? 0, most);
      }),
    ));

  test('have the changes between two responses, even after a restart', () =>
    fc.assert(
      fc.property(nodeCounters, fc.infiniteStream(fc.bigInt(-5n, 2n ** 60n)), (counters, steps) => {
        const later = counters.map((counter) => {
          const value = BigInt(counter.value) + (steps.next().value ?? 0n);
          return { ...counter, value: value < 0n ? 0n : value };
        });
        const bodies = {
          body: bodyOf(later),
          extra: {},
          earlier: { body: bodyOf(counters), ms: 10_000 },
        };
        const view = series({ ...usualParameters, rateMs: 10_000 });
        const expected = later.flatMap(({ value }, index) => {
          const before = BigInt(counters[index]?.value ?? 0);
          const change = value < before ? value : value - before;
          return change === 0n ? [] : [change];
        });
        assert.equal(
          rowsOf(view, [['n', bodies]]).map(({ change }) => BigInt(change as number | bigint)),
          expected,
        );
      }),
    ));

  test('sum numbers as Prometheus does, without rounding errors of floats', () => {
    const sums = [
      [1e16, 1.5, -1e16],
      [1.7e308, 1.7e308],
    ].map(sumOf);
    assert.equal(sums, [1.5, Number.POSITIVE_INFINITY]);
  });

  test('compute rates by the times of samples, or by the times of responses if samples have the same time', () => {
    const rowOf = (atMs: number) =>
      rowsOf(series({ ...usualParameters, rateMs: 10_000 }), [
        [
          'n',
          {
            body: `# TYPE c counter\nc 8 ${atMs}\n`,
            extra: {},
            earlier: { body: '# TYPE c counter\nc 5 1000\n', ms: 10_000 },
          },
        ],
      ])[0];
    assert.equal(
      [6000, 1000].map((atMs) => rowOf(atMs)?.['perSecond']),
      [0.6, 0.3],
    );
  });

  test('have decreases of gauges, but no quantiles of summaries, with --rate', () => {
    const [earlier = '', body = ''] = [5, 3].map(
      (value) =>
        `# TYPE g gauge\ng ${value}\n# TYPE s summary\ns{quantile="0.5"} 1\ns_sum 1\ns_count ${9 - value}\n`,
    );
    const all = [['n', { body, extra: {}, earlier: { body: earlier, ms: 1000 } }]] as const;
    const rate = { ...usualParameters, rateMs: 1000 };
    assert.equal(
      rowsOf(series(rate), all).map(({ metric, change }) => [metric, change]),
      [
        ['g', -2],
        ['s_count', 2],
      ],
    );
    const [row] = rowsOf(quantiles(rate), all);
    assert.equal([row?.['count'], row?.['p50']], [2, undefined]);
  });

  test('are printed for Prometheus without duplicate labels, whatever the names of labels', () => {
    const view = series(usualParameters);
    const body = 'a{node="1",exported_node="2",exported_exported_node="3"} 1\n';
    const exposed = [...(view.expose?.(rowsOf(view, [['n', { body, extra: {} }]])) ?? [])];
    assert.is(
      exposed.at(-1),
      'a{node="n",exported_exported_exported_node="1",exported_node="2",exported_exported_node="3"} 1\n',
    );
  });

  test('have the quantiles of all observations of a fleet', () =>
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 9, noNaN: true }), { minLength: 1 }), {
          minLength: 1,
          maxLength: 4,
        }),
        (nodes) => {
          const bounds = [1, 2, 5, Number.POSITIVE_INFINITY];
          const bucketsOf = (observations: readonly number[]) =>
            bounds.map((le) => ({ le, count: observations.filter((each) => each <= le).length }));
          const all = nodes.map((observations, index): readonly [string, Bodies] => {
            const lines = bucketsOf(observations).map(
              ({ le, count }) =>
                `h_bucket{node="${index}",le="${String(le).replace('Infinity', '+Inf')}"} ${count}\n`,
            );
            const sum = observations.reduce((a, b) => a + b, 0);
            const rest = `h_sum ${sum}\nh_count ${observations.length}\n`;
            return [
              `n${index}`,
              { body: `# TYPE h histogram\n${lines.join('')}${rest}`, extra: {} },
            ];
          });
          const [row, ...others] = rowsOf(quantiles({ ...usualParameters, by: 'metric' }), all);
          const observations = nodes.flat();
          assert.is(others.length, 0);
          assert.is(row?.['count'], observations.length);
          for (const [key, q] of [
            ['p50', 0.5],
            ['p90', 0.9],
            ['p99', 0.99],
          ] as const)
            assert.is(row?.[key], quantileFunction(bucketsOf(observations))(q).value);
        },
      ),
    ));

  test('keep only printed parts of a body in memory', async () => {
    // V8 does not copy substrings of at least 13 characters.
    const lines = Array.from(
      { length: 5000 },
      (_, index) =>
        `a_metric_with_a_long_name{label_of_a_pod="a-long-name-of-a-pod-${index}",label_of_all="${'y'.repeat(100)}"} ${index}\n`,
    );
    const body = `# HELP a_metric_with_a_long_name A help with some words.\n${lines.join('')}`;
    const views: readonly BodyView[] = [
      series({ ...usualParameters, sortBy: 'value', limit: 3 }),
      series({ ...usualParameters, by: 'label_of_all' }),
      counts(usualParameters),
      counts({ ...usualParameters, by: 'label' }),
    ];
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    for (const view of views) {
      const kept: unknown[] = [];
      gc();
      const before = usedBytes();
      for (let node = 0; node < 20; node += 1)
        kept.push(view.rows({ body: Buffer.from(body).toString(), extra: {} }, `n${node}`));
      // Memory outside of the heap is freed only after the event loop continues.
      await setImmediate();
      gc();
      gc();
      const bytes = usedBytes() - before;
      assert.ok(bytes < body.length * 2, `${bytes} of ${kept.length} bodies`);
    }
  });
});
