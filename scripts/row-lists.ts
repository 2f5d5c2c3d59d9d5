// Lists of rows that -o json prints. For each schema, there is a type.

import type { AddressTypeRow } from '../src/commands/certificates/address-types.ts';
import type { CertificateRow } from '../src/commands/certificates/rows.ts';
import type { BaselineDifferenceRow } from '../src/commands/diff/baseline-differences.ts';
import type {
  FeatureGateDifferenceRow,
  FlagDifferenceRow,
  SettingDifferenceRow,
} from '../src/commands/diff/setting-differences.ts';
import type { EndpointRow } from '../src/commands/endpoints/rows.ts';
import type { SettingRow } from '../src/commands/get/configz-views.ts';
import type { FeatureGateRow } from '../src/commands/get/feature-gates.ts';
import type { HealthCheckRow } from '../src/commands/get/health-checks.ts';
import type { FlagRow } from '../src/commands/get/health-views.ts';
import type { GrantRow } from '../src/commands/grants/rows.ts';
import type { QuantileRow } from '../src/commands/metrics/quantile-rows.ts';
import type {
  LabelCountRow,
  NodeCountRow,
  SeriesCountRow,
  SeriesGroupRow,
} from '../src/commands/metrics/series-counts.ts';
import type { SeriesRow } from '../src/commands/metrics/series-rows.ts';
import type { IndirectRow } from '../src/commands/who-can/indirect-rows.ts';
import type { WhoCanRow } from '../src/commands/who-can/rows.ts';
import type { WhoUsedRow } from '../src/commands/who-used/rows.ts';
import type { apiVersion } from '../src/text/api-version.ts';
import type { AnsweredRead, FailedRead } from '../src/text/render-row-list.ts';

/** Fields that --label-columns and --show-labels add. */
interface LabelCells {
  /** All labels of the object, as `key=value,key=value`. */
  readonly labels?: string;
  /** The value of one label. The key of this field has `_` in place of characters other than letters and digits. */
  readonly [key: `label_${string}`]: string;
}

/** Fields that are not reported are absent. */
interface List<Kind extends string, Row> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: Kind;
  /** The URL of the API server. A line of -o ndjson has it, too. */
  readonly server?: string;
  readonly items: readonly Row[];
  /** Sums of the rows, by the key of the column. Rows that do not report a number are not included. */
  readonly totals?: Readonly<Record<string, number>>;
  /**
   * The nodes that answered, and whether they were called directly or through the API server. Absent for certificates, which are read by
   * TLS handshakes.
   */
  readonly answered?: readonly AnsweredRead[];
  /** The nodes that could not be read, and why. */
  readonly failed: readonly FailedRead[];
}

type RowList<Kind extends string, Row> = List<Kind, Row & LabelCells>;

/** A list of rows that come from objects in the API server. No kubelet is called. */
interface ApiRowList<Kind extends string, Row> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: Kind;
  /** The URL of the API server; absent if nothing was read from it. A line of -o ndjson has it, too. */
  readonly server?: string;
  readonly items: readonly Row[];
}

/** Sums of rows with --by. If a row does not report a number, the sum of this number does not include the row. */
interface SumCells {
  readonly namespace?: string;
  readonly pod?: string;
  readonly node?: string;
  readonly owner?: string;
  /** Number of rows in the sums. */
  readonly rows: number;
  /** Numbers that only some rows report, and how many rows report them: `cpuCores 2 of 3`. */
  readonly partial?: string;
}

/** Fields that are not reported are absent. */
export interface ViewList extends List<string, LabelCells> {}

/** Fields that are not reported are absent. */
export interface SumList extends List<string, SumCells> {}

/** A value of any JSON type. */
interface AnyValue {
  readonly value?: unknown;
}

export type SettingList = RowList<'KubeletSettingList', Omit<SettingRow, 'value'> & AnyValue>;
export type SettingDifferenceList = RowList<
  'KubeletSettingDifferenceList',
  Omit<SettingDifferenceRow, 'value'> & AnyValue
>;
type Changes = 'change' | 'perSecond' | 'seconds';
export type SeriesList = RowList<'KubeletSeriesList', Omit<SeriesRow, Changes | 'series'>>;
export type SeriesSumList = RowList<
  'KubeletSeriesSumList',
  Omit<SeriesRow, Changes | 'timestampMs'>
>;
export type SeriesChangeList = RowList<
  'KubeletSeriesChangeList',
  Omit<SeriesRow, 'value' | 'timestampMs' | 'series'>
>;
export type SeriesChangeSumList = RowList<
  'KubeletSeriesChangeSumList',
  Omit<SeriesRow, 'value' | 'timestampMs' | 'seconds'>
>;
export type QuantileList = RowList<'KubeletQuantileList', QuantileRow>;
export type SeriesCountList = RowList<'KubeletSeriesCountList', SeriesCountRow>;
export type LabelCountList = RowList<'KubeletLabelCountList', LabelCountRow>;
export type SeriesGroupList = RowList<'KubeletSeriesGroupList', SeriesGroupRow>;
export type NodeSeriesCountList = RowList<'KubeletNodeSeriesCountList', NodeCountRow>;
export type HealthCheckList = RowList<'KubeletHealthCheckList', HealthCheckRow>;
export type FlagList = RowList<'KubeletFlagList', FlagRow>;
export type FlagDifferenceList = RowList<'KubeletFlagDifferenceList', FlagDifferenceRow>;
export type EndpointList = ApiRowList<'KubeletEndpointList', EndpointRow>;
export type GrantList = ApiRowList<'KubeletGrantList', GrantRow>;
export type SubjectList = ApiRowList<'KubeletSubjectList', WhoCanRow>;
export type IndirectSubjectList = ApiRowList<'KubeletIndirectSubjectList', IndirectRow>;
export type UseList = ApiRowList<'KubeletUseList', WhoUsedRow>;
export type CertificateList = RowList<'KubeletCertificateList', CertificateRow>;
export type BaselineDifferenceList = RowList<
  'KubeletBaselineDifferenceList',
  Omit<BaselineDifferenceRow, 'value' | 'baseline'> &
    AnyValue & {
      /** The value that the KubeletConfiguration sets. */
      readonly baseline: unknown;
    }
>;
export type FeatureGateList = RowList<'KubeletFeatureGateList', FeatureGateRow>;
export type FeatureGateDifferenceList = RowList<
  'KubeletFeatureGateDifferenceList',
  FeatureGateDifferenceRow
>;
export type AddressTypeList = RowList<'KubeletAddressTypeList', AddressTypeRow>;
