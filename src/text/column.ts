import type { Tone } from './color.ts';
import { isObject } from './fields.ts';

/** Value of a cell; undefined if the kubelet did not report it, which differs from 0. */
export type Value = string | number | bigint | boolean | JsonText | undefined;

/** The text of a JSON value of any type: tables and CSV print the text, JSON prints the value. */
export interface JsonText {
  readonly json: string;
}

export function isJsonText(value: unknown): value is JsonText {
  return isObject(value) && 'json' in value;
}

/** Formats a value without a unit; empty if undefined. */
export function plainText(value: Value): string {
  return isJsonText(value) ? value.json : String(value ?? '');
}

/** Unit in which a table shows a value; `sample`: a number of a metric, which may be NaN. JSON and CSV use the unit in the key. */
export type Unit =
  | 'text'
  | 'count'
  | 'bytes'
  | 'cores'
  | 'percent'
  | 'bytesPerSecond'
  | 'seconds'
  | 'sample';

export interface Column<Row> {
  /** Head of the column in a table, such as WORKING SET. */
  readonly head: string;
  /** Name of the column in JSON, CSV and --sort-by, with the unit, such as workingSetBytes. */
  readonly key: keyof Row & string;
  readonly unit: Unit;
  /** Whether tables have the column only with -o wide; JSON and CSV always have it. */
  readonly wide?: boolean;
  /** Whether only JSON and CSV have the column, and --sort-by and custom-columns by its name. */
  readonly detail?: boolean;
  /** Returns the color of a value, such as of a share of 90 %, which needs attention. */
  readonly toneOf?: (value: number) => Tone;
  /** Colors by text, such as for yes and no. */
  readonly tones?: Readonly<Record<string, Tone>>;
  /** For a percentage: the keys of the part and of the whole, whose sums give the percentage in the total. */
  readonly shareOf?: readonly [part: keyof Row & string, whole: keyof Row & string];
  /** Text of an empty cell; a dash if undefined. */
  readonly absent?: string;
  /** Key of the field with a lower bound, for a value of which only the bound is known: a table shows `>10`. */
  readonly above?: keyof Row & string;
  /** Key of the field with the name of a metric, which ends in its unit. If all rows have the same unit, the head of the table shows it. */
  readonly unitOf?: keyof Row & string;
  /** Whether the total has the sum of the column. */
  readonly summed?: boolean;
  /**
   * Role of a text that does not identify the row, and therefore is no label of its metrics. `label`: a constant text, which is a label of
   * the info metric. `volatile`: a text that changes between readings, which is in no metric.
   */
  readonly role?: 'label' | 'volatile';
  /** For counters: the key of the field with the time of measurement, in RFC 3339. */
  readonly measuredAt?: keyof Row & string;
  /** For -o prometheus: the name without the prefix `kubeletaccess_`, and the HELP text; absent if the column is no metric. */
  readonly metric?: { readonly name: string; readonly help: string };
}

/** Returns the columns of a table, with `isWide` of -o wide. */
export function tableColumns<C extends Pick<Column<unknown>, 'wide' | 'detail'>>(
  columns: readonly C[],
  isWide: boolean,
): readonly C[] {
  return columns.filter(({ wide, detail }) => !detail && (isWide || !wide));
}

/** Returns the color of a used share, in percent. */
export function toneOfShare(percent: number): Tone {
  return percent >= 90 ? 'bad' : percent >= 80 ? 'warning' : 'plain';
}

/** Returns the color of a free share, in percent. */
export function toneOfRest(percent: number): Tone {
  return toneOfShare(100 - percent);
}

/** The columns and names for rows of one kind. Rows are flat records whose keys are the keys of the columns. */
export interface View<Row> {
  /** Kind of the JSON list, such as KubeletNodeStatsList. */
  readonly kind: string;
  readonly columns: readonly Column<Row>[];
  /** For -o name: the kind of the object of a row, which is also the key of the field with its name. */
  readonly names?: 'node' | 'pod' | 'clusterRoleBinding';
  /** For -o prometheus: the name and HELP text of a metric that is always 1 and has the facts of a row as labels. */
  readonly info?: { readonly name: string; readonly help: string };
}

/** Values of a row, by the keys of its columns. */
export type Cells<Row> = { readonly [Key in keyof Row]: Value };

/** Sums of columns, by key. */
export type Totals<Row> = Partial<Record<keyof Row & string, Value>>;

/** Returns the text columns that identify a row, such as namespace and name. */
export function namingColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return columns.filter(({ unit, role, metric }) => unit === 'text' && !role && !metric);
}

/** Joins the values of these columns, separated by blanks. */
export function rowName<Row extends Cells<Row>>(columns: readonly Column<Row>[], row: Row): string {
  return columns.flatMap(({ key }) => row[key] ?? []).join(' ');
}
