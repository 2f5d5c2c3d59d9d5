import type { Column, CountsOnce, Value, View } from '../../../text/column.ts';
import { numbersIn, sumOf } from '../../../text/total-rows.ts';
import type { Row } from '../fleet/outcome.ts';

/** Keys of the columns by which each value of `--by` groups rows. Names of pods and owners are unique only within a namespace. */
export const groupings = {
  namespace: ['namespace'],
  pod: ['namespace', 'pod'],
  node: ['node'],
  owner: ['namespace', 'owner'],
  image: ['image'],
} as const;

export type Grouping = keyof typeof groupings;

/**
 * Sums rows with equal values of the keys `by`, in the order of first appearance. A row without a figure does not count in its sum. Column
 * `rows` has the number of rows in a group. If only some rows of a group have a figure, column `partial` has their number.
 */
export function sumRows(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  by: readonly string[],
  countsOnce?: CountsOnce<Row>,
): readonly Row[] {
  const groupColumns = columns.filter(({ key }) => by.includes(key));
  const summed = columns.filter((column) => column.summed);
  const groups = Map.groupBy(rows, (row) =>
    JSON.stringify(groupColumns.map(({ key }) => row[key] ?? null)),
  );
  return [...groups.values()].map((group) => {
    const totals = summed.map(({ key }) => {
      const values = numbersIn(group, key);
      return {
        key,
        value: values.length === 0 ? undefined : sumOf(numbersIn(group, key, countsOnce)),
        reported: values.length,
      };
    });
    const partial = totals
      .filter(({ reported }) => reported > 0 && reported < group.length)
      .map(({ key, reported }) => `${key} ${reported} of ${group.length}`);
    return Object.fromEntries<Value>([
      ...groupColumns.map(({ key }) => [key, group[0]?.[key]] as const),
      ['rows', group.length],
      ...totals.map(({ key, value }) => [key, value] as const),
      ['partial', partial.length === 0 ? undefined : partial.join(', ')],
    ]);
  });
}

/** @param rows head of the column that counts rows, such as PODS */
export function sumView(
  { kind, columns }: View<Row>,
  by: readonly string[],
  rows: string,
): View<Row> {
  const withoutMetric = ({ metric: _, ...column }: Column<Row>) => column;
  const shown = columns.map(withoutMetric);
  return {
    kind: kind.replace(/List$/, 'SumList'),
    columns: [
      ...shown.filter(({ key }) => by.includes(key)).map((column) => ({ ...column, wide: false })),
      { head: rows, key: 'rows', unit: 'count', summed: true },
      ...shown.filter(({ summed }) => summed),
      { head: 'PARTIAL', key: 'partial', unit: 'text', wide: true },
    ],
  };
}
