// Counts series, because the cost of metrics in Prometheus grows with the number of series.

import { detached, type MetricType } from '../../kubelet/bodies/metrics-text.ts';
import { groupsOf } from '../../text/groups.ts';
import {
  always,
  column,
  columnsOf,
  type DescribedView,
  type RowOf,
  text,
  wide,
} from '../shared/rows/fields.ts';
import { metricColumn, nodeCountColumn, typeColumn } from './columns.ts';
import type { Gathering } from './node-series.ts';
import { formatLabels } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

const percentColumn = column('SHARE', 'percent', { about: 'Percentage of all series.' });

const metricFields = {
  metric: metricColumn,
  series: column('SERIES', 'count', {
    ...{ ...always, summed: true },
    metric: { name: 'metric_series', help: 'Series of a metric that the kubelets serve.' },
  }),
  percent: percentColumn,
  nodeCount: { ...nodeCountColumn, about: 'Number of nodes that serve the metric.' },
  label: text('LABEL', { role: 'volatile', about: 'Label with the most values on one node.' }),
  values: column('MAX VALUES/NODE', 'count', {
    about: 'Number of values that this label has, on the node where it has the most.',
  }),
  labels: text('LABELS', {
    ...{ ...wide, role: 'volatile' },
    about: 'Each label with its number of values, such as `pod=120, container=14`.',
  }),
  type: typeColumn,
};

type SeriesCountRow = RowOf<typeof metricFields>;

export const seriesCountsView: DescribedView = {
  kind: 'KubeletSeriesCountList',
  about: 'A metric, and the number of its series on all nodes.',
  columns: columnsOf(metricFields),
};

const groupFields = {
  node: text('NODE', { about: 'Name of the node; absent unless --by names `node`.' }),
  metric: text('METRIC', { about: 'Name of the metric; absent unless --by names `metric`.' }),
  labels: text('LABELS', {
    about: 'Labels of the group; absent for series without these labels.',
  }),
  series: column('SERIES', 'count', { ...always, summed: true }),
  percent: percentColumn,
  nodeCount: { ...nodeCountColumn, about: 'Number of nodes that serve these series.' },
};

type SeriesGroupRow = RowOf<typeof groupFields>;

export function seriesGroupsView({
  isOfNode,
  isOfMetric,
}: Pick<SumBy, 'isOfNode' | 'isOfMetric'>): DescribedView {
  const { node, metric, ...fields } = groupFields;
  return {
    kind: 'KubeletSeriesGroupList',
    about: 'Series with the same values of the labels in --by, and their number.',
    columns: columnsOf({
      node: { ...node, wide: !isOfNode },
      ...(isOfMetric && { metric }),
      ...fields,
    }),
  };
}

const labelFields = {
  label: text('LABEL', always),
  values: column('MAX VALUES/NODE', 'count', {
    ...always,
    about: 'Number of values that the label has, on the node where it has the most.',
  }),
  series: column('SERIES', 'count', {
    ...always,
    about: 'Number of series that have the label.',
  }),
  metrics: column('MAX METRICS/NODE', 'count', {
    ...always,
    about: 'Number of metrics that have the label, on the node with the most such metrics.',
  }),
  nodeCount: nodeCountColumn,
};

type LabelCountRow = RowOf<typeof labelFields>;

export const labelCountsView: DescribedView = {
  kind: 'KubeletLabelCountList',
  about: 'A label, the number of its values, and how many series and metrics have it.',
  columns: columnsOf(labelFields),
};

const nodeFields = {
  node: text('NODE', always),
  series: column('SERIES', 'count', {
    ...{ ...always, summed: true },
    metric: { name: 'node_series', help: 'Series that the kubelet serves.' },
  }),
  metrics: column('METRICS', 'count', always),
  largest: text('LARGEST', { role: 'volatile', about: 'The metric with the most series.' }),
  largestSeries: column('LARGEST SERIES', 'count'),
};

export type NodeCountRow = RowOf<typeof nodeFields>;

export const nodeCountsView: DescribedView = {
  kind: 'KubeletNodeSeriesCountList',
  about: 'A node, and the numbers of its series and metrics.',
  columns: columnsOf(nodeFields),
};

