import type { Cells, Totals } from './cells.ts';
import { type Chart, chartCells, chartedColumn } from './chart-column.ts';
import { type Paint, paintNothing } from './color.ts';
import type { Column, View } from './column.ts';
import { csvParts } from './render-csv.ts';
import { metricParts } from './render-metrics.ts';
import { rowListParts } from './render-row-list.ts';
import { absent, renderValue } from './render-value.ts';
import { type Cell, columnGap, tableParts, tableWidth } from './table.ts';

/** What prints the rows of a view, beside templates. */
export const rowFormats = ['table', 'wide', 'csv', 'json', 'prometheus'] as const;

export type RowFormat = (typeof rowFormats)[number];

export interface RowRendering<Row> {
  readonly format: RowFormat;
  readonly noHeaders?: boolean;
  /** By key, for a last row of a table, and for JSON. Prometheus and spreadsheets sum by themselves. */
  readonly totals?: Totals<Row> | undefined;
  readonly paint?: Paint;
  /** Of a table: a last column of bars. */
  readonly chart?: Chart | undefined;
}

/** The rows of a view, in parts: there may be hundreds of thousands. */
export function renderRows<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  { format, noHeaders = false, totals, paint = paintNothing, chart }: RowRendering<Row>,
): Iterable<string> {
  switch (format) {
    case 'csv':
      return csvParts(view, rows, noHeaders);
    case 'json':
      return rowListParts(view, rows, totals);
    case 'prometheus':
      return metricParts(view, rows);
    default: {
      const columns = view.columns.filter((column) => format === 'wide' || !column.wide);
      return rowTable(columns, rows, { noHeaders, totals, paint, chart });
    }
  }
}

function rowTable<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  {
    noHeaders,
    totals,
    paint,
    chart,
  }: Pick<RowRendering<Row>, 'totals' | 'chart'> & {
    readonly noHeaders: boolean;
    readonly paint: Paint;
  },
): Iterable<string> {
  const heads: readonly Cell[] = columns.map(({ head }) => head);
  const lines: (readonly Cell[])[] = rows.map((row) =>
    columns.map(({ key, unit }) => renderValue(row[key], unit)),
  );
  if (totals)
    lines.push(
      columns.map(({ key, unit }, index) =>
        index === 0 ? 'TOTAL' : renderValue(totals[key], unit) || absent,
      ),
    );
  const all = noHeaders ? lines : [heads, ...lines];
  const charted = chart && chartedColumn(columns, chart.key);
  if (charted) {
    const room = chart.width - tableWidth(all) - columnGap;
    const bars = chartCells(rows, charted, room, chart.signs);
    const last = [
      ...(noHeaders ? [] : [`${charted.head} CHART`]),
      ...bars,
      ...(totals ? [absent] : []),
    ];
    return linesOf(
      all.map((line, index) => [...line, last[index] ?? absent]),
      paint,
    );
  }
  return linesOf(all, paint);
}

function linesOf(lines: readonly (readonly Cell[])[], paint: Paint): Iterable<string> {
  const [first, ...rest] = lines;
  return first ? tableParts(first, rest, paint) : [];
}
