import { type Cells, isJsonText, type Totals, type Value, type View } from './column.ts';
import { escapeJson } from './escape.ts';
import type { Fields } from './fields.ts';
import { exactJson, parseExactJson } from './json.ts';

/** A node without rows, and why. */
export interface FailedRead {
  readonly node: string;
  readonly cause: string;
  readonly message: string;
}

/** What is beside the rows of a list. */
export interface ListEnd<Row> {
  readonly totals?: Totals<Row> | undefined;
  /** Undefined where rows are not of nodes that can fail. */
  readonly failed?: readonly FailedRead[] | undefined;
}

/** The rows as a list of Kubernetes' form, for what reads values: numbers exact, and without what is not reported. */
export function rowList<Row extends Cells<Row>>(
  { kind, columns }: View<Row>,
  rows: readonly Row[],
  { totals, failed }: ListEnd<Row> = {},
): Fields {
  const fieldsOf = (values: Totals<Row>) =>
    Object.fromEntries(
      columns.flatMap(({ key }) =>
        isReported(values[key]) ? [[key, jsonValue(values[key])]] : [],
      ),
    );
  return {
    ...headOf(kind),
    items: rows.map((row) => fieldsOf(row)),
    ...(totals ? { totals: fieldsOf(totals) } : {}),
    ...(failed ? { failed } : {}),
  };
}

/** The same as JSON, in parts. */
export function* rowListParts<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  end: ListEnd<Row> = {},
): Generator<string> {
  const { items, totals, failed, ...head } = rowList(view, [], end);
  yield `${json(head).slice(0, -2)},\n    "items": [`;
  let separator = '\n';
  for (const row of rows) {
    const { items: one } = rowList(view, [row]) as { readonly items: readonly unknown[] };
    yield `${separator}${indented(json(one[0]), 8)}`;
    separator = ',\n';
  }
  yield rows.length === 0 ? ']' : '\n    ]';
  for (const [key, value] of Object.entries({ totals, failed }))
    if (value !== undefined) yield `,\n    "${key}": ${indented(json(value), 4).trimStart()}`;
  yield '\n}\n';
}

function headOf(kind: string): Fields {
  return { apiVersion: 'kubeletaccess/v1', kind };
}

function jsonValue(value: Value): unknown {
  return isJsonText(value) ? parseExactJson(value.json) : value;
}

/** JSON has neither NaN nor infinity. */
function isReported(value: Value): boolean {
  return value !== undefined && (typeof value !== 'number' || Number.isFinite(value));
}

function json(value: unknown): string {
  return escapeJson(exactJson(value, 4));
}

function indented(text: string, by: number): string {
  return text.replaceAll(/^/gm, ' '.repeat(by));
}
