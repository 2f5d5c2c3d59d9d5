import { metricTypes } from '../../kubelet/bodies/metrics-text.ts';
import {
  always,
  column,
  columnsOf,
  type DescribedView,
  type RowOf,
  text,
  wide,
} from '../shared/rows/fields.ts';
import { helpColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels, labelOf, sumOf } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

const fields = {
  node: nodeColumn(true),
  metric: metricColumn,
  value: column('VALUE', 'sample', {
    about: 'Value of the sample; absent in JSON if it is NaN or infinite.',
  }),
  change: column('CHANGE', 'sample', {
    about: 'Change between two responses; for a restarted counter, the change since its restart.',
  }),
  perSecond: column('PER SECOND', 'sample', { type: 'number' }),
  series: column('SERIES', 'count', { ...always, about: 'Number of series in the sum.' }),
  labels: text('LABELS', {
    about: 'Labels as `a="b",c="d"`, as in the text format, without empty labels.',
  }),
  type: { ...typeColumn, type: metricTypes },
  timestampMs: column('TIMESTAMP MS', 'count', {
    ...wide,
    about: 'Time of the sample, if the kubelet gives it.',
  }),
  seconds: column('SECONDS', 'sample', {
    ...{ type: 'number', wide: true },
    about: 'Seconds between the two samples of a change.',
  }),
  help: helpColumn,
};

/** A series of a node, or a sum of series; with --rate, its change between two responses. */
export type SeriesRow = RowOf<typeof fields>;

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
  const { metric, labels, text: served, value, perSecond, seconds, timestampMs } = series;
  const { type, help } = series.family;
  const kept = by ? labelsOfSum(labels, by) : labels;
  const row = {
    node: !by || by.isOfNode ? node : undefined,
    ...{ metric, type, help, series: 1 },
    labels: (kept === labels ? served : formatLabels(kept)) || undefined,
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

export function seriesView({ by, isChange }: SeriesStyle): DescribedView {
  const hidden = [
    ...(isChange ? ['value', 'timestampMs'] : ['change', 'perSecond', 'seconds']),
    ...(by ? ['timestampMs', 'seconds'] : ['series']),
  ];
  const columns = columnsOf({ ...fields, node: nodeColumn(!by || by.isOfNode) });
  return {
    kind: `KubeletSeries${isChange ? 'Change' : ''}${by ? 'Sum' : ''}List`,
    about: 'A series of a node, or a sum of series; with --rate, its change between two responses.',
    columns: columns.filter(({ key }) => !hidden.includes(key)),
  };
}
