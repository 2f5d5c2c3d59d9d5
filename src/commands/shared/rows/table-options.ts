import { paintOf } from '../../../cli/color.ts';
import type { Invocation } from '../../../cli/connection.ts';
import { declare } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output.ts';
import { templates } from '../../../cli/output-template.ts';
import {
  checkNoHeaders,
  parseLimit,
  parseSortBy,
  type RowOptions,
  rowOptions,
} from '../../../cli/row-options.ts';
import { printParts, terminalWidth } from '../../../cli/write-output.ts';
import type { View } from '../../../text/column.ts';
import { renderRows } from '../../../text/render-rows.ts';
import { arrangeRows } from '../../../text/sort-rows.ts';
import type { Row } from '../fleet/outcome.ts';
import { untyped } from './body-view.ts';
import { rowOf, type ViewOf } from './fields.ts';

/** Formats for rows that do not name a cluster object. */
export const namelessFormats = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv'] as const;
const formats = [...namelessFormats, 'name'] as const;

export const subjectOption = () =>
  declare.selection.text(
    '--subject',
    'Only this subject: user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject', once: true },
  );

export interface TableOptions extends RowOptions {
  readonly output: string;
}

/** @param own options that replace those of all tables */
export function tableOptions(own: Partial<TableOptions> = {}): TableOptions {
  return {
    sortBy: rowOptions.sortBy(),
    reverse: rowOptions.reverse(),
    limit: rowOptions.limit(),
    noHeaders: rowOptions.noHeaders(),
    output: outputOption(formats, templates),
    ...own,
  };
}

/** Returns a printer of rows made from sources. Throws a UsageFailure for invalid options, so call it before anything is read. */
export function printerOf<Source>(
  view: ViewOf<Source>,
  options: TableOptions,
  invocation: Invocation,
): (sources: readonly Source[]) => Promise<void> {
  const print = openRows<Row>(view, options, invocation);
  return (sources) => print(sources.map((source) => rowOf(view, source)));
}

/** Returns a printer of rows. Throws a UsageFailure for invalid options, so call it before anything is read. */
export function openRows<R extends object>(
  rowView: View<R>,
  options: TableOptions,
  invocation: Invocation,
): (rows: readonly R[]) => Promise<void> {
  const view = untyped(rowView);
  const { noHeaders, output } = options;
  const { context } = invocation;
  const format = openOutput(output, view.names ? formats : namelessFormats, templates);
  checkNoHeaders(options, output);
  const arrangement = { sortBy: parseSortBy(options.sortBy, view.columns), ...parseLimit(options) };
  const paint = paintOf(invocation);
  const columns = format === 'table' ? terminalWidth(context.stdout) : undefined;
  return async (found) => {
    const rows = arrangeRows(
      found.map((row) => ({ ...row }) as Row),
      arrangement,
    );
    const isTable = format === 'table' || format === 'wide';
    if (isTable && rows.length === 0) return;
    await printParts(context, renderRows(view, rows, { format, noHeaders, paint, columns }));
  };
}
