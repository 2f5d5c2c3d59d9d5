import { mapChecked } from '../../schema.ts';
import type { View } from '../../text/column.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { joinWords } from '../../text/list.ts';
import { arrangeRows, findColumn } from '../../text/sort-rows.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type Bodies, type BodyView, untyped } from '../shared/rows/body-view.ts';
import { exposeSeries } from './expose.ts';
import { filterHints, type ServedNames, servedNames } from './near-metrics.ts';
import { type Gathering, gatherRows, readChanges, readSeries, type Series } from './node-series.ts';
import {
  mergeParts,
  type QuantilePart,
  quantilePart,
  quantileRows,
  quantilesView,
} from './quantile-rows.ts';
import {
  bySize,
  countGroups,
  countLabels,
  countMetrics,
  countOfNode,
  dropRule,
  labelCountsView,
  mergeLabelCounts,
  mergeMetricCounts,
  mergeSeriesGroups,
  nodeCountsView,
  seriesCountsView,
  seriesGroupsView,
} from './series-counts.ts';
import { parseFilters, type SeriesFilter } from './series-filter.ts';
import { mergeSums, type SeriesRow, seriesRow, seriesView } from './series-rows.ts';
import { parseSumBy, type SumBy } from './sum-by.ts';

/** Parameters of the rows of metrics. */
export interface MetricsParameters {
  /** The endpoint, such as cadvisor; undefined for /metrics. */
  readonly kind?: string | undefined;
  /** Selectors of series; if empty, all series are printed. */
  readonly filters: readonly string[];
  /** Value of --by; empty if it is not given. */
  readonly by: string;
  readonly sortBy: string;
  /** Number of first rows of each node that are needed; undefined for all rows. */
  readonly limit: number | undefined;
  /** Time in ms between two responses, whose changes are printed; undefined to print a single response. */
  readonly rateMs: number | undefined;
}

/** Returns a view with a row for each series or sum of series; with --rate, of changes between two responses. */
export function series(parameters: MetricsParameters): BodyView {
  const { filters, sortBy, limit, rateMs } = parameters;
  const by = parameters.by === '' ? undefined : parseSumBy(parameters.by);
  const isChange = rateMs !== undefined;
  const filter = parseFilters(filters);
  const isPrinted = ({ change = 1 }: SeriesRow) => Number(change) !== 0;
  const view: BodyView = {
    ...reading(
      seriesView({ by, isChange }),
      parameters,
      isChange ? readingTwo(filter) : readingOne(filter),
      (node) => {
        const { add, rows } = gatherRows((each) => {
          const row = seriesRow(node, each, { by, isChange });
          return row && (by || isPrinted(row)) ? row : undefined;
        });
        // With --by series, there is nothing to merge: a node has each series only once.
        return { add, rows: () => (by && !by.isOfSeries ? mergeSums(rows(), isChange) : rows()) };
      },
      isChange ? openEmptyNotes('no changes of series that', parameters) : undefined,
    ),
    ...(isChange && { plural: 'changes' }),
    ...secondReading(rateMs),
  };
  if (by)
    return {
      ...{ ...view, bytesOf, ...(!isChange && namingLabels(by)) },
      merge: (rows) => erasedRows(mergeSums(typed(rows), isChange).filter(isPrinted)),
    };
  return {
    ...largest(view, sortBy, limit),
    ...(!isChange && { expose: (rows) => exposeSeries(typed(rows)) }),
  };
}

/** Returns a view with a row for each histogram and summary; with --rate, of the observations between two responses. */
export function quantiles(parameters: MetricsParameters): BodyView {
  const { filters, by, rateMs } = parameters;
  const isRate = rateMs !== undefined;
  const parsed = parseFilters(filters);
  // A filter may also name a histogram without the suffixes of its metrics.
  const filter: SeriesFilter = (metric, labels) =>
    parsed(metric, labels) || parsed(metric.replace(/_(?:bucket|sum|count)$/, ''), labels);
  const read = isRate ? readingTwo(filter) : readingOne(filter);
  const sumBy = by === '' ? undefined : parseSumBy(by);
  const rowsOf = (parts: readonly QuantilePart[]) => quantileRows(parts, isRate);
  const plural = isRate ? 'observations' : 'histograms or summaries';
  const view = {
    ...reading(
      quantilesView(!sumBy || sumBy.isOfNode),
      parameters,
      read,
      (node) => {
        const { add, rows } = gatherRows((each) => quantilePart(node, each, sumBy));
        const parts = () => mergeParts(rows());
        return { add, rows: () => (sumBy ? parts() : rowsOf(parts())) };
      },
      openEmptyNotes(`no ${isRate ? 'observations of series that' : plural}`, parameters, true),
    ),
    plural,
    ...secondReading(rateMs),
  };
  if (!sumBy) return view;
  return {
    ...{ ...view, bytesOf, ...namingLabels(sumBy) },
    merge: (rows) => erasedRows(rowsOf(mergeParts(typed(rows)))),
  };
}

