import { type Cells, isJsonText, type Totals, type Value, type View } from './column.ts';
import { escapeJson } from './escape.ts';
import type { Fields } from './fields.ts';
import { exactJson, parseExactJson } from './json.ts';
import { jsonParts } from './serialize-parts.ts';

/** A node that was read, and by which path. */
export interface AnsweredRead {
  readonly node: string;
  readonly via: 'direct' | 'apiserver';
}

/** A node without rows, and why. */
export interface FailedRead {
  readonly node: string;
  /** The path that failed last; absent where none was tried. */
  readonly via?: 'direct' | 'apiserver';
  readonly cause: string;
  readonly message: string;
}

/** The nodes that rows are of, and those without any. */
export interface Reads {
  /** Absent where rows are of handshakes alone. */
  readonly answered?: readonly AnsweredRead[];
  readonly failed: readonly FailedRead[];
}

/** Fields of a list beside its rows. */
export interface ListEnd<Row> {
  readonly totals?: Totals<Row> | undefined;
  /** Undefined where rows are not of nodes that can fail. */
  readonly reads?: Reads | undefined;
}

/** The rows as a list of Kubernetes' form, for what reads values: numbers exact, and without what is not reported. */
export function rowList<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  end: ListEnd<Row> = {},
): Fields {
  const list = lazyList(view, rows, end);
  return { ...list, items: [...list.items] };
}

/** The same as JSON, in parts. */
export function rowListParts<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  end: ListEnd<Row> = {},
): Iterable<string> {
  return jsonParts(lazyList(view, rows, end));
}

/** A line of JSON for each row, and for each node without rows: its `node`, `cause` and `message`. */
export function* rowLines<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  reads: Reads | undefined,
): Generator<string> {
  for (const row of lazyList(view, rows, {}).items) yield `${escapeJson(exactJson(row))}\n`;
  for (const failed of reads?.failed ?? []) yield `${escapeJson(exactJson(failed))}\n`;
}

function lazyList<Row extends Cells<Row>>(
  { kind, columns }: View<Row>,
  rows: readonly Row[],
  { totals, reads }: ListEnd<Row>,
) {
  const fieldsOf = (values: Totals<Row>) =>
    Object.fromEntries(
      columns.flatMap(({ key }) =>
        isReported(values[key]) ? [[key, jsonValue(values[key])]] : [],
      ),
    );
  return {
    ...{ apiVersion: 'kubeletaccess/v1', kind },
    items: rows.values().map(fieldsOf),
    ...(totals && { totals: fieldsOf(totals) }),
    ...reads,
  };
}

function jsonValue(value: Value): unknown {
  return isJsonText(value) ? parseExactJson(value.json) : value;
}

/** JSON has neither NaN nor infinity. */
function isReported(value: Value): boolean {
  return value !== undefined && (typeof value !== 'number' || Number.isFinite(value));
}
