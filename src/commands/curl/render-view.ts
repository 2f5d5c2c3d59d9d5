import { parseSortBy } from '../../cli/parse-sort-by.ts';
import type { Chart } from '../../text/chart-column.ts';
import type { Paint } from '../../text/color.ts';
import type { View } from '../../text/column.ts';
import { rowList } from '../../text/render-row-list.ts';
import { type RowFormat, renderRows } from '../../text/render-rows.ts';
import { arrangeRows } from '../../text/sort-rows.ts';
import { totalOf } from '../../text/total-rows.ts';
import type { BodyView, Row } from './views/body-view.ts';
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
  /** For stderr: what totals are not of all rows. */
  readonly notes: readonly string[];
}

/** Throws a UsageFailure for a column that the view does not have. */
export function viewRenderer(
  view: BodyView,
  { format, by, sortBy, top, noHeaders, hasTotals, paint, chart }: ViewStyle,
): (rows: readonly Row[]) => RenderedView {
  const keys = by && groupings[by];
  const shown: View<Row> = keys ? sumView(view, keys, view.plural.toUpperCase()) : view;
  const arrangement = { sortBy: parseSortBy(sortBy, shown.columns), top };
  return (found) => {
    const all: readonly Row[] = keys ? sumRows(found, view.columns, keys) : found;
    const rows = arrangeRows(all, arrangement);
    if (typeof format === 'function')
      return { parts: [format(rowList(shown, rows), { noHeaders })], notes: [] };
    const isTable = format === 'table' || format === 'wide';
    if (isTable && all.length === 0) return { parts: [], notes: [`no ${view.plural} found`] };
    const visible = view.columns.filter(({ wide }) => format !== 'table' || !wide);
    const total =
      hasTotals && !noHeaders && all.length > 1 ? totalOf(visible, found, view.plural) : undefined;
    const totals = total && { ...total.sums, ...(keys && { rows: found.length }) };
    return {
      parts: renderRows(shown, rows, {
        ...{ format, noHeaders, totals, paint },
        chart: chart && { ...chart, key: arrangement.sortBy?.key },
      }),
      notes: total?.notes ?? [],
    };
  };
}
