import { ClusterCommand } from '../../../cli/cluster-command.ts';
import { paintOf } from '../../../cli/color.ts';
import { openConnection, openServer } from '../../../cli/connection.ts';
import { declare } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output.ts';
import { templates } from '../../../cli/output-template.ts';
import { checkNoHeaders, parseLimit, parseSortBy, rowOptions } from '../../../cli/row-options.ts';
import { printParts, terminalWidth } from '../../../cli/write-output.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { renderRows } from '../../../text/render-rows.ts';
import { arrangeRows } from '../../../text/sort-rows.ts';
import type { Row } from '../fleet/outcome.ts';
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

export abstract class TableCommand extends ClusterCommand {
  sortBy = rowOptions.sortBy();
  reverse = rowOptions.reverse();
  limit = rowOptions.limit();
  noHeaders = rowOptions.noHeaders();
  output = outputOption(formats, templates);

  /** Returns a printer of rows. Throws a UsageFailure for invalid options, so call it before anything is read. */
  protected printerOf<Source>(view: ViewOf<Source>): (sources: readonly Source[]) => Promise<void> {
    const { context, noHeaders, output } = this;
    const format = openOutput(output, view.names ? formats : namelessFormats, templates);
    checkNoHeaders(this, output);
    const arrangement = {
      sortBy: parseSortBy<Row>(this.sortBy, view.columns),
      ...parseLimit(this),
    };
    const paint = paintOf(this);
    const columns = format === 'table' ? terminalWidth(context.stdout) : undefined;
    return async (sources) => {
      const rows = arrangeRows(
        sources.map((source) => rowOf(view, source)),
        arrangement,
      );
      const isTable = format === 'table' || format === 'wide';
      if (isTable && rows.length === 0) return;
      await printParts(context, renderRows(view, rows, { format, noHeaders, paint, columns }));
    };
  }
}

/** A command that prints rows from the API server and calls no kubelet. */
export abstract class ListCommand extends TableCommand {
  static override readonly uses = [] as const;

  protected async openApiServer(): Promise<ApiServer> {
    return openServer(this, await openConnection(this));
  }
}
