import { detached, type MetricType, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import type { View } from '../../text/column.ts';
import { helpColumn, labelsColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels, labelOf, sumOf } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

/** The sum of the series of a metric that have the same values of some labels. */
export interface SeriesSumRow {
  /** Absent unless sums are of each node. */
  readonly node: string | undefined;
  readonly metric: string;
  /** Absent in JSON if it is NaN or infinite. */
  readonly value: SampleValue | undefined;
  /** How many series it is of. */
  readonly series: number;
  readonly labels: string | undefined;
  readonly type: MetricType;
  readonly help: string | undefined;
}

/** The same of changes between two responses. */
export interface SeriesChangeSumRow extends Omit<SeriesSumRow, 'value'> {
  readonly change: SampleValue | undefined;
  readonly perSecond: number | undefined;
}

/**
 * A row for each series, to be merged. Quantiles have no sum, and a bucket is of all smaller ones, too: without the label `le` in a
 * sum they are left out.
 */
export function sumRowsOf(
  node: string,
  all: readonly Series[],
  by: SumBy,
): readonly SeriesSumRow[] {
  return all
    .filter((series) => isSummable(series, by))
    .map((series) => ({ ...headOf(node, series, by), value: series.value }));
}

export function changeSumRowsOf(
  node: string,
  all: readonly Series[],
  by: SumBy,
): readonly SeriesChangeSumRow[] {
  return all
    .filter((series) => isSummable(series, by))
    .map((series) => ({
      ...headOf(node, series, by),
      change: series.value,
      perSecond: series.perSecond,
    }));
}

function isSummable({ family: { type, name }, metric, labels }: Series, { keeps }: SumBy): boolean {
  if (type === 'summary') return metric !== name || labelOf(labels, 'quantile') === '';
  return type !== 'histogram' || keeps('le') || !metric.endsWith('_bucket');
}

function headOf(node: string, { metric, family, labels }: Series, by: SumBy) {
  return {
    node: by.isOfNode ? node : undefined,
    metric,
    series: 1,
    labels: formatLabels(labelsOfSum(labels, by)) || undefined,
    type: family.type,
    help: family.help,
  };
}

/** In the order in which the first of each sum comes; of one node, or of sums of several. */
export function mergeSums(rows: readonly SeriesSumRow[]): readonly SeriesSumRow[] {
  return merge(rows, (own) => ({ value: sumOf(own.map(({ value }) => value ?? 0)) }));
}

export function mergeChangeSums(
  rows: readonly SeriesChangeSumRow[],
): readonly SeriesChangeSumRow[] {
  return merge(rows, (own) => ({
    change: sumOf(own.map(({ change }) => change ?? 0)),
    perSecond: Number(sumOf(own.map(({ perSecond }) => perSecond ?? 0))),
  }));
}

function merge<Row extends Pick<SeriesSumRow, 'node' | 'metric' | 'labels' | 'series'>>(
  rows: readonly Row[],
  sum: (own: readonly Row[]) => Partial<Row>,
): readonly Row[] {
  const keyOf = ({ metric, labels, node }: Row) => `${metric}{${labels ?? ''}}${node ?? ''}`;
  return [...Map.groupBy(rows, keyOf).values()].flatMap((own) => {
    const [row] = own;
    if (!row) return [];
    const series = own.reduce((all, each) => all + each.series, 0);
    // What is kept of a body must not keep all of it.
    return [{ ...row, labels: row.labels && detached(row.labels), series, ...sum(own) }];
  });
}

/** @param isOfNode whether sums are of each node */
export function seriesSumsView({ isOfNode }: SumBy): View<SeriesSumRow> {
  return {
    kind: 'KubeletSeriesSumList',
    columns: [
      nodeColumn(isOfNode),
      metricColumn,
      { head: 'VALUE', key: 'value', unit: 'sample' },
      { head: 'SERIES', key: 'series', unit: 'count' },
      labelsColumn,
      typeColumn,
      helpColumn,
    ],
  };
}

export function seriesChangeSumsView({ isOfNode }: SumBy): View<SeriesChangeSumRow> {
  return {
    kind: 'KubeletSeriesChangeSumList',
    columns: [
      nodeColumn(isOfNode),
      metricColumn,
      { head: 'CHANGE', key: 'change', unit: 'sample' },
      { head: 'PER SECOND', key: 'perSecond', unit: 'sample' },
      { head: 'SERIES', key: 'series', unit: 'count' },
      labelsColumn,
      typeColumn,
      helpColumn,
    ],
  };
}
