import { ClusterCommand } from '../../../cli/cluster-command.ts';
import { paintOf } from '../../../cli/color.ts';
import { type Invocation, openConnection, openServer } from '../../../cli/connection.ts';
import { declare } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output-template.ts';
import { checkNoHeaders, parseLimit, parseSortBy, rowOptions } from '../../../cli/row-options.ts';
import { printParts, terminalWidth } from '../../../cli/write-output.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { listClusterRbac } from '../../../kube/api-server/rbac-lists.ts';
import { orMissingPermission } from '../../../kube/api-server/write-denial.ts';
import type { View } from '../../../text/column.ts';
import { rowList } from '../../../text/render-row-list.ts';
import { renderRows } from '../../../text/render-rows.ts';
import { arrangeRows } from '../../../text/sort-rows.ts';
import type { Row } from '../fleet/outcome.ts';
import { untyped } from './body-view.ts';

/** Formats for rows that do not name a cluster object. */
export const namelessFormats = ['table', 'wide', 'json', 'ndjson', 'yaml', 'csv'] as const;
const formats = [...namelessFormats, 'name'] as const;

/** Declares --subject, which lists only rows of one subject. */
export const subjectOption = () =>
  declare.selection.text(
    '--subject',
    'Only this subject: user:NAME, group:NAME or serviceaccount:NAMESPACE:NAME.',
    { completes: 'subject' },
  );

/** Lists all ClusterRoles and ClusterRoleBindings. If this is denied, the thrown Failure names the missing permission. */
export function readRbac(apiServer: ApiServer): ReturnType<typeof listClusterRbac> {
  return orMissingPermission(listClusterRbac(apiServer));
}

/** A command that prints rows from the API server and calls no kubelet. */
export abstract class ListCommand extends ClusterCommand {
  static override readonly uses = [] as const;

  sortBy = rowOptions.sortBy();
  reverse = rowOptions.reverse();
  limit = rowOptions.limit();
  noHeaders = rowOptions.noHeaders();
  output = outputOption(formats);

  protected async openApiServer(): Promise<ReturnType<typeof openServer>> {
    return openServer(this, await openConnection(this));
  }

  /** Returns a printer of rows. Throws a UsageFailure for invalid options, so it must be called before anything is read. */
  protected async openRows<R extends object>(view: View<R>): Promise<PrintRows<R>> {
    return openRowPrinter(this, view);
  }
}

type PrintRows<R> = (rows: readonly R[]) => Promise<void>;

type RowPrinting = Invocation &
  Pick<ListCommand, 'sortBy' | 'reverse' | 'limit' | 'noHeaders' | 'output'>;

/** Returns a printer of rows. Throws a UsageFailure for invalid options. */
export function openRowPrinter<R extends object>(
  command: RowPrinting,
  rowView: View<R>,
): PrintRows<R> {
  const view = untyped(rowView);
  const { context, noHeaders, output } = command;
  const format = openOutput(output, view.names ? formats : namelessFormats);
  checkNoHeaders(command, output);
  const sortBy = parseSortBy(command.sortBy, view.columns);
  const arrangement = { sortBy, ...parseLimit(command) };
  const paint = paintOf(command);
  const columns = format === 'table' ? terminalWidth(context.stdout) : undefined;
  return async (rows) => {
    const arranged = arrangeRows(
      rows.map((row) => ({ ...row }) as Row),
      arrangement,
    );
    const isTable = format === 'table' || format === 'wide';
    if (isTable && arranged.length === 0) return;
    await printParts(
      context,
      typeof format === 'function'
        ? [format(rowList(view, arranged), { noHeaders })]
        : renderRows(view, arranged, { format, noHeaders, paint, columns }),
    );
  };
}
