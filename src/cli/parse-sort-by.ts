import { UsageFailure } from '../errors.ts';
import type { Column } from '../text/column.ts';
import { findColumn, nearestHeads } from '../text/sort-rows.ts';

/** The column that --sort-by names; undefined without the option. */
export function parseSortBy<Row>(
  name: string,
  columns: readonly Column<Row>[],
): Column<Row> | undefined {
  if (name === '') return undefined;
  const column = findColumn(columns, name);
  if (column) return column;
  const { heads, areNear } = nearestHeads(columns, name);
  throw new UsageFailure(`invalid --sort-by value "${name}": must be the name of a column`, {
    hints: [`${areNear ? 'did you mean' : 'columns are'}: ${heads.join(', ')}`],
  });
}
