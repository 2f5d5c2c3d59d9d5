import { type Baseline, compareWithBaseline } from '../../kubelet/baseline.ts';
import { parseConfigz } from '../../kubelet/configz.ts';
import { mapChecked } from '../../schema.ts';
import { plainText } from '../../text/column.ts';
import { counted } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import { always, columnsOf, type DescribedView, text } from '../shared/rows/fields.ts';
import { nodeColumns, nodesWithValue } from './setting-differences.ts';

export const baselineView: DescribedView = {
  kind: 'KubeletBaselineDifferenceList',
  about: 'A setting whose value on some nodes differs from the baseline.',
  columns: columnsOf({
    field: text('FIELD', always),
    value: text('VALUE', {
      ...{ absent: '<unset>', type: 'any' },
      about:
        "Value on these nodes; absent if the kubelet does not report it, because it is zero or because the kubelet's version does not have the setting.",
    }),
    baseline: text('BASELINE', {
      ...always,
      type: 'any',
      about: 'The value that the KubeletConfiguration sets.',
    }),
    ...nodeColumns,
  }),
};

export function baselineDifferences(baseline: Baseline): BodyView {
  return {
    ...simpleView('differences', baselineView, (body, node) =>
      mapChecked(parseConfigz(body), (configuration) =>
        compareWithBaseline(configuration, baseline).map((each) => ({
          node,
          field: each.field,
          value: each.value === undefined ? undefined : { json: each.value },
          baseline: { json: each.baseline },
        })),
      ),
    ),
    merge: grouped,
    notes: () => [
      `note: the baseline sets ${counted(baseline.size, 'setting')}; others are left to defaults, and not compared`,
    ],
  };
}

/** Returns a row for each field and value, sorted by field, then by number of nodes in descending order. */
function grouped(rows: readonly Row[]): readonly Row[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify([row['field'], row['value']]));
  return [...groups.values()]
    .map((group) => {
      const { field = '', value, baseline } = group[0] ?? {};
      const nodes = group.map(({ node }) => plainText(node));
      return { field, value, baseline, ...nodesWithValue(nodes) };
    })
    .sort(
      (a, b) => compareTexts(plainText(a.field), plainText(b.field)) || b.nodeCount - a.nodeCount,
    );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
