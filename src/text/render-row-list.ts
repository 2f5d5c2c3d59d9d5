import { apiVersion } from './api-version.ts';
import { type Cells, isJsonText, type Totals, type Value, type View } from './column.ts';
import { escapeJson } from './escape.ts';
import type { Fields } from './fields.ts';
import { exactJson, parseExactJson } from './json.ts';
import { jsonParts } from './serialize-parts.ts';

/** A node that answered, and whether it was called directly or through the API server. */
interface AnsweredRead {
  readonly node: string;
  readonly via: 'direct' | 'apiserver';
}

/** A node whose request failed, with the cause. */
export interface FailedRead {
  readonly node: string;
  /** How the node was called in the last failed request; absent if no request was sent. */
  readonly via?: 'direct' | 'apiserver';
  readonly cause: string;
  /** The reason for the failure, as a sentence. */
  readonly message: string;
  /** A command that helps to fix the failure. */
  readonly hint?: string | undefined;
}

/** Where rows come from, so that those of several clusters can be joined. */
export interface RowSource {
  /** The URL of the API server; absent if nothing was read from it. Each line of -o ndjson has it, too. */
  readonly server?: string | undefined;
}

/** The nodes that answered, and the nodes whose requests failed. */
export interface Reads extends RowSource {
  /**
   * The nodes that answered, and whether they were called directly or through the API server. Absent for certificates, which are read by
   * TLS handshakes.
   */
  readonly answered?: readonly AnsweredRead[];
  /** The nodes that could not be read, and why. */
  readonly failed: readonly FailedRead[];
}

/** Fields that follow the rows in a list. */
export interface ListEnd<Row> {
  readonly totals?: Totals<Row> | undefined;
  readonly reads?: Reads | RowSource | undefined;
}

/** Returns the rows as a list object in the style of Kubernetes. Numbers are exact, and absent values are left out. */
export function rowList<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  end: ListEnd<Row> = {},
): Fields {
  const list = lazyList(view, rows, end);
  return { ...list, items: [...list.items] };
}

/** Renders the list as JSON, and yields it in parts. */
export function rowListParts<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  end: ListEnd<Row> = {},
): Iterable<string> {
  return jsonParts(lazyList(view, rows, end));
}

/**
 * Renders each row as a line of JSON, with the server. Then does the same for each failed node, with its `node`, `cause`, `message` and
 * `hint`.
 */
export function* rowLines<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  reads: Reads | RowSource | undefined,
): Generator<string> {
  const source = reads?.server === undefined ? {} : { server: reads.server };
  const failed = reads && 'failed' in reads ? reads.failed : [];
  const line = (fields: object) => `${escapeJson(exactJson({ ...fields, ...source }))}\n`;
  for (const row of lazyList(view, rows, {}).items) yield line(row);
  for (const each of failed) yield line(each);
}

function lazyList<Row extends Cells<Row>>(
  { kind, columns }: View<Row>,
  rows: readonly Row[],
  { totals, reads }: ListEnd<Row>,
) {
  const { server, ...nodes } = reads ?? {};
  const fieldsOf = (values: Totals<Row>) =>
    Object.fromEntries(
      columns.flatMap(({ key }) =>
        isReported(values[key]) ? [[key, jsonValue(values[key])]] : [],
      ),
    );
  return {
    apiVersion,
    kind,
    ...(server !== undefined && { server }),
    items: rows.values().map(fieldsOf),
    ...(totals && { totals: fieldsOf(totals) }),
    ...nodes,
  };
}

function jsonValue(value: Value): unknown {
  return isJsonText(value) ? parseExactJson(value.json) : value;
}

/** Whether JSON output contains the value. It does not if the value is undefined, NaN or infinite. */
function isReported(value: Value): boolean {
  return value !== undefined && (typeof value !== 'number' || Number.isFinite(value));
}
