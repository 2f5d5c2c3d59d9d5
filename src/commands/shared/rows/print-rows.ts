import { paintOf } from '../../../cli/color.ts';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import type { FleetChoice } from '../../../cli/node-options.ts';
import { printParts, terminalWidth } from '../../../cli/write-output.ts';
import { exitCodes, Failure, failureFields, type Outcomes } from '../../../errors.ts';
import { type Absence, findAbsentNamespace } from '../../../kube/api-server/absent-names.ts';
import { readImages } from '../../../kube/api-server/nodes.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { chartCharacters } from '../../../text/bar.ts';
import { withShown } from '../../../text/column.ts';
import { command } from '../../../text/command.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { counted } from '../../../text/list.ts';
import { didYouMean } from '../../../text/nearest.ts';
import { findColumn } from '../../../text/sort-rows.ts';
import { type OpenFleet, withFleet } from '../fleet/open-fleet.ts';
import { type CallOutcome, isFailed, type Row } from '../fleet/outcome.ts';
import { type FleetOutput, printFleet } from '../fleet/print-fleet.ts';
import type { BodyView } from './body-view.ts';
import { readFailedRows, readRows } from './gather-rows.ts';
import { type LabelChoice, labelColumns } from './label-columns.ts';
import { changeRenderer, ratesRenderer } from './render-changes.ts';
import {
  noneFound,
  type RenderView,
  renderUnread,
  type ViewStyle,
  viewRenderer,
} from './render-view.ts';
import { createLineOutput, createScreenOutput, repeatView } from './repeat-view.ts';
import { type RowSelection, type RowSelector, rowSelector } from './select-rows.ts';

export interface RowsSettings
  extends Pick<ViewStyle, 'by' | 'sortBy' | 'reverse' | 'limit' | 'noHeaders' | 'format'> {
  readonly chosen: FleetChoice;
  readonly request: Request;
  /** Time limit in ms for all requests to a node together. */
  readonly timeoutMs: number;
  readonly parallel: number;
  /** Selection of pods; undefined for rows of nodes. The namespace is added later. */
  readonly selection:
    | (Omit<RowSelection, 'namespace'> & { readonly allNamespaces: boolean })
    | undefined;
  readonly hasChart: boolean;
  readonly labels: LabelChoice | undefined;
  readonly watchMs: number | undefined;
}

/** Maximum number of rows. All rows, about 700 bytes each, stay in memory until the last node has answered. */
const mostRows = 2_000_000;
/** Limit for the estimated bytes of rows. At this limit, the program uses four times as much memory. */
const mostBytesOfRows = 64_000_000;

/** Reads rows of all nodes, and prints one table in the order of nodes when the last node has answered. */
export async function printRows(
  settings: RowsSettings,
  plain: BodyView,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  const { context } = invocation;
  const { labels, watchMs, chosen, format } = settings;
  const view = completed(
    labels ? { ...plain, columns: [...plain.columns, ...labelColumns(labels)] } : plain,
    settings,
  );
  const width = terminalWidth(context.stdout);
  const columns = width ?? (settings.hasChart ? usualWidth : undefined);
  const isTable = format === 'table' || format === 'wide';
  const isScreen = watchMs !== undefined && isTable && width !== undefined;
  const style: ViewStyle = {
    ...settings,
    ...{ hasTotals: chosen.isFleet, paint: paintOf(invocation) },
    chart:
      settings.hasChart && columns !== undefined
        ? { characters: chartCharacters(context.env), width: columns }
        : undefined,
    columns: isScreen || format === 'table' ? columns : undefined,
  };
  const render =
    watchMs === undefined
      ? viewRenderer(view, style)
      : isScreen
        ? ratesRenderer(view, style)
        : changeRenderer(view, style, () => new Date());
  // Labels of nodes are in Node objects.
  const needsNodes = settings.selection === undefined && labels !== undefined;
  const nodeObjects = needsNodes ? 'needed' : view.nodeObjects;
  const round = (printed: KubeletInvocation) =>
    withFleet(printed, { chosen, request: settings.request, nodeObjects }, (fleet) =>
      printRound(settings, view, render, fleet, printed),
    );
  if (watchMs === undefined) return round(invocation);
  return repeatView(
    watchMs,
    isScreen ? createScreenOutput(context, watchMs) : createLineOutput(context),
    invocation,
    round,
  );
}

