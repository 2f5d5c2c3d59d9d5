import type { Tone } from './color.ts';
import { isObject } from './fields.ts';

/** Value of a cell. It is undefined if the kubelet did not report it, which is not the same as 0. */
export type Value = string | number | bigint | boolean | JsonText | readonly string[] | undefined;

/** JSON text of a value of any type. Tables and CSV print the text, and JSON output contains the value itself. */
export interface JsonText {
  readonly json: string;
}

export function isJsonText(value: unknown): value is JsonText {
  return isObject(value) && 'json' in value;
}

export function isList(value: Value): value is readonly string[] {
  return Array.isArray(value);
}

export function plainText(value: Value): string {
  if (isList(value)) return value.join(', ');
  return isJsonText(value) ? value.json : String(value ?? '');
}

/**
 * Unit in which a table shows a value. `age` is a time in RFC 3339, of which a table shows how long ago it was. `sample` is a number of a metric, which may be NaN. JSON and CSV use the unit that is part of the
 * key.
 */
export type Unit =
  | 'text'
  | 'count'
  | 'bytes'
  | 'cores'
  | 'percent'
  | 'bytesPerSecond'
  | 'seconds'
  | 'age'
  | 'sample';

export interface Column<Row> {
  /** Head of the column in a table, such as WORKING SET. */
  readonly head: string;
  /** Name of the column in JSON, CSV and --sort-by, with the unit, such as workingSetBytes. */
  readonly key: keyof Row & string;
  readonly unit: Unit;
  /** Whether tables have the column only with -o wide; JSON and CSV always have it. */
  readonly wide?: boolean;
  /** Whether tables have the column only if a row has a value. This holds for all columns of -o wide. */
  readonly sparse?: boolean;
  /** Whether tables never have the column. JSON, CSV, --sort-by and custom-columns have it under its key. */
  readonly detail?: boolean;
  /** Returns the color of a number, for example a warning color for 90 %. */
  readonly toneOf?: (value: number) => Tone;
  /** Colors of texts, such as `yes` and `no`. */
  readonly tones?: Readonly<Record<string, Tone>>;
  /** For a percentage, the keys of two columns: part and whole. In the total, the percentage is calculated from their sums. */
  readonly shareOf?: readonly [part: keyof Row & string, whole: keyof Row & string];
  /** For a percentage of counters, the keys of part and whole. With --watch, it is calculated from their changes since the previous round. */
  readonly shareOfChange?: readonly [part: keyof Row & string, whole: keyof Row & string];
  /** Text of an empty cell; a dash if undefined. */
  readonly absent?: string;
  /** Key of a field with a lower bound. If only this bound of the value is known, a table shows it, such as `>10`. */
  readonly above?: keyof Row & string;
  /**
   * Key of a field with the name of a metric, which ends in a unit such as `_seconds`. If all rows have the same unit, the head of the
   * column shows it.
   */
  readonly unitOf?: keyof Row & string;
  readonly summed?: boolean;
  /**
   * Set for a text that does not identify the row, so that it is not a label of the row's metrics. `label` is for a text that rarely
   * changes; it is a label of the info metric. `volatile` is for a text that often changes; no metric has it.
   */
  readonly role?: 'label' | 'volatile';
  /** For counters, the key of the field that contains the time of measurement in RFC 3339. */
  readonly measuredAt?: keyof Row & string;
  /**
   * Name and HELP text of the metric for -o prometheus; the name lacks the prefix `kubeletaccess_`. Absent if the column is not a metric.
   */
  readonly metric?: { readonly name: string; readonly help: string };
}

/** Returns the columns of a table; `isWide` says whether the format is -o wide. */
export function tableColumns<C extends Pick<Column<unknown>, 'wide' | 'detail'>>(
  columns: readonly C[],
  isWide: boolean,
): readonly C[] {
  return columns.filter(({ wide, detail }) => !detail && (isWide || !wide));
}

/** Returns the columns, of which tables then always have `shown`. */
export function withShown<C extends Pick<Column<unknown>, 'wide' | 'detail'>>(
  columns: readonly C[],
  shown: C | undefined,
): readonly C[] {
  return columns.map((each) => (each === shown ? { ...each, wide: false, detail: false } : each));
}

/** Returns the color of a used share in percent. A high share is bad. */
export function toneOfShare(percent: number): Tone {
  return percent >= 90 ? 'bad' : percent >= 80 ? 'warning' : 'plain';
}

/** Returns the color of a free share in percent. A low share is bad. */
export function toneOfRest(percent: number): Tone {
  return toneOfShare(100 - percent);
}

/**
 * The columns of rows, and the names that output formats use for them. Each row is a flat object whose keys are the keys of the columns.
 */
export interface View<Row> {
  /** Kind of the JSON list, such as KubeletNodeStatsList. */
  readonly kind: string;
  readonly columns: readonly Column<Row>[];
  /** Kind of the object in a row, for -o name. It is also the key of the column with the object's name. */
  readonly names?: 'node' | 'pod' | 'clusterRoleBinding';
  /** Name and HELP text of the info metric for -o prometheus. Its value is always 1, and its labels are the texts of a row. */
  readonly info?: { readonly name: string; readonly help: string };
}

/** Returns the name of what a row describes if other rows may describe it, too; sums count it once. */
export type CountsOnce<Row> = (row: Row) => string | undefined;

export type Cells<Row> = { readonly [Key in keyof Row]: Value };

export type Totals<Row> = Partial<Record<keyof Row & string, Value>>;

/** Returns the text columns that identify a row, such as namespace and name. */
export function namingColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return columns.filter(({ unit, role, metric }) => unit === 'text' && !role && !metric);
}

export function rowName<Row extends Cells<Row>>(columns: readonly Column<Row>[], row: Row): string {
  return columns
    .flatMap(({ key }) => (row[key] === undefined ? [] : plainText(row[key])))
    .join(' ');
}
