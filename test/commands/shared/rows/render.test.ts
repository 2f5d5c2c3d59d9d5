import * as assert from 'uvu/assert';
import { rowFormats } from '../../../../src/text/render-rows.ts';
import { suite } from '../../../kit/suite.ts';
import { cellsOf } from './kubelets.ts';
import { recordedViews } from './recorded-views.ts';

const views = await recordedViews();

suite('each view of reports of kubelets', (test) => {
  test('has a line for each row, and no NaN or undefined in any format', () => {
    for (const { kind, rows, names, print } of views) {
      assert.ok(rows > 0, kind);
      for (const format of rowFormats) {
        if (format === 'name' && !names) continue;
        assert.not.match(
          print(format),
          /NaN|undefined|Infinity|null|\[object/,
          `${kind} ${format}`,
        );
      }
      for (const format of ['table', 'wide', 'csv'] as const)
        assert.is(print(format).trimEnd().split('\n').length, rows + 1, `${kind} ${format}`);
      const list = JSON.parse(print('json')) as { kind: string; items: unknown[] };
      assert.equal([list.kind, list.items.length], [kind, rows]);
    }
  });

  test('has the name of each object once, if its rows are objects', () => {
    for (const { kind, names, print } of views) {
      const { items } = JSON.parse(print('json')) as { items: Record<string, unknown>[] };
      if (names)
        assert.equal(
          print('name').trimEnd().split('\n'),
          [...new Set(items.map((item) => `${names}/${String(item[names])}`))],
          kind,
        );
      else assert.throws(() => print('name'), 'these rows are of no object');
    }
    const without = views.flatMap(({ kind, names }) => (names ? [] : kind));
    assert.equal([...new Set(without)].sort(), [
      'KubeletPodStatsSumList',
      'KubeletPodSumList',
      'KubeletSettingDifferenceList',
    ]);
  });

  test('has no wide column that is empty in all rows', () => {
    for (const { kind, print } of views) {
      const shown = cellsOf(print('table'))[0] ?? [];
      const [heads = [], ...lines] = cellsOf(print('wide'));
      for (const [index, head] of heads.entries())
        assert.ok(
          shown.includes(head) || lines.some((cells) => cells[index] !== '-'),
          `${kind} ${head}`,
        );
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
