import * as assert from 'uvu/assert';
import { rowFormats } from '../../../../src/text/render-rows.ts';
import { suite } from '../../../kit/suite.ts';
import { recordedViews } from './recorded-views.ts';

const views = recordedViews();

suite('each view of what kubelets report', (test) => {
  test('has a line for each row, and no NaN or undefined in any format', () => {
    for (const { kind, rows, print } of views) {
      assert.ok(rows > 0, kind);
      for (const format of rowFormats)
        assert.not.match(
          print(format),
          /NaN|undefined|Infinity|null|\[object/,
          `${kind} ${format}`,
        );
      for (const format of ['table', 'wide', 'csv'] as const)
        assert.is(print(format).trimEnd().split('\n').length, rows + 1, `${kind} ${format}`);
      const list = JSON.parse(print('json')) as { kind: string; items: unknown[] };
      assert.equal([list.kind, list.items.length], [kind, rows]);
    }
  });

  test('has each metric once, and each of its samples once', () => {
    for (const { kind, hasMetrics, print } of views) {
      const lines = print('prometheus').trimEnd().split('\n');
      const heads = lines.filter((line) => line.startsWith('# TYPE'));
      const series = lines
        .filter((line) => !line.startsWith('#'))
        .map((line) => line.replace(/ \S+$/, ''));
      assert.is(heads.length > 0, hasMetrics, kind);
      assert.equal(new Set(heads).size, heads.length, kind);
      const twice = series.filter((each, index) => series.indexOf(each) !== index);
      assert.equal(twice, [], kind);
    }
  });
});
