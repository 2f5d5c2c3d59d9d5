import { bar, type ChartCharacters } from './bar.ts';
import type { Cells, Column, Value } from './column.ts';
import { absent } from './render-value.ts';
import type { Cell } from './table.ts';

export interface Chart {
  readonly characters: ChartCharacters;
  /** Width of the terminal, in characters. */
  readonly width: number;
  /** Key of the column by which rows are sorted; undefined if they are not sorted. */
  readonly key: string | undefined;
}

const narrowest = 8;
const widestBar = 40;

/**
 * Returns the column for a chart: the sorted column if it has numbers; otherwise the first percentage with a value; otherwise the first
 * column with a sum.
 */
export function chartedColumn<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  key: string | undefined,
): Column<Row> | undefined {
  const hasNumbers = ({ unit }: Column<Row>) => unit !== 'text' && unit !== 'age';
  return (
    columns.find((column) => column.key === key && hasNumbers(column)) ??
    columns.find(
      (column) => column.unit === 'percent' && rows.some((row) => row[column.key] !== undefined),
    ) ??
    columns.find((column) => column.summed && hasNumbers(column))
  );
}

/** Renders a bar for each row. A full bar stands for 100 in a column of percentages, and for the largest value in other columns. */
export function chartCells<Row extends Cells<Row>>(
  rows: readonly Row[],
  { key, unit }: Column<Row>,
  room: number,
  characters: ChartCharacters,
): readonly Cell[] {
  const width = Math.min(widestBar, Math.max(narrowest, room));
  const values = rows.map((row) => numberOf(row[key]));
  const whole =
    unit === 'percent' ? 100 : values.reduce<number>((most, value = 0) => Math.max(most, value), 0);
  return values.map((value) =>
    value === undefined ? absent : bar(whole === 0 ? 0 : value / whole, width, characters),
  );
}

/** Returns the value as a number; undefined for texts, NaN and infinity. Metrics may be NaN or infinite. */
function numberOf(value: Value): number | undefined {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  return Number.isFinite(number) ? number : undefined;
}
