import { notTogether, UsageFailure } from '../errors.ts';
import type { Column } from '../text/column.ts';
import { findColumn, nearestHeads } from '../text/sort-rows.ts';
import { declare, type ValuesOf } from './option.ts';
import { parseCount } from './parse-options.ts';

export const rowOptions = {
  sortBy: () =>
    declare.row.text('--sort-by', 'Sort by this column. Numbers sort in descending order.'),
  reverse: () => declare.row.flag('--reverse', 'Reverse the order of the rows.'),
  limit: (description = 'Print only the first N rows.') => declare.row.text('--limit', description),
  noHeaders: (description = 'Omit the header.') => declare.row.flag('--no-headers', description),
};

/** Options of commands whose tables may have a row TOTAL. */
export const totalOptions = {
  limit: () => rowOptions.limit('Only the first N rows. TOTAL still includes all rows.'),
  noHeaders: () => rowOptions.noHeaders('Omit the header and TOTAL rows.'),
};

export type RowOptions = ValuesOf<typeof rowOptions>;

export function parseLimit({ reverse, limit }: Pick<RowOptions, 'reverse' | 'limit'>): {
  readonly reverse: boolean;
  readonly limit: number | undefined;
} {
  return {
    reverse,
    limit: limit === '' ? undefined : parseCount('--limit', limit, { least: 1, most: 1_000_000 }),
  };
}

export function checkNoHeaders({ noHeaders }: Pick<RowOptions, 'noHeaders'>, output: string): void {
  if (noHeaders && !/^(?:table|wide|csv|custom-columns=.*)$/s.test(output))
    throw notTogether('--no-headers', `--output ${output.split('=')[0]}`, {
      hints: ['tables, csv and custom-columns have heads'],
    });
}

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
