import * as assert from 'uvu/assert';
import type { Row } from '../../../../src/commands/shared/fleet/outcome.ts';
import { groupings, sumRows, sumView } from '../../../../src/commands/shared/rows/sum-rows.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/top/pod-stats.ts';
import type { Column, Value, View } from '../../../../src/text/column.ts';
import { fc } from '../../../kit/fast-check.ts';
import { runs } from '../../../kit/random.ts';
import { suite } from '../../../kit/suite.ts';
import { recordedBodies } from '../../../kubelet/bodies/read-bodies.ts';

const columns: readonly Column<Row>[] = [
  { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
  { head: 'POD', key: 'pod', unit: 'text' },
  { head: 'OWNER', key: 'owner', unit: 'text', wide: true },
  { head: 'BYTES', key: 'bytes', unit: 'bytes', summed: true },
  { head: '%', key: 'percent', unit: 'percent' },
];
const view: View<Row> = { kind: 'PodStatsList', columns };

const row = (namespace: string, pod: string, size: Value, owner?: string): Row => ({
  namespace,
  pod,
  owner,
  bytes: size,
  percent: 50,
});

const names = fc.constantFrom('a', 'b', '["a","b"]', '');
const anyRow = fc.record({
  namespace: names,
  pod: names,
  owner: fc.option(names, { nil: undefined }),
  bytes: fc.option(fc.oneof(fc.nat(), fc.bigInt(2n ** 53n, 2n ** 64n)), { nil: undefined }),
  percent: fc.constant(1),
});

suite('sums of rows', (test) => {
  test('are grouped by the values of keys, in the order of rows', () => {
    const rows = [row('b', 'x', 1), row('a', 'x', 2), row('b', 'y', 4)];
    assert.equal(sumRows(rows, columns, groupings.namespace), [
      { namespace: 'b', rows: 2, bytes: 5, partial: undefined },
      { namespace: 'a', rows: 1, bytes: 2, partial: undefined },
    ]);
  });

  test('keep equal names of pods and owners in different namespaces apart', () => {
    const rows = [row('a', 'x', 1, 'Deployment/w'), row('b', 'x', 2, 'Deployment/w')];
    assert.is(sumRows(rows, columns, groupings.pod).length, 2);
    assert.equal(
      sumRows(rows, columns, groupings.owner).map(({ namespace, owner, bytes: size }) => [
        namespace,
        owner,
        size,
      ]),
      [
        ['a', 'Deployment/w', 1],
        ['b', 'Deployment/w', 2],
      ],
    );
  });

  test('show how many rows of a group report a figure, unless all rows or no rows report it', () => {
    const rows = [row('a', 'x', 0), row('a', 'y', undefined), row('b', 'z', undefined)];
    assert.equal(sumRows(rows, columns, groupings.namespace), [
      { namespace: 'a', rows: 2, bytes: 0, partial: 'bytes 1 of 2' },
      { namespace: 'b', rows: 1, bytes: undefined, partial: undefined },
    ]);
  });

  test('have the exact total with every grouping', () =>
    fc.assert(
      fc.property(fc.array(anyRow), fc.constantFrom(...Object.values(groupings)), (rows, by) => {
        const sums = sumRows(rows, columns, by);
        const add = (values: readonly unknown[]) =>
          values.reduce<bigint>((total, each) => total + BigInt((each as bigint) ?? 0), 0n);
        assert.is(add(sums.map((each) => each['bytes'])), add(rows.map((each) => each.bytes)));
        assert.is(add(sums.map((each) => each['rows'])), BigInt(rows.length));
        const groups = sums.map((each) => JSON.stringify(by.map((key) => each[key])));
        assert.is(new Set(groups).size, groups.length);
      }),
      runs(2000),
    ));

  test('have columns for the group, the number of rows, and each figure that can be summed', () => {
    const { kind, columns: shown } = sumView(view, groupings.owner, 'PODS');
    assert.is(kind, 'PodStatsSumList');
    assert.equal(
      shown.map(({ head, wide = false }) => [head, wide]),
      [
        ['NAMESPACE', false],
        ['OWNER', false],
        ['PODS', false],
        ['BYTES', false],
        ['PARTIAL', true],
      ],
    );
  });

  test('have a value for each column of the view if they sum recorded pods', () => {
    const { summary, pods } = recordedBodies('1.37');
    const rows = podStatsRows('node-1', summary, pods);
    const sums = sumRows(rows, podStatsView.columns, groupings.namespace);
    const { columns: shown } = sumView(podStatsView, groupings.namespace, 'PODS');
    assert.equal(
      sums.map((each) => Object.keys(each).sort()),
      [shown.map(({ key }) => key).sort()],
    );
    assert.is(sums[0]?.['ephemeralUsedBytes'], 326_918_144 + 2_027_520);
    assert.is(sums[0]?.['partial'], 'ephemeralRequestedBytes 1 of 2, ephemeralLimitBytes 1 of 2');
  });
});
