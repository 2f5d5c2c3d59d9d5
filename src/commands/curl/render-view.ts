import { parseSortBy } from '../../cli/parse-sort-by.ts';
import { UsageFailure } from '../../errors.ts';
import { type Chart, chartedColumn } from '../../text/chart-column.ts';
import type { Paint } from '../../text/color.ts';
import type { Column, View } from '../../text/column.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { rowList } from '../../text/render-row-list.ts';
import { type RowFormat, renderRows } from '../../text/render-rows.ts';
import { arrangeRows } from '../../text/sort-rows.ts';
import { totalOf } from '../../text/total-rows.ts';
import type { BodyView, NodeRows, Row } from './views/body-view.ts';
import type { ViewRequest } from './views/choose-view.ts';
import { groupings, sumRows, sumView } from './views/sum-rows.ts';

export interface ViewStyle extends Pick<ViewRequest, 'by' | 'sortBy' | 'top' | 'noHeaders'> {
  /** Or what prints the list of rows by a template. */
  readonly format:
    | RowFormat
    | ((list: unknown, options: { readonly noHeaders: boolean }) => string);
  readonly hasTotals: boolean;
  /** Undefined without bars. */
  readonly chart: Omit<Chart, 'key'> | undefined;
  readonly paint: Paint;
}

export interface RenderedView {
  /** One after the other: there may be hundreds of thousands of rows. */
  readonly parts: Iterable<string>;
  /** For stderr, such as what totals are not of all rows. */
  readonly notes: readonly string[];
}

interface ArrangedRows {
  /** Before they are summed. */
  readonly found: readonly Row[];
  readonly all: readonly Row[];
  /** Sorted, and the first of them. */
  readonly rows: readonly Row[];
}

/** How rows are summed, sorted and chosen. Throws a UsageFailure for columns that the view does not have. */
export function viewArranger(
  view: BodyView,
  { by, sortBy, top, chart, format }: Omit<ViewStyle, 'noHeaders' | 'hasTotals' | 'paint'>,
): {
  readonly shown: View<Row>;
  /** Of the column that rows are sorted by. */
  readonly sortKey: string | undefined;
  readonly arrange: (nodes: readonly NodeRows[]) => ArrangedRows;
} {
  const keys = by && groupings[by];
  const shown: View<Row> = keys ? sumView(view, keys, view.plural.toUpperCase()) : view;
  const arrangement = { sortBy: parseSortBy(sortBy, shown.columns), top };
  if (chart)
    checkChart(
      shown.columns.filter(({ wide }) => format === 'wide' || !wide),
      arrangement.sortBy?.key,
    );
  return {
    shown,
    sortKey: arrangement.sortBy?.key,
    arrange: (nodes) => {
      const found =
        view.compare?.(nodes) ??
        merged(
          view,
          nodes.flatMap((each) => each.rows),
        );
      const all: readonly Row[] = keys ? sumRows(found, view.columns, keys) : found;
      return { found, all, rows: arrangeRows(all, arrangement) };
    },
  };
}

export function viewRenderer(
  view: BodyView,
  style: ViewStyle,
): (nodes: readonly NodeRows[]) => RenderedView {
  const { format, by, noHeaders, hasTotals, paint, chart } = style;
  const { shown, sortKey, arrange } = viewArranger(view, style);
  return (nodes) => {
    const { found, all, rows } = arrange(nodes);
    const alone = all.length === 0 && view.ofNothing ? view.ofNothing : noteOf(view, nodes);
    if (typeof format === 'function')
      return { parts: [format(rowList(shown, rows), { noHeaders })], notes: alone };
    const isTable = format === 'table' || format === 'wide';
    if (isTable && all.length === 0)
      return { parts: [], notes: alone.length > 0 ? alone : [`no ${view.plural} found`] };
    if (format === 'prometheus' && view.expose) return { parts: view.expose(rows), notes: alone };
    const visible = view.columns.filter(({ wide }) => format !== 'table' || !wide);
    const isSummed = hasTotals && !noHeaders && all.length > 1;
    const total =
      isSummed && shown.columns.some(({ summed }) => summed)
        ? totalOf(visible, found, view.plural)
        : undefined;
    const totals = total && { ...total.sums, ...(by && { rows: found.length }) };
    return {
      parts: renderRows(shown, rows, {
        ...{ format, noHeaders, totals, paint },
        chart: chart && { ...chart, key: sortKey },
      }),
      notes: [...(total?.notes ?? alone), ...(isTable ? (view.notes?.(all) ?? []) : [])],
    };
  };
}

function checkChart(columns: readonly Column<Row>[], key: string | undefined): void {
  if (chartedColumn(columns, key)) return;
  const numbers = columns.filter(({ unit }) => unit !== 'text');
  throw new UsageFailure(
    numbers.length === 0
      ? '--chart cannot be used with a view that has no numbers'
      : '--chart needs a column of numbers',
    { hints: numbers.slice(0, 1).map((column) => `--chart --sort-by ${column.key}`) },
  );
}

function merged({ merge }: BodyView, rows: readonly Row[]): readonly Row[] {
  return merge ? merge(rows) : rows;
}

function noteOf({ compare }: BodyView, [only, other]: readonly NodeRows[]): readonly string[] {
  if (!compare || !only || other) return [];
  return [`note: nothing to compare: only ${escapeControlLine(only.node)} answered`];
}
