import { type Count, percentOf } from '../../../kubelet/bodies/exact.ts';
import type { Column, Unit, Value, View } from '../../../text/column.ts';
import type { Row } from '../fleet/outcome.ts';

/** A column, and its value for a source, such as a pod. */
export interface Field<Source> extends Column<Row> {
  readonly of: (source: Source) => Value;
  /** Description in the JSON Schema, in place of the help of its metric. */
  readonly about?: string;
  /** In the JSON Schema: the only values of a text, or another type than its unit says. */
  readonly type?: readonly string[] | 'boolean';
}

/** A view whose columns make its rows. */
export interface ViewOf<Source> extends View<Row> {
  readonly columns: readonly Field<Source>[];
}

/** The row of a source. */
export function rowOf<Source>({ columns }: ViewOf<Source>, source: Source): Row {
  return Object.fromEntries(columns.map(({ key, of }) => [key, of(source)]));
}

/** How a text is declared: `textField('OWNER', 'owner', ({ pod }) => podOwner(pod), { wide: true })`. */
export function textField<Source>(
  head: string,
  key: string,
  of: Field<Source>['of'],
  more: Partial<Field<Source>> = {},
): Field<Source> {
  return { head, key, unit: 'text', of, ...more };
}

/** For `-o wide`, and as a label of the info metric. */
export const wideLabel = { wide: true, role: 'label' } as const;

type Figure<Source> = Partial<Field<Source>> &
  Pick<Field<Source>, 'of'> &
  NonNullable<Column<Row>['metric']>;

/** How a column is declared that is also a metric: `wideSum('LOGS', 'logsBytes', 'bytes', { of, name, help })`. */
function figures(shown: Pick<Column<Row>, 'wide' | 'detail' | 'summed'>) {
  return <Source>(
    head: string,
    key: string,
    unit: Unit,
    { name, help, ...more }: Figure<Source>,
  ): Field<Source> => ({ head, key, unit, ...shown, metric: { name, help }, ...more });
}

export const figure = figures({});
/** A column whose total is the sum. */
export const summed = figures({ summed: true });
/** For `-o wide`. */
export const wideFigure = figures({ wide: true });
export const wideSum = figures({ wide: true, summed: true });
/** For JSON and CSV alone. */
export const detailFigure = figures({ detail: true });
export const detailSum = figures({ detail: true, summed: true });

/** The percentage that one figure is of another. */
export function shareOf<Source>(
  part: Pick<Field<Source>, 'of'>,
  whole: Pick<Field<Source>, 'of'>,
): (source: Source) => number | undefined {
  const count = (field: Pick<Field<Source>, 'of'>, source: Source) =>
    field.of(source) as Count | undefined;
  return (source) => percentOf(count(part, source), count(whole, source));
}
