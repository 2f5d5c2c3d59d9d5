import { type Baseline, compareWithBaseline } from '../../kubelet/baseline.ts';
import { parseConfigz } from '../../kubelet/configz.ts';
import { mapChecked } from '../../schema.ts';
import { type JsonText, plainText, type View } from '../../text/column.ts';
import { type BodyView, type NodeRows, simpleView, untyped } from '../shared/rows/body-view.ts';
import { type Holders, holdersColumns, holdersOf, valueColumn } from './holders.ts';

/** A setting whose value on some nodes differs from the baseline. */
export interface BaselineDifferenceRow extends Holders {
  readonly field: string;
  /**
   * Value on these nodes; absent if the kubelet does not report it, because it is zero or because the kubelet's version does not have the
   * setting.
   */
  readonly value: JsonText | undefined;
  /** Value in the KubeletConfiguration. */
  readonly baseline: JsonText;
}

const view: View<BaselineDifferenceRow> = {
  kind: 'KubeletBaselineDifferenceList',
  columns: [
    { head: 'FIELD', key: 'field', unit: 'text' },
    valueColumn,
    { head: 'BASELINE', key: 'baseline', unit: 'text' },
    ...holdersColumns,
  ],
};

export function baselineDifferences(baseline: Baseline): BodyView {
  return {
    ...simpleView('differences', untyped(view), (body) =>
      mapChecked(parseConfigz(body), (configuration) =>
        compareWithBaseline(configuration, baseline).map((each) => ({
          field: each.field,
          value: each.value === undefined ? undefined : { json: each.value },
          baseline: { json: each.baseline },
        })),
      ),
    ),
    compare: grouped,
    notes: () => [
      `note: the baseline sets ${baseline.size} settings; others are left to defaults, and not compared`,
    ],
  };
}

/** Returns a row for each field and value, sorted by field, then by number of nodes in descending order. */
function grouped(nodes: readonly NodeRows[]): ReturnType<NonNullable<BodyView['compare']>> {
  const all = nodes.flatMap(({ node, rows }) => rows.map((row) => ({ node, row })));
  const groups = Map.groupBy(all, ({ row }) => JSON.stringify([row['field'], row['value']]));
  return [...groups.values()]
    .map((group) => {
      const { field = '', value, baseline } = group[0]?.row ?? {};
      return { field, value, baseline, ...holdersOf(group.map(({ node }) => node)) };
    })
    .sort((a, b) => compareTexts(plainText(a.field), plainText(b.field)) || b.nodes - a.nodes);
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
