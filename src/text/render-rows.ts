import { type Chart, chartCells, chartedColumn } from './chart-column.ts';
import { type Paint, paintNothing } from './color.ts';
import {
  type Cells,
  type Column,
  isJsonText,
  isList,
  plainText,
  type Totals,
  tableColumns,
  type Value,
  type View,
} from './column.ts';
import { escapeControl, escapeControlLine } from './escape.ts';
import type { RenderTemplate } from './output-template.ts';
import { metricParts } from './render-metrics.ts';
import { type Reads, type RowSource, rowLines, rowList, rowListParts } from './render-row-list.ts';
import { absent, renderValue } from './render-value.ts';
import { yamlParts } from './serialize-parts.ts';
import type { Part } from './shown.ts';
import { type Cell, columnGap, tableParts, tableWidth } from './table.ts';

/** Formats for rows, without the formats that take a template. */
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
  /** Value of -o, or a function that renders the list of rows with a template. */
  readonly format: RowFormat | RenderTemplate;
  readonly noHeaders?: boolean;
  /**
   * Sums by column key. Tables have them in their last row, and JSON and YAML have them, too. Other formats do not, because Prometheus and
   * spreadsheets calculate sums themselves.
   */
  readonly totals?: Totals<Row> | undefined;
  /** Number of rows that `totals` includes; set if the table shows only the first rows. */
  readonly totalOf?: number | undefined;
  /** The server, and nodes that answered or failed, for JSON and YAML. */
  readonly reads?: Reads | RowSource | undefined;
  readonly paint?: Paint;
  /** Settings for a chart as the last column of a table; undefined if there is no chart. */
  readonly chart?: Chart | undefined;
  /** Width of the terminal for tables, in characters; undefined if unlimited. */
  readonly columns?: number | undefined;
}

/** Renders rows and yields the text in parts, because there may be hundreds of thousands of rows. */
export function renderRows<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  rendering: RowRendering<Row>,
): Iterable<string> {
  const { format, noHeaders = false, totals, reads } = rendering;
  if (typeof format === 'function') return [format(rowList(view, rows, { reads }), { noHeaders })];
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
    default:
      return rowTable(shownColumns(view, rows, format === 'wide'), rows, rendering);
  }
}

/** Returns the rows as a table of a document, with the columns of `-o wide`. */
export function rowsPart<Row extends Cells<Row>>(view: View<Row>, rows: readonly Row[]): Part {
  const columns = shownColumns(view, rows, true);
  const heads = columns.map((column) => headOf(column, rows));
  return { heads, rows: [...linesOf(columns, rows, true, undefined, '')] };
}

function shownColumns<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  isWide: boolean,
): readonly Column<Row>[] {
  return tableColumns(view.columns, isWide).filter(
    ({ key, wide, sparse }) => !(wide || sparse) || rows.some((row) => row[key] !== undefined),
  );
}

/** Returns the names of objects as kubectl prints them, such as `pod/web` or `node/a`. Leaves out duplicates. */
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
  const bars = chartCells(rows, charted, room, chart.characters);
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

/**
 * Returns the head of a column. If all metrics have the same unit, it contains the unit: `P99(seconds)`, like `CPU(cores)` of kubectl top.
 */
function headOf<Row extends Cells<Row>>(
  { head, unitOf }: Column<Row>,
  rows: readonly Row[],
): string {
  const [first] = rows;
  const unit = first && unitOf && unitOfMetric(first[unitOf]);
  const isSame = unit !== undefined && rows.every((row) => unitOfMetric(row[unitOf]) === unit);
  return isSame ? `${head}(${unit})` : head;
}

/** Returns the unit at the end of a metric's name. Source: https://prometheus.io/docs/practices/naming */
function unitOfMetric(name: Value): string | undefined {
  return /_(seconds|bytes)$/.exec(plainText(name))?.[1];
}

/** Yields the cells line by line. They are not stored here, because the table stores its own copy. */
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

/** Renders CSV with a line of keys and then a line for each row. Values are not rounded. Source: RFC 4180. */
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

/** Formats a field of CSV. An absent value is empty, and an empty text is a pair of quotes. */
function csvField(value: Value): string {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value !== 'string' && !isJsonText(value) && !isList(value)) return String(value);
  const text = asText(escapeControl(plainText(value)));
  return text === '' || /[",;\t\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Puts an apostrophe before characters that would make a cell a formula, as cnspec and cloud-custodian do. A hostile kubelet may send
 * formulas, and spreadsheets run them even within quotes. Some spreadsheets split text at semicolons, tabs or line ends, or accept the
 * full-width forms of the characters. No name in Kubernetes begins with these characters. Numbers, and the output of -o json, stay
 * unchanged.
 */
function asText(text: string): string {
  if (/^[+-]?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?$/i.test(text)) return text;
  return text.replaceAll(/(?=[=+\-@\uff1d\uff0b\uff0d\uff20]|^\t)(?<=^|[;\t\n\r][\s"]*)/g, "'");
}
