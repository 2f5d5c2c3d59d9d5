import type { Cells, Totals } from './cells.ts';
import type { Value, View } from './column.ts';
import { escapeJson } from './escape.ts';
import { exactJson } from './exact-json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The rows as a list of Kubernetes' form, for what reads values: numbers exact, and without what is not reported. */
export function rowList<Row extends Cells<Row>>(
  { kind, columns }: View<Row>,
  rows: readonly Row[],
  totals?: Totals<Row>,
): Fields {
  const fieldsOf = (values: Totals<Row>) =>
    Object.fromEntries(
      columns.flatMap(({ key }) => (isReported(values[key]) ? [[key, values[key]]] : [])),
    );
  return {
    ...headOf(kind),
    items: rows.map((row) => fieldsOf(row)),
    ...(totals ? { totals: fieldsOf(totals) } : {}),
  };
}

/** The same as JSON, in parts. */
export function* rowListParts<Row extends Cells<Row>>(
  view: View<Row>,
  rows: readonly Row[],
  totals?: Totals<Row>,
): Generator<string> {
  const { items, totals: sums, ...head } = rowList(view, [], totals);
  yield `${json(head).slice(0, -2)},\n    "items": [`;
  let separator = '\n';
  for (const row of rows) {
    const { items: one } = rowList(view, [row]) as { readonly items: readonly unknown[] };
    yield `${separator}${indented(json(one[0]), 8)}`;
    separator = ',\n';
  }
  yield rows.length === 0 ? ']' : '\n    ]';
  yield sums === undefined
    ? '\n}\n'
    : `,\n    "totals": ${indented(json(sums), 4).trimStart()}\n}\n`;
}

function headOf(kind: string): Fields {
  return { apiVersion: 'kubeletaccess/v1', kind };
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
