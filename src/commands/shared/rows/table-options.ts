import { paintOf } from '../../../cli/color.ts';
import type { Invocation } from '../../../cli/connection.ts';
import { declare } from '../../../cli/option.ts';
import { outputOption, parseFormat } from '../../../cli/output.ts';
import { templates } from '../../../cli/output-template.ts';
import {
  checkNoHeaders,
  parseLimit,
  parseSortBy,
  type RowOptions,
  rowOptions,
} from '../../../cli/row-options.ts';
import { printParts, terminalWidth } from '../../../cli/write-output.ts';
import { type Column, withShown } from '../../../text/column.ts';
import { documentFormats, documents, isDocument, renderDocument } from '../../../text/documents.ts';
import { renderRows, rowsPart } from '../../../text/render-rows.ts';
import { arrangeRows } from '../../../text/sort-rows.ts';
import type { Row } from '../fleet/outcome.ts';
import { type ListView, rowOf } from './fields.ts';

/** Formats for rows that do not name a cluster object. */
export const namelessFormats = [
  'table',
  'wide',
  'json',
  'ndjson',
  'yaml',
  'csv',
  ...documentFormats,
] as const;
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

/** Returns a printer of rows, of a server. Throws a UsageFailure for invalid options, so call it before anything is read. */
export function printerOf<Source>(
  view: ListView<Source>,
  options: TableOptions,
  invocation: Invocation,
): (sources: readonly Source[], server?: string) => Promise<void> {
  const { noHeaders, output } = options;
  const { context } = invocation;
  const format = parseFormat(output, view.names ? formats : namelessFormats, templates);
  checkNoHeaders(options, output);
  const sortBy = parseSortBy<Row>(options.sortBy, view.columns);
  const arrangement = { sortBy, ...parseLimit(options) };
  const shown = { ...view, columns: withShown<Column<Row>>(view.columns, sortBy) };
  const paint = paintOf(invocation);
  const columns = format === 'table' ? terminalWidth(context.stdout) : undefined;
  return async (sources, server) => {
    const rows = arrangeRows(
      sources.map((source) => rowOf(view, source)),
      arrangement,
    );
    if (typeof format === 'string' && isDocument(format)) {
      const facts = [
        ...(server === undefined ? [] : [{ label: 'cluster', text: server }]),
        { label: 'date', text: new Date().toISOString() },
        { label: 'rows', text: String(rows.length) },
      ];
      const shown = { ...view.document, facts, sections: [[rowsPart(view, rows)]] };
      return printParts(context, [renderDocument(shown, documents[format])]);
    }
    const isTable = format === 'table' || format === 'wide';
    if (isTable && rows.length === 0) return;
    const reads = { server };
    await printParts(
      context,
      renderRows(shown, rows, { format, noHeaders, paint, columns, reads }),
    );
  };
}
