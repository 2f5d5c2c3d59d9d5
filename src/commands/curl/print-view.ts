import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import { openOutput } from '../../cli/output-template.ts';
import { printParts } from '../../cli/print-parts.ts';
import { chartSigns } from '../../text/bar.ts';
import { rowFormats } from '../../text/render-rows.ts';
import type { TakeBody } from './gather-body.ts';
import { takeRows } from './gather-rows.ts';
import { isFailed } from './outcome.ts';
import type { FleetPrinter, Output } from './print-outcomes.ts';
import { renderUnread, type UnreadOf } from './render-unread.ts';
import { viewRenderer } from './render-view.ts';
import type { Row } from './views/body-view.ts';
import type { ViewRequest } from './views/choose-view.ts';

/** Reads rows of all nodes and prints one table of them, in their order: nothing before the last has answered. */
export async function openView(
  request: ViewRequest,
  hasTotals: boolean,
  output: Output,
  invocation: Invocation,
): Promise<{ readonly takeBody: TakeBody; readonly printer: FleetPrinter }> {
  const { context } = invocation;
  const format = await openOutput(request.output, rowFormats, context);
  const view = await request.view.load();
  const render = viewRenderer(view, {
    ...request,
    ...{ format, hasTotals, paint: paintOf(invocation) },
    chart: request.chart
      ? { signs: chartSigns(context.env), width: widthOf(context.stdout) }
      : undefined,
  });
  const rowsOf = new Map<number, readonly Row[]>();
  const unread: UnreadOf[] = [];
  const printer: FleetPrinter = {
    print: async (index, outcome) => {
      if (isFailed(outcome)) return;
      rowsOf.set(index, outcome.rows ?? []);
      for (const each of outcome.unread ?? []) unread.push({ ...each, name: outcome.name });
    },
    end: async () => {
      if (rowsOf.size === 0) return;
      const rows = [...rowsOf].sort(([a], [b]) => a - b).flatMap(([, each]) => each);
      const { parts, notes } = render(rows);
      await printParts(output, parts);
      context.stderr.write(notes.map((note) => `${note}\n`).join('') + renderUnread(unread));
    },
  };
  return { takeBody: takeRows(view), printer };
}

/** Of the terminal, or of a usual one. */
function widthOf(stdout: object): number {
  return (stdout as { readonly columns?: number }).columns ?? 80;
}
