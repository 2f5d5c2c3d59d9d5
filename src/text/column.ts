import type { Tone } from './color.ts';
import { isObject } from './fields.ts';

/** Value of a cell; undefined where it is not reported, which is not 0. */
export type Value = string | number | bigint | boolean | JsonText | undefined;

/** A JSON value of any type as its text: tables and CSV print the text, JSON the value. */
export interface JsonText {
  readonly json: string;
}

export function isJsonText(value: unknown): value is JsonText {
  return isObject(value) && 'json' in value;
}

/** A value as it is, without a unit; empty where there is none. */
export function plainText(value: Value): string {
  return isJsonText(value) ? value.json : String(value ?? '');
}

/** How a table shows a value; `sample` is the number of a metric, which may be NaN. JSON and CSV have it as it is, in the unit that its key names. */
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
  /** In a table, such as WORKING SET. */
  readonly head: string;
  /** In JSON and CSV, and for --sort-by: with the unit, such as workingSetBytes. */
  readonly key: keyof Row & string;
  readonly unit: Unit;
  /** Shown only by -o wide, and in JSON and CSV. */
  readonly wide?: boolean;
  /** Shown in JSON and CSV alone, and by its name in --sort-by and custom-columns. */
  readonly detail?: boolean;
  /** The color of a value that needs attention, such as a share of 90 %. */
  readonly toneOf?: (value: number) => Tone;
  /** Colors of texts, such as yes and no. */
  readonly tones?: Readonly<Record<string, Tone>>;
  /** For a percentage: the columns of the part and of the whole, whose sums give the percentage in the total. */
  readonly shareOf?: readonly [part: keyof Row & string, whole: keyof Row & string];
  /** Text of an empty cell, in place of a dash. */
  readonly absent?: string;
  /** The key of a lower bound, for a value that is only known to be above it: a table shows `>10`. */
  readonly above?: keyof Row & string;
  /** The key of the name of the metric that it is in the unit of: a table has that in the head, where all rows have the same. */
  readonly unitOf?: keyof Row & string;
  /** Whether a total is a sum. */
  readonly summed?: boolean;
  /**
   * For texts that do not name the row, and so are no labels of its metrics. `label`: lasting, a label of the view's info metric.
   * `volatile`: changes between readings, in no metric.
   */
  readonly role?: 'label' | 'volatile';
  /** For counters: the key of the time of the measurement, in RFC 3339. */
  readonly measuredAt?: keyof Row & string;
  /** For -o prometheus: the name without prefix `kubelet_`… and the HELP text; absent for what is a label. */
  readonly metric?: { readonly name: string; readonly help: string };
}

/** How a column is declared that is also a metric: `wideFigure('DAYS', 'days', 'count', { name, help })`. */
function figures(shown: Pick<Column<unknown>, 'wide' | 'summed'>) {
  return <Row>(
    head: string,
    key: keyof Row & string,
    unit: Unit,
    metric: NonNullable<Column<Row>['metric']>,
  ): Column<Row> => ({ head, key, unit, ...shown, metric });
}

/** A column whose total is the sum. */
export const summed = figures({ summed: true });
/** For `-o wide`. */
export const wideFigure = figures({ wide: true });

/** Columns of a table, or of -o wide. */
export function tableColumns<C extends Pick<Column<unknown>, 'wide' | 'detail'>>(
  columns: readonly C[],
  isWide: boolean,
): readonly C[] {
  return columns.filter(({ wide, detail }) => !detail && (isWide || !wide));
}

/** Tones of a share that is full at 100 %. */
export function toneOfShare(percent: number): Tone {
  return percent >= 90 ? 'bad' : percent >= 80 ? 'warning' : 'plain';
}

/** Tones of a share that is left. */
export function toneOfRest(percent: number): Tone {
  return toneOfShare(100 - percent);
}

/** One view: what is printed of many nodes' answers. Rows are flat records whose keys are those of the columns. */
export interface View<Row> {
  /** Kind of the JSON list, such as KubeletNodeStatsList. */
  readonly kind: string;
  readonly columns: readonly Column<Row>[];
  /** For -o name: the key of the name of the object that a row is of. */
  readonly names?: 'node' | 'pod' | 'clusterRoleBinding';
  /** For -o prometheus: a metric that is 1, whose labels are the facts of a row. */
  readonly info?: { readonly name: string; readonly help: string };
}

/** Values of a row, by the keys of its columns. */
export type Cells<Row> = { readonly [Key in keyof Row]: Value };

/** Sums of columns, by key. */
export type Totals<Row> = Partial<Record<keyof Row & string, Value>>;

/** Texts that tell one row from another, such as namespace and name. */
export function namingColumns<Row>(columns: readonly Column<Row>[]): readonly Column<Row>[] {
  return columns.filter(({ unit, role, metric }) => unit === 'text' && !role && !metric);
}

/** The values of these columns, as one text. */
export function rowName<Row extends Cells<Row>>(columns: readonly Column<Row>[], row: Row): string {
  return columns.flatMap(({ key }) => row[key] ?? []).join(' ');
}
