import type { Cells } from './cells.ts';
import type { Value, View } from './column.ts';
import { escapeControl } from './escape.ts';

/** A line of keys, and a line for each row, with values as they are. Source: RFC 4180. */
export function* csvParts<Row extends Cells<Row>>(
  { columns }: View<Row>,
  rows: readonly Row[],
  noHeaders: boolean,
): Generator<string> {
  if (!noHeaders) yield csvLine(columns.map(({ key }) => key));
  for (const row of rows) yield csvLine(columns.map(({ key }) => row[key]));
}

function csvLine(values: readonly Value[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}

/** Nothing for what is not reported, which differs from an empty text. */
function csvField(value: Value): string {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) return '';
  if (typeof value !== 'string') return String(value);
  const text = asText(escapeControl(value));
  return text === '' || /[",\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet runs a text with such a start as a formula, also one in quotes. A kubelet may be in foreign hands, and nothing in
 * Kubernetes has such a name: an apostrophe makes it a text, as in the CSV of cnspec and cloud-custodian. -o json has it as it is.
 */
function asText(text: string): string {
  return /^[=+\-@\t]/.test(text) ? `'${text}` : text;
}
