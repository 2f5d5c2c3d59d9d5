import { clockTime } from '../../../text/clock-time.ts';
import {
  type Column,
  namingColumns,
  plainText,
  rowName,
  tableColumns,
  type Unit,
  type Value,
  type View,
} from '../../../text/column.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { summarize } from '../../../text/list.ts';
import type { Reads } from '../../../text/render-row-list.ts';
import { renderRows } from '../../../text/render-rows.ts';
import { renderValue } from '../../../text/render-value.ts';
import type { Row } from '../fleet/outcome.ts';
import type { BodyView, ReadRows } from './body-view.ts';
import {
  noneFound,
  type RenderView,
  type ViewStyle,
  viewArranger,
  viewRenderer,
} from './render-view.ts';

interface PrintedRow {
  readonly node: string;
  readonly row: Row;
}

/**
 * Prints all rows of the first round, and then only rows that changed, each with its time. Counters are printed as rates since the previous
 * round.
 */
export function changeRenderer(plain: BodyView, style: ViewStyle, now: () => Date): RenderView {
  const view = viewOfRates(plain);
  const { shown: arranged, chart, arrange } = viewArranger(view, style);
  const shown: View<Row> = {
    ...arranged,
    columns: [
      { head: 'TIME', key: 'time', unit: 'text', role: 'volatile' },
      // Heads are printed once, so a later round cannot add a column.
      ...arranged.columns.map((column) => ({ ...column, sparse: false })),
    ],
  };
  const { format, paint, columns } = style;
  const isTable = format === 'table' || format === 'wide';
  const names = namingColumns(arranged.columns);
  const cells = isTable ? tableColumns(arranged.columns, format === 'wide') : arranged.columns;
  const textOf = (row: Row) =>
    cells
      .map(({ key, unit }) =>
        isTable && unit !== 'age' ? renderValue(row[key], unit) : plainText(row[key]),
      )
      .join('\t');
  const printed = new Map<string, string>();
  let seen: ReadonlyMap<string, PrintedRow> = new Map();
  let isBegun = false;
  const partsOf = (
    rows: readonly Row[],
    changed: readonly boolean[],
    reads: Reads,
  ): Iterable<string> => {
    const noHeaders = style.noHeaders || isBegun;
    const some = rows.filter((_, index) => changed[index]);
    if (format !== 'table' && format !== 'wide') {
      const parts = renderRows(shown, some, { format, noHeaders, reads });
      return format === 'yaml' && isBegun ? ['---\n', ...parts] : parts;
    }
    // Columns are wide enough for all rows, including unchanged rows, so that columns do not move when other rows change.
    const [head = '', ...lines] = renderRows(shown, rows, { format, paint, chart, columns });
    return [...(noHeaders ? [] : [head]), ...lines.filter((_, index) => changed[index])];
  };
  return (nodes, reads) => {
    const time = now();
    const shownTime = isTable ? clockTime(time) : time.toISOString();
    const reading = rowsWithRates(view, nodes, plain, seen);
    // With --limit, a row is reported as gone only if it was printed.
    const gone = [...seen.keys()].filter(
      (name) => !reading.seen.has(name) && (style.limit === undefined || printed.has(name)),
    );
    ({ seen } = reading);
    for (const name of gone) printed.delete(name);
    const rows = arrange(reading.nodes).rows.map((row): Row => ({ ...row, time: shownTime }));
    const named = rows.map((row) => [rowName(names, row), row] as const);
    if (plain.secondReading) {
      // With --rate, a row that no longer changes is forgotten, so that it is printed again if it changes later.
      const current = new Set(named.map(([name]) => name));
      for (const name of printed.keys()) if (!current.has(name)) printed.delete(name);
    }
    const changed = named.map(([name, row]) => {
      const text = textOf(row);
      const isChanged = printed.get(name) !== text;
      printed.set(name, text);
      return isChanged;
    });
    const notes = gone.length === 0 ? [] : [`${clockTime(time)} gone: ${summarize(gone, 5)}`];
    if (!changed.includes(true))
      return {
        parts: [],
        notes: isBegun || rows.length > 0 ? notes : (plain.emptyNotes?.() ?? [noneFound(plain)]),
      };
    const parts = partsOf(rows, changed, reads);
    isBegun = true;
    return { parts, notes: notes.map(escapeControlLine) };
  };
}