/** Adds a note if no series has any of the labels in --by. */
function namingLabels({ labels: named }: SumBy): Pick<BodyView, 'notes'> {
  const ofPods = named.some((label) => /^(?:pod|namespace|container)$/.test(label));
  return {
    notes: (rows) =>
      named.length === 0 || rows.length === 0 || rows.some(({ labels }) => labels !== undefined)
        ? []
        : [
            `note: no series has the label ${joinWords(named, 'or')}`,
            ...(ofPods ? ['hint: series of pods: kubectl kubeletaccess metrics cadvisor'] : []),
            'hint: labels that series have: --count --by label',
          ],
  };
}

/** Estimates the bytes of a sum, which may have any number of labels. */
function bytesOf({ labels }: Row): number {
  return 200 + (typeof labels === 'string' ? labels.length : 0);
}

function secondReading(rateMs: number | undefined): Pick<BodyView, 'secondReading'> {
  return rateMs === undefined ? {} : { secondReading: { afterMs: rateMs } };
}

/** Returns a view of numbers of series: by metric, label or node, or by values of labels. */
export function counts(parameters: MetricsParameters): BodyView {
  const { filters, by } = parameters;
  const read = readingOne(parseFilters(filters));
  switch (by) {
    case 'label':
      return {
        ...reading(labelCountsView, parameters, read, countLabels),
        plural: 'labels',
        merge: (rows) => erasedRows(mergeLabelCounts(typed(rows))),
      };
    case 'node':
      return {
        ...reading(nodeCountsView, parameters, read, countOfNode),
        plural: 'nodes',
        merge: (rows) => bySize(typed(rows)),
      };
    case '':
    case 'metric':
      return {
        ...reading(seriesCountsView, parameters, read, countMetrics),
        plural: 'metrics',
        merge: (rows) => erasedRows(mergeMetricCounts(typed(rows))),
        notes: (rows) => dropRule(typed(rows)),
      };
    default: {
      const groupBy = parseSumBy(by);
      return {
        ...reading(seriesGroupsView(groupBy), parameters, read, (node) =>
          countGroups(node, groupBy),
        ),
        plural: 'groups',
        ...{ bytesOf, merge: (rows) => erasedRows(mergeSeriesGroups(typed(rows))) },
        ...namingLabels(groupBy),
      };
    }
  }
}

/** Visits each series in the bodies, and returns their error, if any. */
type ReadBodies = (bodies: Bodies, visit: (series: Series) => void) => string | undefined;

function readingOne(filter: SeriesFilter): ReadBodies {
  return ({ body }, visit) => readSeries(body, filter, visit);
}

function readingTwo(filter: SeriesFilter): ReadBodies {
  return ({ body, earlier }, visit) =>
    earlier ? readChanges(body, earlier, filter, visit) : 'no second response';
}

/** Returns a view whose rows `gather` makes from the series that `read` visits. */
function reading<R extends object>(
  view: View<R>,
  parameters: MetricsParameters,
  read: ReadBodies,
  gather: (node: string) => Gathering<object>,
  empty = openEmptyNotes('no series', parameters),
): BodyView {
  return {
    ...untyped(view),
    plural: 'series',
    extraPaths: [],
    ...empty.notes,
    rows: (bodies, node) => {
      const { add, rows } = gather(node);
      const problem = read(bodies, add);
      if (problem !== undefined) return { problem };
      const found = erasedRows(rows());
      if (found.length === 0) empty.seen(bodies.body);
      return { decoded: { value: { rows: found, problems: {} } } };
    },
  };
}

/** Returns notes for an empty table, with hints from the metric names of one node. */
function openEmptyNotes(
  what: string,
  { filters, kind, rateMs }: MetricsParameters,
  isQuantiles = false,
) {
  let names: ServedNames | undefined;
  const given = escapeControlLine(filters.join(' or '));
  const emptyNotes = () => [
    `${what} match --filter ${given}`,
    ...filters.flatMap((filter) =>
      names ? filterHints(filter, names, { kind, isQuantiles, isRate: rateMs !== undefined }) : [],
    ),
  ];
  return {
    /** Keeps the metric names of the first body in which no series matches. */
    seen: (body: string) => {
      names ??= servedNames(body);
    },
    notes: filters.length === 0 ? {} : { emptyNotes },
  };
}

/** Keeps only the first `limit` rows of each node, because a fleet has millions of series and no others are printed. */
function largest(view: BodyView, sortBy: string, limit: number | undefined): BodyView {
  if (limit === undefined) return view;
  const column = findColumn(view.columns, sortBy);
  return {
    ...view,
    rows: (bodies, node) =>
      mapChecked(view.rows(bodies, node), ({ rows, problems }) => ({
        rows: arrangeRows(rows, { sortBy: column, limit }),
        problems,
      })),
  };
}

function erasedRows(rows: readonly object[]): readonly Row[] {
  return rows as readonly Row[];
}

/** Casts rows back to the type in which the same view made them. */
function typed<R>(rows: readonly Row[]): readonly R[] {
  return rows as unknown as readonly R[];
}
