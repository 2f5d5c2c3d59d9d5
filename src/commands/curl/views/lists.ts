import type { ComparedPodRow } from './compared-pods.ts';
import type { ComparedRunningPodRow } from './compared-running-pods.ts';
import type { ContainerStatsRow } from './container-stats.ts';
import type { FlagDifferenceRow, FlagRow } from './flagz.ts';
import type { HealthCheckRow } from './health-checks.ts';
import type { QuantileRow } from './metrics/quantile-rows.ts';
import type { LabelCountRow, NodeCountRow, SeriesCountRow } from './metrics/series-counts.ts';
import type { SeriesChangeRow, SeriesRow } from './metrics/series-rows.ts';
import type { SeriesChangeSumRow, SeriesSumRow } from './metrics/sum-series.ts';
import type { NodeStatsRow } from './node-stats.ts';
import type { PodStatsRow } from './pod-stats.ts';
import type { RunningPodRow } from './running-pods.ts';
import type { KubeletStatusRow } from './statusz.ts';
import type { VolumeStatsRow } from './volume-stats.ts';

/** By --label-columns and --show-labels. */
interface LabelCells {
  /** All labels, as `key=value,key=value`. */
  readonly labels?: string;
  /** The value of one label, whose key has `_` for what is no letter or digit. */
  readonly [key: `label_${string}`]: string;
}

/** By --watch, in place of what only grows; none in the first look. */
interface RateCells {
  readonly networkReceivedBytesPerSecond?: number;
  readonly networkSentBytesPerSecond?: number;
}

/** What -o json prints of a view. What is not reported is absent. */
interface RowList<Kind extends string, Row> {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: Kind;
  readonly items: readonly (Row & LabelCells)[];
  /** Of several rows, by key: the sums of those that report a figure. */
  readonly totals?: Readonly<Record<string, number>>;
}

export type NodeStatsList = RowList<'KubeletNodeStatsList', NodeStatsRow & RateCells>;
export type PodStatsList = RowList<'KubeletPodStatsList', PodStatsRow & RateCells>;
export type ContainerStatsList = RowList<'KubeletContainerStatsList', ContainerStatsRow>;
export type VolumeStatsList = RowList<'KubeletVolumeStatsList', VolumeStatsRow>;
export type PodDifferenceList = RowList<'KubeletPodDifferenceList', ComparedPodRow>;
export type RunningPodList = RowList<'KubeletRunningPodList', RunningPodRow>;
export type RunningPodDifferenceList = RowList<
  'KubeletRunningPodDifferenceList',
  ComparedRunningPodRow
>;
export type SeriesList = RowList<'KubeletSeriesList', SeriesRow>;
export type SeriesSumList = RowList<'KubeletSeriesSumList', SeriesSumRow>;
export type SeriesChangeList = RowList<'KubeletSeriesChangeList', SeriesChangeRow>;
export type SeriesChangeSumList = RowList<'KubeletSeriesChangeSumList', SeriesChangeSumRow>;
export type QuantileList = RowList<'KubeletQuantileList', QuantileRow>;
export type SeriesCountList = RowList<'KubeletSeriesCountList', SeriesCountRow>;
export type LabelCountList = RowList<'KubeletLabelCountList', LabelCountRow>;
export type NodeSeriesCountList = RowList<'KubeletNodeSeriesCountList', NodeCountRow>;
export type HealthCheckList = RowList<'KubeletHealthCheckList', HealthCheckRow>;
export type StatusList = RowList<'KubeletStatusList', KubeletStatusRow>;
export type FlagList = RowList<'KubeletFlagList', FlagRow>;
export type FlagDifferenceList = RowList<'KubeletFlagDifferenceList', FlagDifferenceRow>;
