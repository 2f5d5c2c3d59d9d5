// The views of /metrics and the paths below it.
import type { Checked } from '../../../schema.ts';
import type { View } from '../../../text/column.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { arrangeRows, findColumn } from '../../../text/sort-rows.ts';
import { type Bodies, type BodyView, erased, type Row, type ViewParameters } from './body-view.ts';
import { exposeSeries } from './metrics/expose.ts';
import { readChanges, readSeries, type Series } from './metrics/node-series.ts';
import {
  mergeParts,
  type QuantilePart,
  quantileParts,
  quantileRows,
  quantilesView,
} from './metrics/quantile-rows.ts';
import {
  bySize,
  dropRule,
  labelCounts,
  labelCountsView,
  mergeLabelCounts,
  mergeMetricCounts,
  metricCounts,
  nodeCount,
  nodeCountsView,
  seriesCountsView,
} from './metrics/series-counts.ts';
import { parseFilters, type SeriesFilter } from './metrics/series-filter.ts';
import {
  seriesChangeRow,
  seriesChangesView,
  seriesRow,
  seriesView,
} from './metrics/series-rows.ts';
import { parseSumBy } from './metrics/sum-by.ts';
import {
  changeSumRowsOf,
  mergeChangeSums,
  mergeSums,
  seriesChangeSumsView,
  seriesSumsView,
  sumRowsOf,
} from './metrics/sum-series.ts';

/** A row for each series, or for each sum of them. */
export function series({ filters, by, sortBy, top }: ViewParameters): BodyView {
  const filter = parseFilters(filters);
  const read = ({ body }: Bodies) => readSeries(body, filter);
  if (by === '') {
    const view = reading(seriesView, filters, read, (all, node) =>
      all.map((each) => seriesRow(node, each)),
    );
    return { ...largest(view, sortBy, top), expose: (rows) => exposeSeries(typed(rows)) };
  }
  const sumBy = parseSumBy(by);
  return {
    ...reading(seriesSumsView(sumBy), filters, read, (all, node) =>
      mergeSums(sumRowsOf(node, all, sumBy)),
    ),
    merge: (rows) => erasedRows(mergeSums(typed(rows))),
  };
}

/** The same of what changed between two responses. */
export function changes({ filters, by, sortBy, top, intervalMs }: ViewParameters): BodyView {
  const filter = parseFilters(filters);
  const read = (bodies: Bodies) => changesOf(bodies, filter);
  const again = { afterMs: intervalMs };
  const plural = 'changes';
  const ofNothing = sayingNothing('no changes of series that', filters);
  if (by === '') {
    const view = reading(seriesChangesView, filters, read, (all, node) =>
      all.filter(({ value }) => Number(value) !== 0).map((each) => seriesChangeRow(node, each)),
    );
    return { ...largest(view, sortBy, top), again, plural, ...ofNothing };
  }
  const sumBy = parseSumBy(by);
  return {
    ...reading(seriesChangeSumsView(sumBy), filters, read, (all, node) =>
      mergeChangeSums(changeSumRowsOf(node, all, sumBy)),
    ),
    ...{ again, plural, ...ofNothing },
    merge: (rows) =>
      erasedRows(mergeChangeSums(typed(rows)).filter(({ change }) => Number(change) !== 0)),
  };
}

