import type { OutputFormat } from '../../../cli/output.ts';
import { parseSortBy } from '../../../cli/row-options.ts';
import { messageOf, notTogether, UsageFailure } from '../../../errors.ts';
import type { Chart } from '../../../text/chart-column.ts';
import type { Paint } from '../../../text/color.ts';
import { tableColumns, type View } from '../../../text/column.ts';
import { hintLine } from '../../../text/command.ts';
import { escapeControlLine, escapeControlLines } from '../../../text/escape.ts';
import { groupsOf } from '../../../text/groups.ts';
import { summarize } from '../../../text/list.ts';
import type { Reads } from '../../../text/render-row-list.ts';
import { type RowFormat, renderRows } from '../../../text/render-rows.ts';
import { arrangeRows } from '../../../text/sort-rows.ts';
import { totalOf } from '../../../text/total-rows.ts';
import type { Row, Unread } from '../fleet/outcome.ts';
import type { BodyView, NodeRows, ReadRows } from './body-view.ts';
import { type Grouping, groupings, sumRows, sumView } from './sum-rows.ts';

export interface ViewStyle {
  /** Column to sum rows by; undefined for no sums. */
  readonly by: Grouping | undefined;
  /** Column to sort by; if empty, rows keep the order of nodes. */
  readonly sortBy: string;
  readonly reverse: boolean;
  /** Maximum number of rows; undefined for all. */
  readonly limit: number | undefined;
  readonly noHeaders: boolean;
  readonly format: OutputFormat<RowFormat>;
  readonly hasTotals: boolean;
  readonly chart: Omit<Chart, 'key'> | undefined;
  /** Width in characters that a table must fit; undefined for no limit. */
  readonly columns: number | undefined;
  readonly paint: Paint;
}

export type RenderView = (nodes: readonly ReadRows[], reads: Reads) => RenderedView;

interface RenderedView {
  /** Parts of the output. They are rendered while they are written, because there may be hundreds of thousands of rows. */
  readonly parts: Iterable<string>;
  readonly notes: readonly string[];
}

interface ArrangedRows {
  readonly found: readonly Row[];
  readonly all: readonly Row[];
  /** Sorted rows, up to the limit. */
  readonly rows: readonly Row[];
}

/**
 * Returns a function that sums, sorts and limits rows. Throws a UsageFailure if --sort-by names an unknown column, or if -o name is used
 * for rows without names.
 */
export function viewArranger(
  view: BodyView,
  { by, sortBy, reverse, limit, format, chart }: ViewStyle,
): {
  readonly shown: View<Row>;
  /** Chart of the column that rows are sorted by. */
  readonly chart: Chart | undefined;
  readonly arrange: (nodes: readonly NodeRows[]) => ArrangedRows;
} {
  const { merge = (rows: readonly Row[]) => rows } = view;
  const keys = by && groupings[by];
  const shown: View<Row> = keys
    ? sumView(view, keys, by === 'image' ? 'NODES' : view.plural.toUpperCase())
    : view;
  const arrangement = { sortBy: parseSortBy(sortBy, shown.columns), reverse, limit };
  if (format === 'name' && !shown.names) throw noNames(view, by);
  return {
    shown,
    chart: chart && { ...chart, key: arrangement.sortBy?.key },
    arrange: (nodes) => {
      const found = view.compare?.(nodes) ?? merge(nodes.flatMap((each) => each.rows));
      const all: readonly Row[] = keys
        ? sumRows(found, view.columns, keys, view.countsOnce)
        : found;
      return { found, all, rows: arrangeRows(all, arrangement) };
    },
  };
}

export function viewRenderer(view: BodyView, style: ViewStyle): RenderView {
  const { format, noHeaders, paint, columns } = style;
  const { shown: arranged, chart, arrange } = viewArranger(view, style);
  const isTable = format === 'table' || format === 'wide';
  return (nodes, reads) => {
    const isMixed = format === 'wide' && !style.by && !view.compare && differ(nodes);
    const shown = isMixed ? withPath(arranged) : arranged;
    const { found, all, rows } = arrange(isMixed ? nodes.map(markPath) : nodes);
    const isEmpty = all.length === 0;
    const alone = (isEmpty ? view.emptyNotes?.() : undefined) ?? noteOf(view, nodes);
    if (isTable && isEmpty)
      return { parts: [], notes: alone.length > 0 ? alone : [noneFound(view)] };
    if (format === 'prometheus' && view.expose) return { parts: view.expose(rows), notes: alone };
    const total = all.length > 1 ? totalUnder(view, shown, found, style) : undefined;
    return {
      parts: renderRows(shown, rows, {
        ...{ format, noHeaders, totals: total?.sums, reads, paint, chart, columns },
        ...(rows.length < all.length && { totalOf: all.length }),
      }),
      notes: [...(total?.notes ?? alone), ...(isTable ? (view.notes?.(found) ?? []) : [])],
    };
  };
}

function differ(nodes: readonly ReadRows[]): boolean {
  const withRows = nodes.filter(({ rows }) => rows.length > 0);
  return new Set(withRows.map(({ via }) => via)).size > 1;
}

function withPath(view: View<Row>): View<Row> {
  const path = { head: 'VIA', key: 'via', unit: 'text', role: 'volatile' } as const;
  return { ...view, columns: [...view.columns, path] };
}

function markPath({ node, via, rows }: ReadRows): NodeRows {
  return { node, rows: rows.map((row) => ({ ...row, via })) };
}

/** Returns the sums for the row TOTAL, and notes about rows that the sums omit. */
function totalUnder(
  view: BodyView,
  shown: View<Row>,
  found: readonly Row[],
  { format, by, noHeaders, hasTotals }: ViewStyle,
): ReturnType<typeof totalOf> | undefined {
  if (!hasTotals || noHeaders || typeof format === 'function') return undefined;
  if (!shown.columns.some(({ summed }) => summed)) return undefined;
  const isTable = format === 'table' || format === 'wide';
  const visible = isTable ? tableColumns(view.columns, format === 'wide') : view.columns;
  const { sums, notes } = totalOf(visible, found, view.plural, view.countsOnce);
  return { sums: { ...sums, ...(by && { rows: found.length }) }, notes };
}

export function noneFound({ plural }: BodyView): string {
  return `no ${plural} found`;
}

function noNames({ plural }: BodyView, by: Grouping | undefined): UsageFailure {
  if (by) return notTogether('--by', '--output name');
  return new UsageFailure(`--output name needs rows of nodes or pods, not ${plural}`);
}

function noteOf({ compare }: BodyView, [only, other]: readonly NodeRows[]): readonly string[] {
  if (!compare || !only || other) return [];
  return [`note: nothing to compare: only ${escapeControlLine(only.node)} answered`];
}

export interface MissingPart extends Unread {
  readonly name: string;
}

/** Renders a note for each path and reason. It has the names of nodes, and the message and hint of the first node. */
export function renderUnread(unread: readonly MissingPart[]): string {
  return groupsOf(unread, (each) => `${each.path} ${commonMessage(each)}`)
    .map((each) => {
      const [first] = each;
      const names = summarize(each, 5, ({ name }) => name);
      const note = `note: without ${first.path} of ${names}: ${messageOf(first.failure)}`;
      return escapeControlLines([note, ...first.failure.hints.slice(0, 1).map(hintLine)]);
    })
    .join('');
}

/** Returns the message without the name of the node, so that equal failures are grouped. */
function commonMessage({ name, failure }: MissingPart): string {
  return messageOf(failure)
    .replaceAll(name, '')
    .replaceAll(/ at \S+/g, '');
}
