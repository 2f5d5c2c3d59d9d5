import { bar, type ChartSigns } from './bar.ts';
import type { Cells, Column, Value } from './column.ts';
import { absent } from './render-value.ts';
import type { Cell } from './table.ts';

export interface Chart {
  readonly signs: ChartSigns;
  /** Width of the terminal, in characters. */
  readonly width: number;
  /** Key of the column that rows are sorted by. */
  readonly key: string | undefined;
}

const narrowest = 8;
const widestBar = 40;

/** The column that a chart is of: the sorted one if it has numbers, else a percentage of some row, else a summed one. */
export function chartedColumn<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  key: string | undefined,
): Column<Row> | undefined {
  const hasNumbers = ({ unit }: Column<Row>) => unit !== 'text';
  return (
    columns.find((column) => column.key === key && hasNumbers(column)) ??
    columns.find(
      (column) => column.unit === 'percent' && rows.some((row) => row[column.key] !== undefined),
    ) ??
    columns.find((column) => column.summed && hasNumbers(column))
  );
}

/** A bar for each row: a percentage of the whole, and another figure of the largest. */
export function chartCells<Row extends Cells<Row>>(
  rows: readonly Row[],
  { key, unit }: Column<Row>,
  room: number,
  signs: ChartSigns,
): readonly Cell[] {
  const width = Math.min(widestBar, Math.max(narrowest, room));
  const values = rows.map((row) => numberOf(row[key]));
  const whole =
    unit === 'percent' ? 100 : values.reduce<number>((most, value = 0) => Math.max(most, value), 0);
  return values.map((value) =>
    value === undefined ? absent : bar(whole === 0 ? 0 : value / whole, width, signs),
  );
}

/** NaN and infinity, which a metric may have, get no bar, and do not change other bars. */
function numberOf(value: Value): number | undefined {
  const number = typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  return Number.isFinite(number) ? number : undefined;
}
