import { percentOf } from '../../kubelet/bodies/exact.ts';
import { mapChecked } from '../../schema.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { joinWords } from '../../text/list.ts';
import { arrangeRows, findColumn } from '../../text/sort-rows.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import type { Bodies, BodyView } from '../shared/rows/body-view.ts';
import type { DescribedView } from '../shared/rows/fields.ts';
import { exposeSeries } from './expose.ts';
import { filterHints, type Rerun, type ServedNames, servedNames } from './near-metrics.ts';
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
  type NodeCountRow,
  nodeCountsView,
  seriesCountsView,
  seriesGroupsView,
} from './series-counts.ts';
import { parseFilters, type SeriesFilter } from './series-filter.ts';
import { mergeSums, type SeriesRow, seriesRow, seriesView } from './series-rows.ts';
import { parseSumBy, type SumBy } from './sum-by.ts';

export interface MetricsParameters {
  /** The endpoint, such as cadvisor; undefined for /metrics. */
  readonly kind?: string | undefined;
  readonly filters: readonly string[];
  readonly by: string;
  readonly sortBy: string;
  /** Number of rows to keep for each node; undefined for all. */
  readonly limit: number | undefined;
  /** Time in ms between two responses for --rate. */
  readonly rateMs: number | undefined;
  readonly rerun: Rerun;
  /** Command that counts labels of the same series, or with an empty word the series of all metrics. */
  readonly countBy: (by: 'label' | '') => string;
}

export function series(parameters: MetricsParameters): BodyView {
  const { filters, sortBy, limit, rateMs } = parameters;
  const by = parameters.by === '' ? undefined : parseSumBy(parameters.by);
  const isChange = rateMs !== undefined;
  const style = { by, isChange };
  const filter = parseFilters(filters);
  const isPrinted = ({ change = 1 }: SeriesRow) => Number(change) !== 0;
  const view = viewOf<SeriesRow>(parameters, isChange ? readingTwo(filter) : readingOne(filter), {
    view: seriesView(style),
    plural: isChange ? 'changes' : 'series',
    gather: (node) =>
      gatherRows(
        (each) => {
          const row = seriesRow(node, each, style);
          return row && (by || isPrinted(row)) ? row : undefined;
        },
        // With --by series, every sum contains only one series of a node, so the rows of a node are not merged.
        (rows) => (by && !by.isOfSeries ? mergeSums(rows, isChange) : rows),
      ),
    ...(isChange && { empty: openEmptyNotes('no changes of series that', parameters) }),
    ...(by && { merge: (rows) => mergeSums(rows, isChange).filter(isPrinted), bytesOf }),
    ...(!by && !isChange && { expose: exposeSeries }),
  });
  if (!by) return largest(view, sortBy, limit);
  return isChange ? view : { ...view, ...namingLabels(by, parameters) };
}

export function quantiles(parameters: MetricsParameters): BodyView {
  const { filters, by, rateMs } = parameters;
  const isRate = rateMs !== undefined;
  const parsed = parseFilters(filters);
  // A filter may name a histogram without the suffixes _bucket, _sum and _count.
  const filter: SeriesFilter = (metric, labels) =>
    parsed(metric, labels) || parsed(metric.replace(/_(?:bucket|sum|count)$/, ''), labels);
  const read = isRate ? readingTwo(filter) : readingOne(filter);
  const sumBy = by === '' ? undefined : parseSumBy(by);
  const plural = isRate ? 'observations' : 'histograms or summaries';
  const empty = openEmptyNotes(
    `no ${isRate ? 'observations of series that' : plural}`,
    parameters,
    true,
  );
  const rowsOf = (parts: readonly QuantilePart[]) => quantileRows(mergeParts(parts), isRate);
  const gathering =
    <R>(finish: (parts: readonly QuantilePart[]) => readonly R[]) =>
    (node: string) =>
      gatherRows((each) => quantilePart(node, each, sumBy), finish);
  const view = quantilesView(!sumBy || sumBy.isOfNode);
  if (!sumBy)
    return viewOf(parameters, read, { ...{ view, plural, empty }, gather: gathering(rowsOf) });
  return {
    ...viewOf(parameters, read, {
      ...{ view, plural, empty, bytesOf },
      ...{ gather: gathering(mergeParts), merge: rowsOf },
    }),
    ...namingLabels(sumBy, parameters),
  };
}

function namingLabels(
  { labels: named }: SumBy,
  { kind, rerun, countBy }: MetricsParameters,
): Pick<BodyView, 'notes'> {
  const ofPods = named.some((label) => /^(?:pod|namespace|container)$/.test(label));
  return {
    notes: (rows) => [
      ...(ofPods ? unlabeledNotes(rows) : []),
      ...(named.length === 0 || rows.length === 0 || rows.some(({ labels }) => labels !== undefined)
        ? []
        : [
            `note: no series has the label ${joinWords(named, 'or')}`,
            ...(ofPods && kind !== 'cadvisor'
              ? [`hint: series of pods: ${rerun('cadvisor', [])}`]
              : []),
            `hint: labels that series have: ${countBy('label')}`,
          ]),
    ],
  };
}

