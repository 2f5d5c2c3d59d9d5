import type { MetricType, SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import type { Column, View } from '../../text/column.ts';
import { helpColumn, labelsColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels, labelOf, sumOf } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

/** A series of a node, or a sum of series; with --rate, its change between two responses. */
export interface SeriesRow {
  /** Name of the node; absent in sums over nodes. */
  readonly node: string | undefined;
  readonly metric: string;
  /** Value of the sample; absent in JSON if it is NaN or infinite. */
  readonly value?: SampleValue | undefined;
  /** Change between two responses; for a restarted counter, the change since its restart. */
  readonly change?: SampleValue | undefined;
  readonly perSecond?: number | undefined;
  /** Number of series in the sum. */
  readonly series: number;
  /** Labels as `a="b",c="d"`, as in the text format, without empty labels. */
  readonly labels: string | undefined;
  readonly type: MetricType;
  /** Seconds between the two samples of a change. */
  readonly seconds?: number | undefined;
  /**
   * Time of the sample, if the kubelet gives it.
   * @asType integer
   */
  readonly timestampMs?: number | undefined;
  readonly help: string | undefined;
}

export interface SeriesStyle {
  /** If undefined, each series is a row. */
  readonly by: SumBy | undefined;
  readonly isChange: boolean;
}

/**
 * Returns the row of a series; undefined for a series that sums leave out. Sums leave out quantiles. They also leave out buckets, unless
 * --by names the label `le`, because each bucket includes all smaller buckets.
 */
export function seriesRow(
  node: string,
  series: Series,
  { by, isChange }: SeriesStyle,
): SeriesRow | undefined {
  if (by && !isSummable(series, by)) return undefined;
  const { metric, labels, text, value, perSecond, seconds, timestampMs } = series;
  const { type, help } = series.family;
  const kept = by ? labelsOfSum(labels, by) : labels;
  const row = {
    node: !by || by.isOfNode ? node : undefined,
    ...{ metric, type, help, series: 1 },
    labels: (kept === labels ? text : formatLabels(kept)) || undefined,
  };
  if (isChange) return { ...row, change: value, perSecond, seconds };
  return { ...row, value, timestampMs };
}

function isSummable({ family: { type, name }, metric, labels }: Series, { keeps }: SumBy): boolean {
  if (type === 'summary') return metric !== name || labelOf(labels, 'quantile') === '';
  return type !== 'histogram' || keeps('le') || !metric.endsWith('_bucket');
}

/**
 * Merges rows into sums, in the order of first appearance.
 * @param rows rows for the series of one node, or for sums of several nodes
 */
export function mergeSums(rows: readonly SeriesRow[], isChange: boolean): readonly SeriesRow[] {
  const sums: SeriesRow[] = [];
  /** Rows to add up, by the index of their sum in `sums`. Has no entry for a sum of a single row. */
  const groups = new Map<number, SeriesRow[]>();
  const places = new Map<string, Map<string, number>>();
  for (const row of rows) {
    const { metric, node = '', labels = '' } = row;
    const head = `${metric} ${node}`;
    const byLabels = places.get(head) ?? new Map<string, number>();
    if (byLabels.size === 0) places.set(head, byLabels);
    const place = byLabels.get(labels);
    const first = place === undefined ? undefined : sums[place];
    if (place === undefined || !first) {
      // V8 copies a text that becomes a key of a Map. A slice would keep the whole body in memory.
      byLabels.set(labels, sums.length);
      sums.push(row);
    } else {
      const own = groups.get(place);
      if (own) own.push(row);
      else groups.set(place, [first, row]);
    }
  }
  for (const [place, own] of groups) {
    const total = (key: 'value' | 'change' | 'perSecond') => sumOf(own.map((row) => row[key] ?? 0));
    sums[place] = {
      ...(own[0] as SeriesRow),
      series: own.reduce((all, each) => all + each.series, 0),
      ...(isChange
        ? { change: total('change'), perSecond: Number(total('perSecond')) }
        : { value: total('value') }),
    };
  }
  return sums;
}

export function seriesView({ by, isChange }: SeriesStyle): View<SeriesRow> {
  const values: readonly Column<SeriesRow>[] = isChange
    ? [
        { head: 'CHANGE', key: 'change', unit: 'sample' },
        { head: 'PER SECOND', key: 'perSecond', unit: 'sample' },
      ]
    : [{ head: 'VALUE', key: 'value', unit: 'sample' }];
  const time: Column<SeriesRow> = isChange
    ? { head: 'SECONDS', key: 'seconds', unit: 'sample', wide: true }
    : { head: 'TIMESTAMP MS', key: 'timestampMs', unit: 'count', wide: true };
  return {
    kind: `KubeletSeries${isChange ? 'Change' : ''}${by ? 'Sum' : ''}List`,
    columns: [
      ...[nodeColumn(!by || by.isOfNode), metricColumn, ...values],
      ...(by ? [{ head: 'SERIES', key: 'series', unit: 'count' } as const] : []),
      ...[labelsColumn, typeColumn, ...(by ? [] : [time]), helpColumn],
    ],
  };
}
