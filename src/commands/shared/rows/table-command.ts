import { ClusterCommand } from '../../../cli/cluster-command.ts';
import { paintOf } from '../../../cli/color.ts';
import { openConnection, openServer } from '../../../cli/connection.ts';
import { declare } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output.ts';
import { templates } from '../../../cli/output-template.ts';
import { checkNoHeaders, parseLimit, parseSortBy, rowOptions } from '../../../cli/row-options.ts';
import { printParts, terminalWidth } from '../../../cli/write-output.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { View } from '../../../text/column.ts';
import { renderRows } from '../../../text/render-rows.ts';
import { arrangeRows } from '../../../text/sort-rows.ts';
import type { Row } from '../fleet/outcome.ts';
import { untyped } from './body-view.ts';

/** Formats for rows that do not name a cluster object. */
export const namelessFormats = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv'] as const;
const formats = [...namelessFormats, 'name'] as const;

export const subjectOption = () =>
  declare.selection.text(
    '--subject',
    'Only this subject: user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject', once: true },
  );

export abstract class TableCommand extends ClusterCommand {
  sortBy = rowOptions.sortBy();
  reverse = rowOptions.reverse();
  limit = rowOptions.limit();
  noHeaders = rowOptions.noHeaders();
  output = outputOption(formats, templates);
  /** The URL of the API server, once it is known. */
  server: string | undefined;

  /** Returns a printer of rows. Throws a UsageFailure for invalid options, so call it before anything is read. */
  protected openRows<R extends object>(rowView: View<R>): (rows: readonly R[]) => Promise<void> {
    const view = untyped(rowView);
    const { context, noHeaders, output } = this;
    const format = openOutput(output, view.names ? formats : namelessFormats, templates);
    checkNoHeaders(this, output);
    const arrangement = { sortBy: parseSortBy(this.sortBy, view.columns), ...parseLimit(this) };
    const paint = paintOf(this);
    const columns = format === 'table' ? terminalWidth(context.stdout) : undefined;
    return async (found) => {
      const rows = arrangeRows(
        found.map((row) => ({ ...row }) as Row),
        arrangement,
      );
      const isTable = format === 'table' || format === 'wide';
      if (isTable && rows.length === 0) return;
      await printParts(
        context,
        renderRows(view, rows, {
          format,
          noHeaders,
          paint,
          columns,
          reads: { server: this.server },
        }),
      );
    };
  }
}

/** A command that prints rows from the API server and calls no kubelet. */
export abstract class ListCommand extends TableCommand {
  static override readonly uses = [] as const;

  protected async openApiServer(): Promise<ApiServer> {
    const connection = await openConnection(this);
    this.server = connection.server;
    return openServer(this, connection);
  }
}
