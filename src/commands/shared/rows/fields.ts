import { type Count, percentOf } from '../../../kubelet/bodies/exact.ts';
import type { Column, CountsOnce, JsonText, Unit, Value, View } from '../../../text/column.ts';
import type { Shown } from '../../../text/shown.ts';
import type { Row } from '../fleet/outcome.ts';

interface FieldTypes {
  readonly boolean: boolean;
  readonly integer: number;
  readonly number: number;
  readonly texts: readonly string[];
  readonly time: string;
  readonly any: JsonText;
}

/** What the JSON Schema says about a column. */
export interface Described extends Column<Row> {
  /** Description; by default, the help of the metric. */
  readonly about?: string;
  /** The possible values of a text, or a type. By default, the unit determines the type. */
  readonly type?: readonly string[] | keyof FieldTypes;
  /** Whether every row has the field. */
  readonly always?: true;
}

/** Columns of rows that no source describes, such as sums, by the key of the column. */
type Columns = Readonly<Record<string, Omit<Described, 'key'>>>;

/** A row with these columns. */
export type RowOf<Fields extends Columns> = {
  readonly [Key in keyof Fields as Fields[Key] extends Always ? Key : never]: ValueOf<Fields[Key]>;
} & {
  readonly [Key in keyof Fields as Fields[Key] extends Always ? never : Key]?:
    | ValueOf<Fields[Key]>
    | undefined;
};

type ValueOf<Field> = Field extends { readonly type: readonly (infer Text)[] }
  ? Text
  : Field extends { readonly type: keyof FieldTypes }
    ? FieldTypes[Field['type']]
    : Field extends { readonly unit: 'text' }
      ? string
      : Field extends { readonly unit: 'sample' }
        ? number | bigint
        : number;

/** Declares a column by its key: `gate: text('GATE', always)`. */
export function column<const Of extends Unit, const More extends Partial<Described> = object>(
  head: string,
  unit: Of,
  more: More = {} as More,
) {
  return { head, unit, ...more };
}

export function text<const More extends Partial<Described> = object>(head: string, more?: More) {
  return column(head, 'text', more);
}

export function columnsOf(fields: Columns): readonly Described[] {
  return Object.entries(fields).map(([key, field]) => ({ key, ...field }));
}

/** A column that computes its value from a source, such as a pod. */
export interface Field<Source> extends Described {
  readonly of: (source: Source) => Value;
}

export interface DescribedView extends View<Row> {
  readonly columns: readonly Described[];
  /** Description of a row in the JSON Schema. */
  readonly about?: string;
}

export interface ViewOf<Source> extends DescribedView {
  readonly columns: readonly Field<Source>[];
  readonly countsOnce?: CountsOnce<Row>;
}

/** A view of rows that are printed as a document, too. */
export interface ListView<Source> extends ViewOf<Source> {
  readonly document: Pick<Shown, 'title' | 'intro'>;
}

export function rowOf<Source>({ columns }: ViewOf<Source>, source: Source): Row {
  return Object.fromEntries(columns.map(({ key, of }) => [key, of(source)]));
}

/** Declares a column of text: `textField('OWNER', 'owner', ({ pod }) => podOwner(pod), { wide: true })`. */
export function textField<Source>(
  head: string,
  key: string,
  of: Field<Source>['of'],
  more: Partial<Field<Source>> = {},
): Field<Source> {
  return { head, key, unit: 'text', of, ...more };
}

/** Declares a column of a number that is no metric. */
export function countField<Source>(
  head: string,
  key: string,
  of: Field<Source>['of'],
  more: Partial<Field<Source>> = {},
): Field<Source> {
  return { head, key, unit: 'count', of, ...more };
}

/** Property of a column that every row has. */
export const always = { always: true } as const;
type Always = typeof always;
export const wide = { wide: true } as const;
export const wideAlways = { ...wide, ...always } as const;
/** Properties of a column of `-o wide` that is also a label of the info metric. */
export const wideLabel = { wide: true, role: 'label' } as const;
/** Properties of a column of `-o wide` with a text that often changes. */
export const wideVolatile = { wide: true, role: 'volatile' } as const;

type Figure<Source> = Partial<Field<Source>> &
  Pick<Field<Source>, 'of'> &
  NonNullable<Column<Row>['metric']>;

/** Returns a function that declares a column with a metric: `wideSum('LOGS', 'logsBytes', 'bytes', { of, name, help })`. */
function figures(shown: Pick<Column<Row>, 'wide' | 'detail' | 'summed'>) {
  return <Source>(
    head: string,
    key: string,
    unit: Unit,
    { name, help, ...more }: Figure<Source>,
  ): Field<Source> => ({ head, key, unit, ...shown, metric: { name, help }, ...more });
}

export const figure = figures({});
/** Declares a column with a sum in row TOTAL. */
export const summed = figures({ summed: true });
export const wideFigure = figures({ wide: true });
export const wideSum = figures({ wide: true, summed: true });
/** Declares a column that only JSON and CSV contain. */
export const detailFigure = figures({ detail: true });
export const detailSum = figures({ detail: true, summed: true });

/** Returns a function that computes `part` as a percentage of `whole`. */
export function shareOf<Source>(
  part: Pick<Field<Source>, 'of'>,
  whole: Pick<Field<Source>, 'of'>,
): (source: Source) => number | undefined {
  const count = (field: Pick<Field<Source>, 'of'>, source: Source) =>
    field.of(source) as Count | undefined;
  return (source) => percentOf(count(part, source), count(whole, source));
}