/** A row for each histogram and summary; with --diff, of what was observed between two responses. */
export function quantiles(parameters: ViewParameters): BodyView {
  const { filters, by, isDiff, intervalMs } = parameters;
  const parsed = parseFilters(filters);
  // A histogram is named by what its metrics have in common, too.
  const filter: SeriesFilter = (metric, labels) =>
    parsed(metric, labels) || parsed(metric.replace(/_(?:bucket|sum|count)$/, ''), labels);
  const read = (bodies: Bodies) =>
    isDiff ? changesOf(bodies, filter) : readSeries(bodies.body, filter);
  const sumBy = by === '' ? undefined : parseSumBy(by);
  const rowsOf = (parts: readonly QuantilePart[]) => quantileRows(parts, isDiff);
  const plural = isDiff ? 'observations' : 'histograms or summaries';
  const view = {
    ...reading(quantilesView(!sumBy || sumBy.isOfNode), filters, read, (all, node) => {
      const parts = mergeParts(quantileParts(node, all, sumBy));
      return sumBy ? parts : rowsOf(parts);
    }),
    plural,
    ...sayingNothing(`no ${isDiff ? 'observations of series that' : plural}`, filters),
    ...(isDiff && { again: { afterMs: intervalMs } }),
  };
  if (!sumBy) return view;
  return { ...view, merge: (rows) => erasedRows(rowsOf(mergeParts(typed(rows)))) };
}

/** How many series there are, by metric, label or node. */
export function counts({ filters, by }: ViewParameters): BodyView {
  const filter = parseFilters(filters);
  const read = ({ body }: Bodies) => readSeries(body, filter);
  switch (by) {
    case 'label':
      return {
        ...reading(labelCountsView, filters, read, labelCounts),
        plural: 'labels',
        merge: (rows) => erasedRows(mergeLabelCounts(typed(rows))),
      };
    case 'node':
      return {
        ...reading(nodeCountsView, filters, read, (all, node) => [nodeCount(node, all)]),
        plural: 'nodes',
        merge: (rows) => bySize(typed(rows)),
      };
    default:
      return {
        ...reading(seriesCountsView, filters, read, metricCounts),
        plural: 'metrics',
        merge: (rows) => erasedRows(mergeMetricCounts(typed(rows))),
        notes: (rows) => dropRule(typed(rows)),
      };
  }
}

function changesOf({ body, earlier }: Bodies, filter: SeriesFilter): Checked<readonly Series[]> {
  return earlier ? readChanges(body, earlier, filter) : { problem: 'no second response' };
}

/** A view of series that are read in some way. */
function reading<R extends object>(
  view: View<R>,
  filters: readonly string[],
  read: (bodies: Bodies) => Checked<readonly Series[]>,
  rowsOf: (all: readonly Series[], node: string) => readonly object[],
): BodyView {
  return {
    ...erased(view),
    plural: 'series',
    companions: [],
    ...sayingNothing('no series', filters, [nameHint]),
    rows: (bodies, node) => {
      const { decoded, problem } = read(bodies);
      if (!decoded) return { problem };
      return {
        decoded: { value: { rows: erasedRows(rowsOf(decoded.value, node)), problems: {} } },
      };
    },
  };
}

const nameHint =
  'hint: those of a histogram are NAME_bucket, NAME_sum and NAME_count; with --quantiles, NAME is enough';

/** What to say where there are no rows. */
function sayingNothing(
  what: string,
  filters: readonly string[],
  hints: readonly string[] = [],
): Pick<BodyView, 'ofNothing'> {
  if (filters.length === 0) return {};
  const given = escapeControlLine(filters.join(' or '));
  return { ofNothing: [`${what} match --filter ${given}`, ...hints] };
}

/** Of each node only what may be among the first of all: a fleet has millions of series. */
function largest(view: BodyView, sortBy: string, top: number | undefined): BodyView {
  if (top === undefined) return view;
  const column = findColumn(view.columns, sortBy);
  return {
    ...view,
    rows: (bodies, node) => {
      const { decoded, problem } = view.rows(bodies, node);
      if (!decoded) return { problem };
      const { rows, problems } = decoded.value;
      const first = arrangeRows(rows, { sortBy: column, top });
      return { decoded: { value: { rows: first, problems } } };
    },
  };
}

function erasedRows(rows: readonly object[]): readonly Row[] {
  return rows as readonly Row[];
}

/** What `rows` of the same view made. */
function typed<R>(rows: readonly Row[]): readonly R[] {
  return rows as unknown as readonly R[];
}