/** Says which share of the series of cAdvisor has none of the labels, and why. */
function unlabeledNotes(rows: readonly Row[]): readonly string[] {
  const all = rows.filter(
    ({ metric }) => typeof metric === 'string' && metric.startsWith('container_'),
  );
  const count = (some: readonly Row[]) =>
    some.reduce((n, { series }) => n + Number(series ?? 1), 0);
  const unlabeled = count(all.filter(({ labels }) => labels === undefined));
  return unlabeled === 0
    ? []
    : [
        `note: ${percentOf(unlabeled, count(all))}% of the series of cAdvisor (${unlabeled} of ${count(all)}) have no such label: they are of cgroups outside pods, or cAdvisor did not find the socket of the runtime of their containers`,
      ];
}

/** Estimates the bytes of a sum, which may have any number of labels. */
function bytesOf({ labels }: Row): number {
  return 200 + (typeof labels === 'string' ? labels.length : 0);
}

export function counts(parameters: MetricsParameters): BodyView {
  const { filters, by } = parameters;
  const read = readingOne(parseFilters(filters));
  if (by === 'label')
    return viewOf(parameters, read, {
      ...{ view: labelCountsView, plural: 'labels' },
      ...{ gather: countLabels, merge: mergeLabelCounts },
    });
  if (by === 'node')
    return viewOf<NodeCountRow>(parameters, read, {
      ...{ view: nodeCountsView, plural: 'nodes' },
      ...{ gather: countOfNode, merge: bySize },
    });
  if (by === '' || by === 'metric')
    return viewOf(parameters, read, {
      ...{ view: seriesCountsView, plural: 'metrics' },
      ...{ gather: countMetrics, merge: mergeMetricCounts, notes: dropRule },
    });
  const groupBy = parseSumBy(by);
  return {
    ...viewOf(parameters, read, {
      ...{ view: seriesGroupsView(groupBy), plural: 'groups' },
      gather: (node) => countGroups(node, groupBy),
      ...{ merge: mergeSeriesGroups, bytesOf },
    }),
    ...namingLabels(groupBy, parameters),
  };
}

/** Visits each series in the bodies. Returns the error in the bodies, if any. */
type ReadBodies = (bodies: Bodies, visit: (series: Series) => void) => string | undefined;

function readingOne(filter: SeriesFilter): ReadBodies {
  return ({ body }, visit) => readSeries(body, filter, visit);
}

function readingTwo(filter: SeriesFilter): ReadBodies {
  return ({ body, earlier }, visit) =>
    earlier ? readChanges(body, earlier, filter, visit) : 'no second response';
}

/** How a view makes rows: `gather` makes the parts of one node, and `merge` makes the printed rows from the parts of all nodes. */
interface ViewParts<R, Part> extends Pick<BodyView, 'plural' | 'bytesOf'> {
  readonly view: DescribedView;
  readonly gather: (node: string) => Gathering<Part>;
  /** Undefined if the parts are the printed rows. */
  readonly merge?: (parts: readonly Part[]) => readonly R[];
  readonly notes?: (rows: readonly R[]) => readonly string[];
  readonly expose?: (rows: readonly R[]) => Iterable<string>;
  readonly empty?: ReturnType<typeof openEmptyNotes>;
}

function viewOf<R extends object, Part extends object = R>(
  parameters: MetricsParameters,
  read: ReadBodies,
  {
    view,
    gather,
    merge,
    notes,
    expose,
    empty = openEmptyNotes('no series', parameters),
    ...more
  }: ViewParts<R, Part>,
): BodyView {
  const { rateMs } = parameters;
  return {
    ...{ ...view, ...more, extraPaths: [], ...empty.notes },
    ...(rateMs !== undefined && { secondReading: { afterMs: rateMs } }),
    ...(merge && { merge: (rows) => erased(merge(typed(rows))) }),
    ...(notes && { notes: (rows) => notes(typed(rows)) }),
    ...(expose && { expose: (rows) => expose(typed(rows)) }),
    rows: (bodies, node) => {
      const { add, rows } = gather(node);
      const problem = read(bodies, add);
      if (problem !== undefined) return { problem };
      const found = erased(rows());
      if (found.length === 0) empty.seen(bodies.body);
      return { decoded: { value: { rows: found, problems: {} } } };
    },
  };
}

function openEmptyNotes(
  what: string,
  { filters, kind, rateMs, rerun, countBy }: MetricsParameters,
  isQuantiles = false,
) {
  let names: ServedNames | undefined;
  const given = escapeControlLine(filters.join(' or '));
  const emptyNotes = () => [
    `${what} match --filter ${given}`,
    ...filters.flatMap((filter) =>
      names
        ? filterHints(filter, names, {
            ...{ kind, isQuantiles, isRate: rateMs !== undefined },
            ...{ rerun, allNames: countBy('') },
          })
        : [],
    ),
  ];
  return {
    /** Keeps the metric names of the first response in which no series matches. */
    seen: (body: string) => {
      names ??= servedNames(body);
    },
    notes: filters.length === 0 ? {} : { emptyNotes },
  };
}

/** Keeps only the first `limit` rows of each node, because a fleet has millions of series. */
function largest(view: BodyView, sortBy: string, limit: number | undefined): BodyView {
  if (limit === undefined) return view;
  const column = findColumn<Row>(view.columns, sortBy);
  return {
    ...view,
    rows: (bodies, node) =>
      mapChecked(view.rows(bodies, node), ({ rows, problems }) => ({
        rows: arrangeRows(rows, { sortBy: column, limit }),
        problems,
      })),
  };
}

function erased(rows: readonly object[]): readonly Row[] {
  return rows as readonly Row[];
}

/** Restores the type of rows. This is safe, because a view receives only rows that it made itself. */
function typed<R>(rows: readonly Row[]): readonly R[] {
  return rows as unknown as readonly R[];
}
