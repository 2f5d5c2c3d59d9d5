import { paintOf } from '../../cli/color.ts';
import type { Invocation } from '../../cli/connection.ts';
import { isTerminal } from '../../cli/is-terminal.ts';
import { openOutput } from '../../cli/output-template.ts';
import { printParts } from '../../cli/print-parts.ts';
import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chartSigns } from '../../text/bar.ts';
import { rowFormats } from '../../text/render-rows.ts';
import type { Target } from './find-targets.ts';
import { compareWithApi } from './gather-api-pods.ts';
import { takeFailedRows, takeRows } from './gather-rows.ts';
import type { CurlRequest } from './options.ts';
import { isFailed } from './outcome.ts';
import type { OpenedOutput } from './print-fleet.ts';
import type { FleetPrinter } from './print-outcomes.ts';
import { changeRenderer } from './render-changes.ts';
import { renderUnread, type UnreadOf } from './render-unread.ts';
import { viewRenderer } from './render-view.ts';
import type { BodyView, NodeRows } from './views/body-view.ts';
import type { ViewRequest } from './views/choose-view.ts';
import { type LabelChoice, labelColumns } from './views/label-columns.ts';

/** Until the last node has answered, rows are in memory: about 700 bytes each. */
const mostRows = 2_000_000;

/** Reads rows of all nodes and prints one table of them, in their order: nothing before the last has answered. */
export async function openView(
  request: ViewRequest,
  { path, headers, target }: Pick<CurlRequest, 'path' | 'headers' | 'target'>,
  invocation: Invocation,
): Promise<OpenedOutput> {
  const { context } = invocation;
  const format = await openOutput(request.output, rowFormats, context);
  const loaded = withLabels(await request.view.load(request.parameters), request.labels);
  const comparison = loaded.comparePods && compareWithApi(loaded, loaded.comparePods);
  const view = comparison?.view ?? loaded;
  const style = {
    ...request,
    ...{ format, hasTotals: target.isFleet, paint: paintOf(invocation) },
    chart: request.chart
      ? { signs: chartSigns(context.env), width: widthOf(context.stdout) }
      : undefined,
  };
  const render =
    request.watchMs === undefined
      ? viewRenderer(view, style)
      : changeRenderer(view, style, () => new Date());
  const answers = new Map<number, NodeRows>();
  const unreadOf = new Map<number, readonly UnreadOf[]>();
  let held = 0;
  const printer: FleetPrinter = {
    print: async (index, outcome) => {
      if (isFailed(outcome) && !outcome.rows) return;
      const rows = outcome.rows ?? [];
      answers.set(index, { node: outcome.name, rows });
      held += rows.length;
      if (held > mostRows)
        throw new Failure(`the nodes have more than ${mostRows} ${view.plural}`, {
          hints: [
            'fewer nodes, fewer rows of metrics (--filter, --by, or --sort-by with --top), or responses: -o ndjson',
          ],
        });
      unreadOf.set(
        index,
        ((!isFailed(outcome) && outcome.unread) || []).map((each) => ({
          ...each,
          name: outcome.name,
        })),
      );
    },
    end: async () => {
      if (answers.size === 0) return;
      const nodes = inOrder(answers);
      const compared = await comparison?.confirm(nodes);
      const { parts, notes } = render(compared?.nodes ?? nodes);
      answers.clear();
      held = 0;
      const end = await printParts(context, parts);
      // Templates of kubectl end without a line end.
      if (isTerminal(context.stdout) && !/^$|\n$/.test(end)) context.stdout.write('\n');
      context.stderr.write(
        [...(compared?.notes ?? []), ...notes].map((note) => `${note}\n`).join('') +
          renderUnread(inOrder(unreadOf).flat()),
      );
      unreadOf.clear();
    },
  };
  const begin =
    comparison &&
    ((apiServer: ApiServer, targets: readonly Target[]) =>
      comparison.begin(
        apiServer,
        targets.map(({ name }) => name),
      ));
  return {
    takeBody: takeRows(view, request.labels, { method: 'GET', path, headers }),
    takeFailed: takeFailedRows(view, request.labels, headers),
    printer,
    begin,
  };
}

function withLabels(view: BodyView, labels: LabelChoice | undefined): BodyView {
  return labels ? { ...view, columns: [...view.columns, ...labelColumns(labels)] } : view;
}

/** Of nodes in their order, though they answer in another. */
function inOrder<T>(found: ReadonlyMap<number, T>): readonly T[] {
  return [...found].sort(([a], [b]) => a - b).map(([, each]) => each);
}

/** Of the terminal, or of a usual one. */
function widthOf(stdout: object): number {
  return (stdout as { readonly columns?: number }).columns ?? 80;
}