/** Prints all rows in each round. Counters are printed as rates since the previous round. */
export function ratesRenderer(plain: BodyView, style: ViewStyle): RenderView {
  const view = viewOfRates(plain);
  const render = viewRenderer(view, style);
  let seen: ReadonlyMap<string, PrintedRow> = new Map();
  return (nodes, reads) => {
    const rated = rowsWithRates(view, nodes, plain, seen);
    ({ seen } = rated);
    return render(rated.nodes, reads);
  };
}

/** Adds rates to rows. The returned `seen` has the new rows, and the previous rows of nodes that do not answer. */
function rowsWithRates(
  view: BodyView,
  nodes: readonly ReadRows[],
  { columns }: BodyView,
  before: ReadonlyMap<string, PrintedRow>,
): { readonly seen: ReadonlyMap<string, PrintedRow>; readonly nodes: readonly ReadRows[] } {
  const names = namingColumns<Row>(columns);
  const answered = new Set(nodes.map(({ node }) => node));
  const seen = new Map([...before].filter(([, { node }]) => !answered.has(node)));
  const rated = nodes.map(({ node, via, rows }) => ({
    ...{ node, via },
    rows: rows.map((row): Row => {
      const name = rowName(names, row);
      const now = { ...row, ...ratesOf(columns, before.get(name)?.row, row) };
      // Rows that combine several nodes, or that show a change, are never reported as gone.
      if (!view.compare && !view.merge && !view.secondReading) seen.set(name, { node, row: now });
      return now;
    }),
  }));
  return { seen, nodes: rated };
}

const rateUnits: Partial<Record<Unit, Unit>> = { bytes: 'bytesPerSecond' };

/** Returns the view with a rate in place of each counter. Columns of volatile texts move to -o wide to make room for the rates. */
function viewOfRates<V extends View<Row>>(view: V): V {
  if (view.columns.every(({ measuredAt }) => measuredAt === undefined)) return view;
  const columns = view.columns.map((column) =>
    column.role === 'volatile' ? { ...column, wide: true } : rateColumn(column),
  );
  return { ...view, columns };
}

function rateColumn(column: Column<Row>): Column<Row> {
  const { measuredAt, metric: _, wide: __, detail: ___, ...rest } = column;
  if (measuredAt === undefined) return column;
  const unit = rateUnits[column.unit];
  return {
    ...rest,
    // A cell such as `1.2Mi/s` contains its unit.
    head: unit ? column.head : `${column.head}/S`,
    key: rateKey(column.key),
    unit: unit ?? column.unit,
  };
}

/**
 * Returns the rates of counters. If a counter was not measured again, its previous rate is kept. If a counter was reset, it has no rate.
 */
export function ratesOf(columns: readonly Column<Row>[], before: Row | undefined, now: Row): Row {
  return Object.fromEntries(
    columns.flatMap(({ key, measuredAt }) => {
      if (measuredAt === undefined || !before) return [];
      const rate = rateKey(key);
      const seconds = (timeOf(now[measuredAt]) - timeOf(before[measuredAt])) / 1000;
      if (seconds === 0) return [[rate, before[rate]]];
      const [from, to] = [before[key], now[key]];
      if (!(seconds > 0) || !isNumber(from) || !isNumber(to) || to < from) return [];
      return [[rate, (Number(to) - Number(from)) / seconds]];
    }),
  );
}

function rateKey(key: string): string {
  return `${key}PerSecond`;
}

function timeOf(value: Value): number {
  return Date.parse(plainText(value));
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
