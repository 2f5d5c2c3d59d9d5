// Lists of rows that -o json prints. For each schema, there is a type.

import type { IndirectRow } from '../src/commands/who-can/indirect-rows.ts';
import type { WhoCanRow } from '../src/commands/who-can/rows.ts';
import type { apiVersion } from '../src/text/api-version.ts';
import type { AnsweredRead, FailedRead } from '../src/text/render-row-list.ts';

// Fields that --label-columns and --show-labels add.
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

/** A list of rows that come from objects in the API server. No kubelet is called. */
interface ApiRowList<Kind extends string, Row> {
  readonly apiVersion: typeof apiVersion;
  readonly kind: Kind;
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

/** A list of rows that come from objects in the API server. No kubelet is called. */
export interface ApiViewList extends ApiRowList<string, Record<never, never>> {}

export type SubjectList = ApiRowList<'KubeletSubjectList', WhoCanRow>;
export type IndirectSubjectList = ApiRowList<'KubeletIndirectSubjectList', IndirectRow>;
