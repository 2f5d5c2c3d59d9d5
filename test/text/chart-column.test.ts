import * as assert from 'uvu/assert';
import { chartCharacters } from '../../src/text/bar.ts';
import { chartCells } from '../../src/text/chart-column.ts';
import { suite } from '../kit/suite.ts';

suite('a column of bars', (test) => {
  test('has bars for finite numbers, and dashes for NaN, infinity and absent values', () => {
    const rows = [4, Number.NaN, 2, Number.POSITIVE_INFINITY, undefined, 0n, 1n].map((value) => ({
      value,
    }));
    const column = { head: 'VALUE', key: 'value', unit: 'sample' } as const;
    assert.equal(chartCells(rows, column, 12, chartCharacters({})), [
      '############',
      '-',
      '######......',
      '-',
      '-',
      '............',
      '###.........',
    ]);
  });
});
