import * as assert from 'uvu/assert';
import { parseSortBy } from '../../src/cli/row-options.ts';
import { arrangeRows, compareTexts, sortRows } from '../../src/text/sort-rows.ts';
import { fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';
import { nodeView, noNode } from './view-of-nodes.ts';

const named = (name: string, more = {}) => ({ ...noNode, node: name, ...more });
const names = (rows: readonly { readonly node: string | undefined }[]) =>
  rows.map(({ node }) => node);

suite('the order of rows', (test) => {
  test('has the largest number first, and absent values last', () => {
    const rows = [
      named('none'),
      named('small', { memoryBytes: 1 }),
      named('exact', { memoryBytes: 9_007_199_254_740_993n }),
      named('zero', { memoryBytes: 0 }),
      named('less', { memoryBytes: 9_007_199_254_740_992n }),
      named('nan', { memoryBytes: Number.NaN }),
    ];
    const sortBy = { key: 'memoryBytes' } as const;
    const sorted = ['exact', 'less', 'small', 'zero', 'none', 'nan'];
    assert.equal(names(sortRows(rows, sortBy)), sorted);
    assert.equal(names(arrangeRows(rows, { sortBy, limit: 2 })), sorted.slice(0, 2));
    assert.equal(names(arrangeRows(rows, { sortBy: undefined, limit: undefined })), names(rows));
  });

  test('has texts in natural order', () => {
    const rows = ['node-10', 'node-9', 'node-9a', 'node', '9', 'node-09'].map((name) =>
      named(name),
    );
    assert.equal(names(sortRows(rows, { key: 'node' })), [
      '9',
      'node',
      'node-09',
      'node-9',
      'node-9a',
      'node-10',
    ]);
  });

  test('keeps rows with the same value in their order', () =>
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(3), { nil: undefined })), (values) => {
        const rows = values.map((processes, index) => named(`${index}`, { processes }));
        const sorted = sortRows(rows, { key: 'processes' });
        for (const [index, row] of sorted.entries()) {
          const next = sorted[index + 1];
          if (next && next.processes === row.processes)
            assert.ok(Number(row.node) < Number(next.node));
        }
      }),
    ));

  test('is antisymmetric for texts, and equal only for equal texts', () =>
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a0-2-]{0,6}$/),
        fc.stringMatching(/^[a0-2-]{0,6}$/),
        (a, b) => {
          assert.is(Math.sign(compareTexts(a, b)) + Math.sign(compareTexts(b, a)), 0);
          assert.is(compareTexts(a, b) === 0, a === b);
        },
      ),
    ));

  test('is chosen by the key or the head of a column, in upper or lower case', () => {
    for (const name of ['cpuCores', 'CPU', 'cpu', 'cpu-cores'])
      assert.is(parseSortBy(name, nodeView.columns)?.key, 'cpuCores', name);
    assert.is(parseSortBy('', nodeView.columns), undefined);
  });
});
