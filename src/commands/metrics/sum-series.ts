import type { MetricType, SampleValue } from '../../kubelet/bodies/metrics-text.ts';
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
 * A row of a series, to be merged. Quantiles have no sum, and a bucket is of all smaller ones, too: without the label `le` in a
 * sum they are left out.
 */
export function sumRowOf(node: string, series: Series, by: SumBy): SeriesSumRow | undefined {
  return isSummable(series, by) ? { ...headOf(node, series, by), value: series.value } : undefined;
}

export function changeSumRowOf(
  node: string,
  series: Series,
  by: SumBy,
): SeriesChangeSumRow | undefined {
  if (!isSummable(series, by)) return undefined;
  const { value, perSecond } = series;
  return { ...headOf(node, series, by), change: value, perSecond };
}

function isSummable({ family: { type, name }, metric, labels }: Series, { keeps }: SumBy): boolean {
  if (type === 'summary') return metric !== name || labelOf(labels, 'quantile') === '';
  return type !== 'histogram' || keeps('le') || !metric.endsWith('_bucket');
}

function headOf(node: string, { metric, family, labels, text }: Series, by: SumBy) {
  const summed = labelsOfSum(labels, by);
  return {
    node: by.isOfNode ? node : undefined,
    metric,
    series: 1,
    labels: (summed === labels ? text : formatLabels(summed)) || undefined,
    type: family.type,
    help: family.help,
  };
}

/** The sums of a node, of the rows of its series. */
export function sumsOfNode<Row>(
  rows: readonly Row[],
  { isOfSeries }: SumBy,
  mergeRows: (rows: readonly Row[]) => readonly Row[],
): readonly Row[] {
  // Each is there once.
  return isOfSeries ? rows : mergeRows(rows);
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
  const sums: Row[] = [];
  /** By their index in `sums`: most series of many belong to one row. */
  const groups = new Map<number, Row[]>();
  const places = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const { metric, node = '', labels = '' } = row;
    const head = `${metric} ${node}`;
    const byLabels = places.get(head) ?? new Map<string, number>();
    if (byLabels.size === 0) places.set(head, byLabels);
    const place = byLabels.get(labels);
    const first = place === undefined ? undefined : sums[place];
    if (place === undefined || !first) {
      // As a key, labels are a text of their own, and no longer a piece of the body.
      byLabels.set(labels, sums.length);
      sums.push(row);
    } else {
      const own = groups.get(place);
      if (own) own.push(row);
      else groups.set(place, [first, row]);
    }
  }
  for (const [place, own] of groups) {
    const series = own.reduce((all, each) => all + each.series, 0);
    sums[place] = { ...(own[0] as Row), series, ...sum(own) };
  }
  return sums;
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