export function countGroups(node: string, by: SumBy): Gathering<SeriesGroupRow> {
  const groups = new Map<
    string,
    { series: number; readonly row: Omit<SeriesGroupRow, 'series'> }
  >();
  return {
    add: ({ metric, labels }) => {
      const kept = formatLabels(labelsOfSum(labels, by));
      const key = JSON.stringify([by.isOfMetric ? metric : '', kept]);
      const known = groups.get(key);
      if (known) {
        known.series += 1;
        return;
      }
      const row = {
        node: by.isOfNode ? node : undefined,
        metric: by.isOfMetric ? metric : undefined,
        // Copies the labels, because a slice would keep the whole body in memory.
        labels: kept === '' ? undefined : detached(kept),
        percent: undefined,
        nodeCount: 1,
      };
      groups.set(detached(key), { series: 1, row });
    },
    rows: () => [...groups.values()].map(({ series, row }) => ({ ...row, series })),
  };
}

function mergeCounts<
  Row extends Pick<SeriesCountRow, 'series' | 'percent' | 'nodeCount' | 'values'>,
>(rows: readonly Row[], keyOf: (row: Row) => string): readonly Row[] {
  const all = totalOf(rows);
  const merged = groupsOf(rows, keyOf).map((own) => {
    const widest = own.reduce((a, b) => ((b.values ?? 0) > (a.values ?? 0) ? b : a));
    const series = totalOf(own);
    return { ...widest, series, percent: (series / all) * 100, nodeCount: own.length };
  });
  return bySize(merged);
}

export function mergeMetricCounts(rows: readonly SeriesCountRow[]): readonly SeriesCountRow[] {
  return mergeCounts(rows, ({ metric }) => metric);
}

export function mergeSeriesGroups(rows: readonly SeriesGroupRow[]): readonly SeriesGroupRow[] {
  return mergeCounts(rows, ({ node, metric, labels }) => JSON.stringify([node, metric, labels]));
}

type Values = Map<string, Set<string>>;

interface MetricCount {
  series: number;
  readonly type: MetricType;
  readonly values: Values;
}

export function countMetrics(): Gathering<SeriesCountRow> {
  const byMetric = new Map<string, MetricCount>();
  return {
    add: ({ metric, family: { type }, labels }) => {
      const count = byMetric.get(metric) ?? { series: 0, type, values: new Map() };
      byMetric.set(metric, count);
      count.series += 1;
      addValues(count.values, labels);
    },
    rows: () =>
      [...byMetric].map(([metric, { series, type, values }]) => {
        const sizes = [...values]
          .map(([label, { size }]) => [label, size] as const)
          .sort(([, a], [, b]) => b - a);
        return {
          metric,
          series,
          percent: undefined,
          nodeCount: 1,
          label: sizes[0]?.[0],
          values: sizes[0]?.[1],
          labels: sizes.map(([label, size]) => `${label}=${size}`).join(', ') || undefined,
          type,
        };
      }),
  };
}

export function countLabels(): Gathering<LabelCountRow> {
  const values: Values = new Map();
  const metrics: Values = new Map();
  const series = new Map<string, number>();
  return {
    add: ({ metric, labels }) => {
      addValues(values, labels);
      for (let at = 0; at < labels.length; at += 2) {
        const label = labels[at] ?? '';
        entryOf(metrics, label).add(metric);
        series.set(label, (series.get(label) ?? 0) + 1);
      }
    },
    rows: () =>
      [...values].map(([label, { size }]) => ({
        label,
        values: size,
        series: series.get(label) ?? 0,
        metrics: metrics.get(label)?.size ?? 0,
        nodeCount: 1,
      })),
  };
}

export function countOfNode(node: string): Gathering<NodeCountRow> {
  const metrics = countMetrics();
  return {
    add: metrics.add,
    rows: () => {
      const all = metrics.rows();
      const { metric: largest, series: largestSeries } = bySize(all)[0] ?? {};
      return [{ node, series: totalOf(all), metrics: all.length, largest, largestSeries }];
    },
  };
}

function addValues(values: Values, labels: readonly string[]): void {
  for (let at = 0; at < labels.length; at += 2)
    entryOf(values, labels[at] ?? '').add(labels[at + 1] ?? '');
}

/** Returns the set of a key. Copies a new key, because a slice would keep the whole body in memory. */
function entryOf(sets: Values, key: string): Set<string> {
  const known = sets.get(key);
  if (known) return known;
  const found = new Set<string>();
  sets.set(detached(key), found);
  return found;
}

export function mergeLabelCounts(rows: readonly LabelCountRow[]): readonly LabelCountRow[] {
  const merged = [...Map.groupBy(rows, ({ label }) => label)].map(([label, own]) => ({
    label,
    values: Math.max(...own.map(({ values }) => values)),
    series: totalOf(own),
    metrics: Math.max(...own.map(({ metrics }) => metrics)),
    nodeCount: own.length,
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
