import { UsageFailure } from '../errors.ts';
import type { Column } from '../text/column.ts';
import { findColumn, nearestKeys } from '../text/sort-rows.ts';

/** The column that --sort-by names, by its key or its head in any case; undefined without the option. */
export function parseSortBy<Row>(
  name: string,
  columns: readonly Column<Row>[],
): Column<Row> | undefined {
  if (name === '') return undefined;
  const column = findColumn(columns, name);
  if (column) return column;
  const { keys, areNear } = nearestKeys(columns, name);
  throw new UsageFailure(`invalid --sort-by value "${name}": must be the name of a column`, {
    hints: [`${areNear ? 'did you mean' : 'columns are'}: ${keys.join(', ')}`],
  });
}
