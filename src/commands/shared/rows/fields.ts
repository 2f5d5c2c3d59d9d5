import { type Count, percentOf } from '../../../kubelet/bodies/exact.ts';
import type { Column, CountsOnce, Unit, Value, View } from '../../../text/column.ts';
import type { Row } from '../fleet/outcome.ts';

/** What the JSON Schema says about a column. */
export interface Described extends Column<Row> {
  /** Description; by default, the help of the metric. */
  readonly about?: string;
  /** The possible values of a text, or a type. By default, the unit determines the type. */
  readonly type?: readonly string[] | 'boolean' | 'integer' | 'texts' | 'time' | 'any';
  /** Whether every row has the field. */
  readonly always?: true;
}

/** A column that computes its value from a source, such as a pod. */
export interface Field<Source> extends Described {
  readonly of: (source: Source) => Value;
}

export interface ViewOf<Source> extends View<Row> {
  readonly columns: readonly Field<Source>[];
  readonly countsOnce?: CountsOnce<Row>;
  /** Description of a row in the JSON Schema. */
  readonly about?: string;
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