function completed(view: BodyView, { format, sortBy, by }: RowsSettings): BodyView {
  const { extraPaths, wideExtraPaths = [], columnPaths = {}, columns } = view;
  const sorted = findColumn<Row>(columns, sortBy);
  const isWide = !/^(?:table|name)$/.test(String(format)) || sorted?.wide || sorted?.detail;
  const isShown = (key: string) => !by && (format === 'wide' || sorted?.key === key);
  const ofColumns = Object.entries(columnPaths).filter(([key]) => isShown(key));
  return {
    ...view,
    columns: withShown(columns, sorted),
    extraPaths: [
      ...extraPaths,
      ...(isWide ? wideExtraPaths : []),
      ...ofColumns.flatMap(([, path]) => path ?? []),
    ],
  };
}

async function printRound(
  settings: RowsSettings,
  view: BodyView,
  render: RenderView,
  fleet: OpenFleet,
  invocation: KubeletInvocation,
): Promise<Outcomes> {
  const { found, namespace } = fleet;
  const { context } = invocation;
  const { selection, labels, chosen, parallel, timeoutMs, format, watchMs } = settings;
  const isTable = format === 'table' || format === 'wide';
  const within = selection?.allNamespaces ? undefined : namespace;
  const selector = selection && rowSelector({ ...selection, namespace: within });
  const images = view.readsImages
    ? await readImages(fleet.apiServer, namesIn(chosen.kubelets))
    : undefined;
  const rows = collectRows(view, (text) => context.secrets.mask(text));
  // With addresses of kubelets, the API server may be down.
  const mayAsk = selection !== undefined && chosen.kubelets.kind !== 'addresses';
  const absenceIn = async (name: string | undefined) =>
    mayAsk && name !== undefined ? findAbsentNamespace(fleet.apiServer, name) : undefined;
  const printer: FleetOutput['printer'] = {
    print: rows.add,
    end: async () => {
      if (rows.answers() === 0 && !/^(?:json|ndjson|yaml)$/.test(String(format))) return;
      const { nodes, failed, missingParts, ended } = rows.inOrder();
      const { parts, notes } = render(nodes, {
        server: fleet.connection.server,
        answered: nodes.map(({ node, via }) => ({ node, via })),
        failed: [...failed, ...(found.missing ?? [])],
      });
      await printParts(context, parts);
      const isEmpty = nodes.length > 0 && nodes.every((node) => node.rows.length === 0);
      const lines = isEmpty
        ? nothingFound(
            notes,
            view,
            selector,
            selection?.pods.length === 0 ? within : undefined,
            // A later round of --watch, in which the last pod is gone, has no note.
            watchMs === undefined || notes.includes(noneFound(view))
              ? await absenceIn(within)
              : undefined,
          )
        : notes;
      context.stderr.write(
        lines.map((note) => `${note}\n`).join('') +
          (isTable && ended > 0 ? `note: not shown: ${counted(ended, 'pod')} that ended\n` : '') +
          renderUnread(missingParts),
      );
    },
  };
  const outcomes = await printFleet(
    fleet,
    { request: settings.request, chosen, parallel, timeoutMs },
    invocation,
    {
      readBody: readRows(view, { labels, selector, images }, settings.request),
      readErrorBody: readFailedRows(view, labels, settings.request),
      printer,
      isBrief: true,
      // If no node has answered, no pod is reported as missing, because it is unknown which pods exist.
      notes: () =>
        renderMissing(
          rows.answers() === 0 ? [] : (selector?.missing() ?? []),
          within,
          found.targets.map(({ name }) => name),
        ),
    },
  );
  const missing = rows.answers() === 0 ? 0 : (selector?.missing().length ?? 0);
  if (missing === 0) return outcomes;
  const isAll = missing === selection?.pods.length;
  return { ...outcomes, isPartial: true, ...(isAll && { verdict: exitCodes.error }) };
}

