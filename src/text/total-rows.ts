import type { Cells, Column, CountsOnce, Totals } from './column.ts';

export interface Total<Row> {
  /** Sums by column key. A column without values has no sum. */
  readonly sums: Totals<Row>;
  /** Notes about sums that do not include all rows, such as `note: 3 of 5 nodes report SWAP`. */
  readonly notes: readonly string[];
}

/** @param plural what the rows are called in notes, such as `nodes` */
export function totalOf<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  plural: string,
  countsOnce?: CountsOnce<Row>,
): Total<Row> {
  const sums: Totals<Row> = {};
  const partial: { readonly head: string; readonly count: number }[] = [];
  for (const { key, head, summed } of columns) {
    if (!summed) continue;
    const values = numbersIn(rows, key);
    // A column without any value has no sum.
    if (values.length === 0) continue;
    if (values.length < rows.length) partial.push({ head, count: values.length });
    sums[key] = sumOf(numbersIn(rows, key, countsOnce));
  }
  for (const { key, shareOf } of columns) {
    if (!shareOf) continue;
    const [part, whole] = shareOf;
    const both = rows.filter((row) => row[part] !== undefined && row[whole] !== undefined);
    const wholes = Number(sumOf(numbersIn(both, whole)));
    if (wholes > 0)
      sums[key] = Math.round((Number(sumOf(numbersIn(both, part))) / wholes) * 10_000) / 100;
  }
  const notes = [...Map.groupBy(partial, ({ count }) => count)].map(
    ([count, some]) =>
      `note: ${count} of ${rows.length} ${plural} report ${some.map(({ head }) => head).join(', ')}`,
  );
  return { sums, notes };
}

/** Returns the numbers of a column. Of rows that describe the same thing, only the first number is returned. */
export function numbersIn<Row>(
  rows: readonly Row[],
  key: keyof Row,
  countsOnce?: CountsOnce<Row>,
): readonly (number | bigint)[] {
  const counted = new Set<string>();
  return rows.flatMap((row) => {
    const numbers = numberOf(row[key]);
    const thing = numbers.length === 0 ? undefined : countsOnce?.(row);
    if (thing === undefined) return numbers;
    if (counted.has(thing)) return [];
    counted.add(thing);
    return numbers;
  });
}

function numberOf(value: unknown): readonly (number | bigint)[] {
  if (typeof value === 'bigint') return [value];
  return typeof value === 'number' && Number.isFinite(value) ? [value] : [];
}

/** Returns the sum. It is exact for whole numbers of any size. */
export function sumOf(values: readonly (number | bigint)[]): number | bigint {
  const isWhole = values.every((value) => typeof value === 'bigint' || Number.isInteger(value));
  if (isWhole) {
    const sum = values.reduce<bigint>((total, value) => total + BigInt(value), 0n);
    return Number.isSafeInteger(Number(sum)) ? Number(sum) : sum;
  }
  const sum = values.reduce<number>((total, value) => total + Number(value), 0);
  // Rounded to 15 digits, because further digits are rounding errors of binary fractions.
  return Number(sum.toPrecision(15));
}
