import { detached, type MetricType, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import type { View } from '../../text/column.ts';
import { helpColumn, labelsColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels, labelOf, plus } from './sample-values.ts';
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
  return merge(rows, (row, { value, series }) => ({
    ...row,
    value: plus(row.value ?? 0, value ?? 0),
    series: row.series + series,
  }));
}

export function mergeChangeSums(
  rows: readonly SeriesChangeSumRow[],
): readonly SeriesChangeSumRow[] {
  return merge(rows, (row, { change, perSecond, series }) => ({
    ...row,
    change: plus(row.change ?? 0, change ?? 0),
    perSecond: Number(plus(row.perSecond ?? 0, perSecond ?? 0)),
    series: row.series + series,
  }));
}

function merge<Row extends Pick<SeriesSumRow, 'node' | 'metric' | 'labels'>>(
  rows: readonly Row[],
  add: (sum: Row, one: Row) => Row,
): readonly Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const key = `${row.metric}{${row.labels ?? ''}}${row.node ?? ''}`;
    const sum = sums.get(key);
    // What is kept of a body must not keep all of it.
    sums.set(key, sum ? add(sum, row) : { ...row, labels: row.labels && detached(row.labels) });
  }
  return [...sums.values()];
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
