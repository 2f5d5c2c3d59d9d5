import { type Cells, type Column, isJsonText, isList, plainText, type Value } from './column.ts';
import { nearestNames } from './nearest.ts';

/**
 * Finds the column for --sort-by by its key or head, ignoring case. The beginning of a key or head is enough if it matches only one column.
 */
export function findColumn<Row>(
  columns: readonly Column<Row>[],
  name: string,
): Column<Row> | undefined {
  const wanted = plain(name);
  const named = columns.find(({ key, head }) => plain(key) === wanted || plain(head) === wanted);
  if (named || wanted === '') return named;
  const [first, ...others] = columns.filter(({ key, head }) =>
    [key, head].some((each) => plain(each).startsWith(wanted)),
  );
  // If several columns match, columns of the default table are preferred.
  const [shown, ...more] = [first, ...others].filter((each) => each && !each.wide && !each.detail);
  if (others.length === 0) return first;
  // MEMORY is preferred to MEMORY%.
  const isStart = more.every(
    (each) => each && shown && plain(each.head).startsWith(plain(shown.head)),
  );
  return isStart ? shown : undefined;
}

/** Returns the heads of the columns that the user probably meant, the most similar first. If no name is similar, returns all heads. */
export function nearestHeads<Row>(
  columns: readonly Column<Row>[],
  name: string,
): { readonly heads: readonly string[]; readonly areNear: boolean } {
  const byName = new Map<string, string>(
    columns.flatMap(({ key, head }) => [
      [plain(head), head],
      [plain(key), head],
    ]),
  );
  const wanted = plain(name);
  const starts = [...byName.keys()].filter((each) => wanted !== '' && each.startsWith(wanted));
  const near = starts.length > 0 ? starts : nearestNames(wanted, [...byName.keys()], 3);
  const found = [...new Set(near.flatMap((each) => byName.get(each) ?? []))];
  return found.length > 0
    ? { heads: found, areNear: true }
    : { heads: columns.map(({ head }) => head), areNear: false };
}

/** Normalizes a name: `working-set`, `WORKING SET` and `workingSet` become the same. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}%/]/gu, '');
}

/** The order of the printed rows, and their maximum number. */
export interface Arrangement<Row> {
  readonly sortBy: Pick<Column<Row>, 'key'> | undefined;
  /** Whether to reverse the order; absent values stay at the end. */
  readonly reverse?: boolean;
  /** Maximum number of rows; undefined if unlimited. */
  readonly limit: number | undefined;
}

export function arrangeRows<Row extends Cells<Row>>(
  rows: readonly Row[],
  { sortBy, reverse = false, limit }: Arrangement<Row>,
): readonly Row[] {
  if (!sortBy) return (reverse ? rows.toReversed() : rows).slice(0, limit);
  return sortRows(rows, sortBy, reverse).slice(0, limit);
}

/**
 * Sorts rows by a column: numbers in descending order like kubectl top, and texts in natural order. Absent values are at the end. Rows with
 * the same value keep their order.
 */
export function sortRows<Row extends Cells<Row>>(
  rows: readonly Row[],
  { key }: Pick<Column<Row>, 'key'>,
  reverse = false,
): readonly Row[] {
  return rows.toSorted((a, b) => {
    const order = compareValues(a[key], b[key]);
    const isReported = kindOf(a[key]) !== 2 && kindOf(b[key]) !== 2;
    return reverse && isReported ? -order : order;
  });
}

function compareValues(a: Value, b: Value): number {
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0 || a === undefined || b === undefined) return kinds;
  if (kindOf(a) === 1) return compareTexts(plainText(a), plainText(b));
  return a > b ? -1 : a < b ? 1 : 0;
}

function kindOf(value: Value): number {
  if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) return 2;
  return typeof value === 'string' || isJsonText(value) || isList(value) ? 1 : 0;
}

/** Compares texts in natural order, like kubectl get --sort-by: `node-9` before `node-10`. */
export function compareTexts(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.match(/\d+|\D+/g) ?? []);
  for (const [index, part] of (left ?? []).entries()) {
    const order = compareParts(part, right?.[index]);
    if (order !== 0) return order;
  }
  return compare(left?.length ?? 0, right?.length ?? 0) || compare(a, b);
}

function compareParts(a: string, b: string | undefined): number {
  if (b === undefined) return 1;
  const areNumbers = /^\d/.test(a) && /^\d/.test(b);
  return areNumbers ? compare(BigInt(a), BigInt(b)) : compare(a, b);
}

function compare<T extends string | number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
