// How many series there are: what each costs in Prometheus.

import { detached } from '../../kubelet/bodies/metrics-text.ts';
import type { View } from '../../text/column.ts';
import { labelsColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

/** The series of a metric, of all nodes. */
export interface SeriesCountRow {
  readonly metric: string;
  readonly series: number;
  /** Of all series. */
  readonly percent: number | undefined;
  /** How many serve it. */
  readonly nodes: number;
  /** The one with the most values on a node. */
  readonly label: string | undefined;
  /** How many values that has, on the node with the most. */
  readonly values: number | undefined;
  /** Each label with its number of values, such as `pod=120, container=14`. */
  readonly labels: string | undefined;
  readonly type: string;
}

/** A label of the series of all metrics and nodes. */
export interface LabelCountRow {
  readonly label: string;
  /** How many values it has, on the node with the most. */
  readonly values: number;
  /** How many series have it. */
  readonly series: number;
  /** How many metrics have it, on the node with the most. */
  readonly metrics: number;
  readonly nodes: number;
}

/** The series of a node. */
export interface NodeCountRow {
  readonly node: string;
  readonly series: number;
  readonly metrics: number;
  /** The metric with the most series. */
  readonly largest: string | undefined;
  readonly largestSeries: number | undefined;
}

/** The series of all nodes that have the same values of some labels. */
export interface SeriesGroupRow {
  /** Absent unless groups are of each node. */
  readonly node: string | undefined;
  /** Absent unless groups are of each metric. */
  readonly metric: string | undefined;
  /** Absent for series without these labels. */
  readonly labels: string | undefined;
  readonly series: number;
  /** Of all series. */
  readonly percent: number | undefined;
  /** How many serve them. */
  readonly nodes: number;
}

/** @param by what its groups have in common */
export function seriesGroups(
  node: string,
  all: readonly Series[],
  by: SumBy,
): readonly SeriesGroupRow[] {
  const labelled = Map.groupBy(all, ({ metric, labels }) =>
    JSON.stringify([by.isOfMetric ? metric : '', formatLabels(labelsOfSum(labels, by))]),
  );
  return [...labelled.values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const labels = formatLabels(labelsOfSum(first.labels, by)) || undefined;
    return [
      {
        node: by.isOfNode ? node : undefined,
        metric: by.isOfMetric ? first.metric : undefined,
        // What is kept of a body must not keep all of it.
        labels: labels && detached(labels),
        series: own.length,
        percent: undefined,
        nodes: 1,
      },
    ];
  });
}

/** Of several nodes, those with the most series first. */
export function mergeSeriesGroups(rows: readonly SeriesGroupRow[]): readonly SeriesGroupRow[] {
  const all = totalOf(rows);
  const keyOf = ({ node, metric, labels }: SeriesGroupRow) =>
    JSON.stringify([node, metric, labels]);
  const merged = [...Map.groupBy(rows, keyOf).values()].flatMap((own) => {
    const [first] = own;
    if (!first) return [];
    const series = totalOf(own);
    return [{ ...first, series, percent: (series / all) * 100, nodes: own.length }];
  });
  return bySize(merged);
}

export function metricCounts(all: readonly Series[]): readonly SeriesCountRow[] {
  return [...Map.groupBy(all, ({ metric }) => metric)].map(([metric, own]) => {
    const values = [...valuesOf(own)]
      .map(([label, { size }]) => [label, size] as const)
      .sort(([, a], [, b]) => b - a);
    return {
      metric,
      series: own.length,
      percent: undefined,
      nodes: 1,
      label: values[0]?.[0],
      values: values[0]?.[1],
      labels: values.map(([label, size]) => `${label}=${size}`).join(', ') || undefined,
      type: own[0]?.family.type ?? 'untyped',
    };
  });
}

export function labelCounts(all: readonly Series[]): readonly LabelCountRow[] {
  const metrics = new Map<string, Set<string>>();
  const series = new Map<string, number>();
  for (const { metric, labels } of all)
    for (let at = 0; at < labels.length; at += 2) {
      const label = labels[at] ?? '';
      entryOf(metrics, label).add(metric);
      series.set(label, (series.get(label) ?? 0) + 1);
    }
  return [...valuesOf(all)].map(([label, { size }]) => ({
    label,
    values: size,
    series: series.get(label) ?? 0,
    metrics: metrics.get(label)?.size ?? 0,
    nodes: 1,
  }));
}

export function nodeCount(node: string, all: readonly Series[]): NodeCountRow {
  const counts = bySize(metricCounts(all));
  return {
    node,
    series: all.length,
    metrics: counts.length,
    largest: counts[0]?.metric,
    largestSeries: counts[0]?.series,
  };
}

