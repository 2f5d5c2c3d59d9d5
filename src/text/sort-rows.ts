import type { Cells } from './cells.ts';
import type { Column, Value } from './column.ts';
import { nearestNames } from './nearest.ts';

/** The column that --sort-by names by its key or its head, in any case. */
export function findColumn<Row>(
  columns: readonly Column<Row>[],
  name: string,
): Column<Row> | undefined {
  const wanted = plain(name);
  return columns.find(({ key, head }) => plain(key) === wanted || plain(head) === wanted);
}

/** The keys that were likely meant, the nearest first, or all where none is near. */
export function nearestKeys<Row>(
  columns: readonly Column<Row>[],
  name: string,
): { readonly keys: readonly string[]; readonly areNear: boolean } {
  const keys = columns.map(({ key }) => key);
  const byName = new Map<string, string>(
    columns.flatMap(({ key, head }) => [
      [plain(head), key],
      [plain(key), key],
    ]),
  );
  const near = nearestNames(plain(name), [...byName.keys()], 3);
  const found = [...new Set(near.flatMap((each) => byName.get(each) ?? []))];
  return found.length > 0 ? { keys: found, areNear: true } : { keys, areNear: false };
}

/** `working-set`, `WORKING SET` and `workingSet` are the same. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}%/]/gu, '');
}

/** Which rows are printed, and in which order. */
export interface Arrangement<Row> {
  readonly sortBy: Pick<Column<Row>, 'key'> | undefined;
  /** The first of them; undefined for all. */
  readonly top: number | undefined;
}

export function arrangeRows<Row extends Cells<Row>>(
  rows: readonly Row[],
  { sortBy, top }: Arrangement<Row>,
): readonly Row[] {
  return (sortBy ? sortRows(rows, sortBy) : rows).slice(0, top);
}

/**
 * Rows in the order of a column: numbers from the largest, as kubectl top sorts them, texts from a to z with numbers in them by
 * size, what is not reported at the end. Rows with the same value keep their order.
 */
export function sortRows<Row extends Cells<Row>>(
  rows: readonly Row[],
  { key }: Pick<Column<Row>, 'key'>,
): readonly Row[] {
  return rows.toSorted((a, b) => compareValues(a[key], b[key]));
}

function compareValues(a: Value, b: Value): number {
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0 || a === undefined || b === undefined) return kinds;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return a > b ? -1 : a < b ? 1 : 0;
}

function kindOf(value: Value): number {
  if (value === undefined || (typeof value === 'number' && Number.isNaN(value))) return 2;
  return typeof value === 'string' ? 1 : 0;
}

/** In natural order, as kubectl get --sort-by has it: `node-9` before `node-10`. */
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
