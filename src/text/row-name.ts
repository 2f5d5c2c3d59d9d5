import type { Cells } from './cells.ts';
import type { Column } from './column.ts';

/** Texts that tell one row from another, such as namespace and name. */
export function namingColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return columns.filter(({ unit, says, metric }) => unit === 'text' && !says && !metric);
}

/** What these columns have, as one text. */
export function rowName<Row extends Cells<Row>>(columns: readonly Column<Row>[], row: Row): string {
  return columns.flatMap(({ key }) => row[key] ?? []).join(' ');
}
