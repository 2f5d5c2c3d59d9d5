import { type Baseline, compareWithBaseline } from '../../kubelet/baseline.ts';
import { parseConfigz } from '../../kubelet/configz.ts';
import { mapChecked } from '../../schema.ts';
import { type JsonText, plainText, type View } from '../../text/column.ts';
import { counted } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type BodyView, simpleView, untyped } from '../shared/rows/body-view.ts';
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
    ...simpleView('differences', untyped(view), (body, node) =>
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
      return { field, value, baseline, ...holdersOf(nodes) };
    })
    .sort(
      (a, b) => compareTexts(plainText(a.field), plainText(b.field)) || b.nodeCount - a.nodeCount,
    );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
