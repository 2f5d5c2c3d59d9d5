import type { Value } from './column.ts';

/** What columns give of a row. */
export type Cells<Row> = { readonly [Key in keyof Row]: Value };

/** Sums of columns, by key. */
export type Totals<Row> = Partial<Record<keyof Row & string, Value>>;
