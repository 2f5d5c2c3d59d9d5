import type { MetricType, SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import type { View } from '../../text/column.ts';
import { helpColumn, labelsColumn, metricColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';

/** A series of a node. */
export interface SeriesRow {
  readonly node: string;
  readonly metric: string;
  /** Absent in JSON if it is NaN or infinite. */
  readonly value: SampleValue | undefined;
  /** `a="b",c="d"` as in the text format, without labels that are empty. */
  readonly labels: string | undefined;
  readonly type: MetricType;
  /**
   * Time of the sample, if the kubelet gives it.
   * @asType integer
   */
  readonly timestampMs: number | undefined;
  readonly help: string | undefined;
}

/** By how much a series of a node has changed between two responses. */
export interface SeriesChangeRow {
  readonly node: string;
  readonly metric: string;
  /** If a counter has restarted: the change since then. */
  readonly change: SampleValue | undefined;
  readonly perSecond: number | undefined;
  readonly labels: string | undefined;
  readonly type: MetricType;
  /** Between its two samples. */
  readonly seconds: number | undefined;
  readonly help: string | undefined;
}

export function seriesRow(node: string, series: Series): SeriesRow {
  return { node, value: series.value, timestampMs: series.timestampMs, ...named(series) };
}

export function seriesChangeRow(node: string, series: Series): SeriesChangeRow {
  const { value: change, perSecond, seconds } = series;
  return { node, change, perSecond, seconds, ...named(series) };
}

function named({ metric, text, family: { type, help } }: Series) {
  return { metric, labels: text || undefined, type, help };
}

export const seriesView: View<SeriesRow> = {
  kind: 'KubeletSeriesList',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    metricColumn,
    { head: 'VALUE', key: 'value', unit: 'sample' },
    labelsColumn,
    typeColumn,
    { head: 'TIMESTAMP MS', key: 'timestampMs', unit: 'count', wide: true },
    helpColumn,
  ],
};

export const seriesChangesView: View<SeriesChangeRow> = {
  kind: 'KubeletSeriesChangeList',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    metricColumn,
    { head: 'CHANGE', key: 'change', unit: 'sample' },
    { head: 'PER SECOND', key: 'perSecond', unit: 'sample' },
    labelsColumn,
    typeColumn,
    { head: 'SECONDS', key: 'seconds', unit: 'sample', wide: true },
    helpColumn,
  ],
};
