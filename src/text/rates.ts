// Rates of what only grows, such as bytes received, from two looks at it.
import { type Column, plainText, type Unit, type Value, type View } from './column.ts';

type Row = Readonly<Record<string, Value>>;

const rateUnits: Partial<Record<Unit, Unit>> = { bytes: 'bytesPerSecond' };

/** The view with a rate in place of each column that only grows. They take the room of texts that change. */
export function viewOfRates<V extends View<Row>>(view: V): V {
  if (view.columns.every(({ measuredAt }) => measuredAt === undefined)) return view;
  const columns = view.columns.map((column) =>
    column.role === 'volatile' ? { ...column, wide: true } : rateColumn(column),
  );
  return { ...view, columns };
}

function rateColumn(column: Column<Row>): Column<Row> {
  const { measuredAt, metric: _, wide: __, ...rest } = column;
  if (measuredAt === undefined) return column;
  return {
    ...rest,
    head: `${column.head}/S`,
    key: rateKey(column.key),
    unit: rateUnits[column.unit] ?? column.unit,
  };
}

/**
 * The rates of a row since an earlier one, which may have rates of its own: of what has not been measured since, they go on. None of
 * what began again.
 */
export function ratesOf(columns: readonly Column<Row>[], before: Row | undefined, now: Row): Row {
  return Object.fromEntries(
    columns.flatMap(({ key, measuredAt }) => {
      if (measuredAt === undefined || !before) return [];
      const rate = rateKey(key);
      const seconds = (timeOf(now[measuredAt]) - timeOf(before[measuredAt])) / 1000;
      if (seconds === 0) return [[rate, before[rate]]];
      const [from, to] = [before[key], now[key]];
      if (!(seconds > 0) || !isNumber(from) || !isNumber(to) || to < from) return [];
      return [[rate, (Number(to) - Number(from)) / seconds]];
    }),
  );
}

function rateKey(key: string): string {
  return `${key}PerSecond`;
}

function timeOf(value: Value): number {
  return Date.parse(plainText(value));
}

function isNumber(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