/** The distinct values of each label. */
function valuesOf(all: readonly Series[]): ReadonlyMap<string, ReadonlySet<string>> {
  const values = new Map<string, Set<string>>();
  for (const { labels } of all)
    for (let at = 0; at < labels.length; at += 2)
      entryOf(values, labels[at] ?? '').add(labels[at + 1] ?? '');
  return new Map([...values].map(([label, set]) => [detached(label), set]));
}

function entryOf(sets: Map<string, Set<string>>, key: string): Set<string> {
  const found = sets.get(key) ?? new Set();
  sets.set(key, found);
  return found;
}

/** Of several nodes, those with the most series first. */
export function mergeMetricCounts(rows: readonly SeriesCountRow[]): readonly SeriesCountRow[] {
  const all = totalOf(rows);
  const merged = [...Map.groupBy(rows, ({ metric }) => metric).values()].flatMap((own) => {
    const widest = own.reduce((a, b) => ((b.values ?? 0) > (a.values ?? 0) ? b : a));
    const series = totalOf(own);
    return [{ ...widest, series, percent: (series / all) * 100, nodes: own.length }];
  });
  return bySize(merged);
}

export function mergeLabelCounts(rows: readonly LabelCountRow[]): readonly LabelCountRow[] {
  const merged = [...Map.groupBy(rows, ({ label }) => label)].map(([label, own]) => ({
    label,
    values: Math.max(...own.map(({ values }) => values)),
    series: totalOf(own),
    metrics: Math.max(...own.map(({ metrics }) => metrics)),
    nodes: own.length,
  }));
  return merged.sort((a, b) => b.values - a.values || b.series - a.series);
}

export function bySize<Row extends { readonly series: number }>(
  rows: readonly Row[],
): readonly Row[] {
  return rows.toSorted((a, b) => b.series - a.series);
}

function totalOf(rows: readonly { readonly series: number }[]): number {
  return rows.reduce((total, { series }) => total + series, 0);
}

/** What drops the metric with the most series, to paste into the configuration of Prometheus. */
export function dropRule(
  rows: readonly Pick<SeriesCountRow, 'metric' | 'series'>[],
): readonly string[] {
  const [worst] = bySize(rows);
  if (!worst) return [];
  const all = totalOf(rows);
  return [
    `note: ${all} series of ${rows.length} ${rows.length === 1 ? 'metric' : 'metrics'}`,
    `hint: ${worst.metric} has ${worst.series} of them; to drop it, in the scrape configuration of Prometheus:`,
    'metric_relabel_configs:',
    '  - source_labels: [__name__]',
    `    regex: ${worst.metric}`,
    '    action: drop',
  ];
}

export const seriesCountsView: View<SeriesCountRow> = {
  kind: 'KubeletSeriesCountList',
  columns: [
    metricColumn,
    {
      head: 'SERIES',
      key: 'series',
      unit: 'count',
      summed: true,
      metric: { name: 'metric_series', help: 'Series of a metric that the kubelets serve.' },
    },
    { head: 'SHARE', key: 'percent', unit: 'percent' },
    { head: 'NODES', key: 'nodes', unit: 'count' },
    { head: 'LABEL', key: 'label', unit: 'text', says: 'state' },
    { head: 'MAX VALUES/NODE', key: 'values', unit: 'count' },
    { head: 'LABELS', key: 'labels', unit: 'text', wide: true, says: 'state' },
    typeColumn,
  ],
};

export function seriesGroupsView({ isOfNode, isOfMetric }: SumBy): View<SeriesGroupRow> {
  return {
    kind: 'KubeletSeriesGroupList',
    columns: [
      nodeColumn(isOfNode),
      ...(isOfMetric ? [metricColumn] : []),
      labelsColumn,
      { head: 'SERIES', key: 'series', unit: 'count', summed: true },
      { head: 'SHARE', key: 'percent', unit: 'percent' },
      { head: 'NODES', key: 'nodes', unit: 'count' },
    ],
  };
}

export const labelCountsView: View<LabelCountRow> = {
  kind: 'KubeletLabelCountList',
  columns: [
    { head: 'LABEL', key: 'label', unit: 'text' },
    { head: 'MAX VALUES/NODE', key: 'values', unit: 'count' },
    { head: 'SERIES', key: 'series', unit: 'count' },
    { head: 'MAX METRICS/NODE', key: 'metrics', unit: 'count' },
    { head: 'NODES', key: 'nodes', unit: 'count' },
  ],
};

export const nodeCountsView: View<NodeCountRow> = {
  kind: 'KubeletNodeSeriesCountList',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    {
      head: 'SERIES',
      key: 'series',
      unit: 'count',
      summed: true,
      metric: { name: 'node_series', help: 'Series that the kubelet serves.' },
    },
    { head: 'METRICS', key: 'metrics', unit: 'count' },
    { head: 'LARGEST', key: 'largest', unit: 'text', says: 'state' },
    { head: 'LARGEST SERIES', key: 'largestSeries', unit: 'count' },
  ],
};