function namesIn(chosen: FleetChoice['kubelets']): readonly string[] {
  if (chosen.kind === 'node') return [chosen.name];
  return chosen.kind === 'addresses' ? [] : chosen.names;
}

/** Collects the outcomes of nodes, which arrive in any order. Throws a Failure if rows need too much memory. */
function collectRows(view: BodyView, mask: (text: string) => string) {
  const outcomes = new Map<number, CallOutcome>();
  const held = { rows: 0, bytes: 0 };
  const add: FleetOutput['printer']['print'] = async (index, outcome) => {
    const { rows = [] } = outcome;
    outcomes.set(index, outcome);
    held.rows += rows.length;
    if (held.rows > mostRows) throw tooManyRows(`more than ${mostRows} ${view.plural}`);
    for (const row of view.bytesOf ? rows : []) held.bytes += view.bytesOf?.(row) ?? 0;
    if (held.bytes > mostBytesOfRows)
      throw tooManyRows(`more ${view.plural} than ${mostBytesOfRows / 1e6} MB of memory hold`);
  };
  const isAnswer = (outcome: CallOutcome) => !isFailed(outcome) || outcome.rows !== undefined;
  const inOrder = () => {
    const ordered = [...outcomes].sort(([a], [b]) => a - b).map(([, outcome]) => outcome);
    return {
      nodes: ordered
        .filter(isAnswer)
        .map(({ name, via, rows = [] }) => ({ node: name, via, rows })),
      failed: ordered.filter(isFailed).map(({ name, via, cause, failure }) => ({
        node: name,
        via,
        cause,
        ...failureFields(failure, mask),
      })),
      missingParts: ordered.flatMap((outcome) => {
        const unread = isFailed(outcome) ? [] : (outcome.unread ?? []);
        return unread.map((part) => ({ ...part, name: outcome.name }));
      }),
      ended: ordered.reduce((sum, each) => sum + (isFailed(each) ? 0 : (each.ended ?? 0)), 0),
    };
  };
  return { add, inOrder, answers: () => outcomes.values().filter(isAnswer).toArray().length };
}

/**
 * Adds the namespace to the note that no pods were found, or says that it does not exist.
 *
 * @param namespace undefined for all namespaces, and for named pods
 */
function nothingFound(
  notes: readonly string[],
  view: BodyView,
  selector: RowSelector | undefined,
  namespace: string | undefined,
  absence: Absence | undefined,
): readonly string[] {
  const none = noneFound(view);
  const near = didYouMean(absence?.near ?? []).map((hint) => `hint: ${hint}`);
  const absent = absence ? [`note: ${absence.message}`, ...near] : [];
  if (!notes.includes(none)) return [...notes, ...absent];
  // Omits the general note, because the errors about missing pods say more.
  if (selector && selector.missing().length > 0)
    return [...notes.filter((note) => note !== none), ...absent];
  if (namespace === undefined) return notes;
  const where = absence
    ? `${none}: ${absence.message}`
    : `${none} in namespace ${escapeControlLine(namespace)}`;
  return [
    ...notes.map((note) => (note === none ? where : note)),
    ...near,
    'hint: all namespaces: -A',
  ];
}

function renderMissing(
  pods: readonly string[],
  namespace: string | undefined,
  nodes: readonly string[],
): string {
  const where = (pod: string) =>
    namespace === undefined || pod.includes('/') ? '' : ` in namespace ${namespace}`;
  return pods
    .map(
      (pod) =>
        `error: ${escapeControlLine(`no kubelet that answered has pod ${pod}${where(pod)}`)}\n${nodes.includes(pod) ? `${command`hint: ${pod} is a node: --node ${pod}`}\n` : ''}`,
    )
    .join('');
}

function tooManyRows(what: string): Failure {
  return new Failure(`the nodes have ${what}`, {
    hints: ['call fewer nodes, or select fewer rows, such as by -n, --filter or --by'],
  });
}

/** Width of a chart in characters if the output is not a terminal. */
const usualWidth = 80;
