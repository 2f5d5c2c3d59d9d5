import { type Chart, chartCells, chartedColumn } from './chart-column.ts';
import { type Paint, paintNothing } from './color.ts';
import {
  type Cells,
  type Column,
  isJsonText,
  plainText,
  type Totals,
  tableColumns,
  type Value,
  type View,
} from './column.ts';
import { escapeControl, escapeControlLine } from './escape.ts';
import { metricParts } from './render-metrics.ts';
import { type Reads, rowLines, rowList, rowListParts } from './render-row-list.ts';
import { absent, renderValue } from './render-value.ts';
import { yamlParts } from './serialize-parts.ts';
import { type Cell, columnGap, tableParts, tableWidth } from './table.ts';

/** Formats for the rows of a view, beside templates. */
export const rowFormats = [
  'table',
  'wide',
  'json',
  'ndjson',
  'yaml',
  'csv',
  'name',
  'prometheus',
] as const;

export type RowFormat = (typeof rowFormats)[number];

export interface RowRendering<Row> {
  readonly format: RowFormat;
  readonly noHeaders?: boolean;
  /** By key, for a last row of a table, and for JSON. Prometheus and spreadsheets sum by themselves. */
  readonly totals?: Totals<Row> | undefined;
  /** How many rows totals are of, where a table has only the first of them. */
  readonly totalOf?: number | undefined;
  /** For JSON and YAML. */
  readonly reads?: Reads | undefined;
  readonly paint?: Paint;
  /** For tables: a last column of bars. */
  readonly chart?: Chart | undefined;
  /** Width of the terminal that a table is to fit, in characters; undefined for any. */
  readonly columns?: number | undefined;
}

/** The rows of a view, in parts: there may be hundreds of thousands. */
export function renderRows<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  rendering: RowRendering<Row>,
): Iterable<string> {
  const { format, noHeaders = false, totals, reads } = rendering;
  switch (format) {
    case 'csv':
      return csvParts(view, rows, noHeaders);
    case 'json':
      return rowListParts(view, rows, { totals, reads });
    case 'ndjson':
      return rowLines(view, rows, reads);
    case 'yaml':
      return yamlParts(rowList(view, rows, { totals, reads }));
    case 'name':
      return namesOf(view, rows);
    case 'prometheus':
      return metricParts(view, rows);
    default: {
      const columns = tableColumns(view.columns, format === 'wide').filter(
        ({ key, wide }) => !wide || rows.some((row) => row[key] !== undefined),
      );
      return rowTable(columns, rows, rendering);
    }
  }
}

/** `pod/web`, `node/a`: each once, as kubectl prints names. */
function namesOf<Row extends Cells<Row>>(
  { names }: View<Row>,
  rows: readonly Row[],
): readonly string[] {
  if (!names) throw new Error('these rows are of no object');
  const nameOf = (row: Cells<Row>) => plainText(row[names as keyof Row]);
  const kind =
    names === 'clusterRoleBinding' ? 'clusterrolebinding.rbac.authorization.k8s.io' : names;
  return [...new Set(rows.map((row) => `${kind}/${escapeControlLine(nameOf(row))}\n`))];
}

function rowTable<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  {
    noHeaders = false,
    totals,
    totalOf,
    paint = paintNothing,
    chart,
    columns: width,
  }: RowRendering<Row>,
): Iterable<string> {
  const total = totalOf === undefined ? 'TOTAL' : `TOTAL (of ${totalOf})`;
  const lines = linesOf(columns, rows, noHeaders, totals, total);
  const charted = chart && chartedColumn(columns, rows, chart.key);
  if (!charted) return tableParts(lines, paint, width);
  const all = [...lines];
  const room = chart.width - tableWidth(all) - columnGap;
  const bars = chartCells(rows, charted, room, chart.signs);
  const last = [
    ...(noHeaders ? [] : [room < charted.head.length + 6 ? 'CHART' : `${charted.head} CHART`]),
    ...bars,
    ...(totals ? [absent] : []),
  ];
  return tableParts(
    all.map((line, index) => [...line, last[index] ?? absent]),
    paint,
    width,
  );
}

/** `P99(seconds)` of metrics that all end in `_seconds`, as kubectl top has `CPU(cores)`. */
function headOf<Row extends Cells<Row>>(
  { head, unitOf }: Column<Row>,
  rows: readonly Row[],
): string {
  const [first] = rows;
  const unit = first && unitOf && unitOfMetric(first[unitOf]);
  const isSame = unit !== undefined && rows.every((row) => unitOfMetric(row[unitOf]) === unit);
  return isSame ? `${head}(${unit})` : head;
}

/** By the base units that names of metrics end in: https://prometheus.io/docs/practices/naming */
function unitOfMetric(name: Value): string | undefined {
  return /_(seconds|bytes)$/.exec(plainText(name))?.[1];
}

/** One line after the other: the table has them in another form. */
function* linesOf<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  noHeaders: boolean,
  totals: Totals<Row> | undefined,
  total: string,
): Generator<readonly Cell[]> {
  if (!noHeaders) yield columns.map((column) => headOf(column, rows));
  for (const row of rows)
    yield columns.map((column) => {
      const { key, unit, above, absent: nothing = absent } = column;
      if (above !== undefined && row[above] !== undefined)
        return `>${renderValue(row[above], unit)}`;
      return row[key] === undefined ? nothing : toned(column, row[key]);
    });
  if (totals)
    yield columns.map((column, index) =>
      index === 0
        ? total
        : totals[column.key] === undefined
          ? absent
          : toned(column, totals[column.key]),
    );
}

function toned<Row>({ unit, toneOf, tones }: Column<Row>, value: Value): Cell {
  const text = renderValue(value, unit);
  if (typeof value === 'string') return [text, tones?.[value] ?? 'plain'];
  return toneOf && typeof value === 'number' ? [text, toneOf(value)] : text;
}

/** A line of keys, and a line for each row, with values as they are. Source: RFC 4180. */
function* csvParts<Row extends Cells<Row>>(
  { columns }: View<Row>,
  rows: readonly Row[],
  noHeaders: boolean,
): Generator<string> {
  if (!noHeaders) yield csvLine(columns.map(({ key }) => key));
  for (const row of rows) yield csvLine(columns.map(({ key }) => row[key]));
}

function csvLine(values: readonly Value[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

/** Nothing for what is not reported, which differs from an empty text. */
function csvField(value: Value): string {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value !== 'string' && !isJsonText(value)) return String(value);
  const text = asText(escapeControl(isJsonText(value) ? value.json : value));
  return text === '' || /[",;\t\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet runs a cell that begins so as a formula, even in quotes. Where semicolons or tabs separate cells, as in some
 * countries, a part or a line of the text is a cell, too; some spreadsheets also take the wide forms of these signs. A hostile
 * kubelet may send such a text, and no name in Kubernetes begins so: an apostrophe makes it text, as in the CSV of cnspec and
 * cloud-custodian. Numbers stay numbers. -o json prints the text unchanged.
 */
function asText(text: string): string {
  if (/^[+-]?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?$/i.test(text)) return text;
  return text.replaceAll(/(?=[=+\-@\uff1d\uff0b\uff0d\uff20]|^\t)(?<=^|[;\t\n\r][\s"]*)/g, "'");
}
