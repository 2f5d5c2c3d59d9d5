import { Option } from 'clipanion';
import { isGiven } from '../../../cli/argv.ts';
import { ClusterCommand } from '../../../cli/cluster-command.ts';
import type { GlobalUse } from '../../../cli/command-definition.ts';
import { fleetOptions, parseParallel } from '../../../cli/fleet-options.ts';
import { parseVia, placesOf } from '../../../cli/kubelets.ts';
import { parseLabelSelector } from '../../../cli/label-selector.ts';
import { nodeOptions, parseTargets, type TargetRequest } from '../../../cli/node-options.ts';
import { completing, declare, type ValuesOf } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output-template.ts';
import {
  parseEvery,
  parseOneOf,
  parsePositiveDuration,
  rejectTimes,
  splitLists,
} from '../../../cli/parse-options.ts';
import { checkNoHeaders, parseLimit, rowOptions } from '../../../cli/row-options.ts';
import type { OfflineHint } from '../../../cli/without-api-server.ts';
import { notTogether, UsageFailure } from '../../../errors.ts';
import { command } from '../../../text/command.ts';
import { formatDuration } from '../../../text/duration.ts';
import { rowFormats } from '../../../text/render-rows.ts';
import { parsePod } from '../pod/pod-choice.ts';
import type { LabelChoice } from './label-columns.ts';
import type { RowsRequest } from './print-rows.ts';
import { findType, type RowType } from './row-types.ts';
import type { PodName } from './select-rows.ts';
import type { Grouping } from './sum-rows.ts';

/** Suggested times between two readings; the first is the default. */
export const readingTimes = ['10s', '30s', '1m'] as const;

/** Options of all commands that print rows of kubelets. */
export const kubeletRowOptions = {
  allNamespaces: () => declare.selection.flag('-A,--all-namespaces', 'Pods of all namespaces.'),
  by: (groupings: readonly Grouping[]) =>
    declare.view.text('--by', `Sum the rows. One of: ${groupings.join(', ')}.`, {
      completes: groupings,
    }),
  chart: () =>
    declare.view.flag(
      '--chart',
      'Add a bar chart of the sorted column, or of the first percentage.',
    ),
  labelColumns: () =>
    declare.view.list(
      '-L,--label-columns',
      'Add a column for this label of the pod (or node, in node tables).',
      { completes: 'label-keys' },
    ),
  showLabels: () => declare.view.flag('--show-labels', 'Add a column of all labels.'),
};

/** Arguments TYPE and NAME of a command with types of rows. Both are optional: without TYPE, the types are printed. */
export const typeArguments = {
  type: (types: readonly RowType[]) =>
    completing(
      types.map(({ words: [word] }) => word),
      Option.String({ required: false, name: 'TYPE' }),
    ),
  names: (types: readonly RowType[]) =>
    completing(
      { after: ([word = '']) => (findType(types, word)?.of === 'pods' ? 'pod' : 'nodes') },
      Option.Rest({ name: 'NAME' }),
    ),
};

/** A command that reads rows of many kubelets; of all kubelets by default. */
export abstract class RowsCommand extends ClusterCommand {
  static override readonly uses: readonly GlobalUse[] = ['kubelets', 'namespace'];
  node = nodeOptions.node();
  selector = declare.selection.text(
    '-l,--selector',
    'Label selector to filter pods, or nodes for tables of nodes.',
    { completes: 'label-selector' },
  );
  nodeSelector = nodeOptions.nodeSelector();
  role = nodeOptions.role();
  /** Value of -A, which only commands with rows of pods declare. */
  allNamespaces = false;
  shard = nodeOptions.shard();
  address = nodeOptions.address();
  via = nodeOptions.via();
  sortBy = rowOptions.sortBy();
  reverse = rowOptions.reverse();
  limit = rowOptions.limit('Print only the first N rows. TOTAL still includes all rows.');
  noHeaders = rowOptions.noHeaders();
  watch = declare.view.flagOrText(
    '-w,--watch',
    'Repeat every 10s, or --watch=30s, and print changed rows with rates.',
    false,
    { completes: readingTimes },
  );
  timeout = nodeOptions.timeout();
  parallel = fleetOptions.parallel();
  output = outputOption(rowFormats);

  /** Parses the options for rows of a type. @param names arguments after TYPE */
  protected async parseRows(
    type: RowType,
    names: readonly string[],
    more: Partial<MoreRowOptions> = {},
  ): Promise<RowsRequest> {
    const { by = '', chart = false, labels } = more;
    checkType(this, type, { by, labels });
    const target = this.parseTargets(type, names);
    const format = openOutput(this.output, rowFormats);
    checkFormat(this, type, { by, chart, labels });
    if (labels && type.of === 'nodes' && target.targets.kind === 'addresses')
      throw notTogether('--address', 'columns of labels', {
        hints: ['labels of nodes come from Node objects: --node NAME'],
      });
    return {
      target,
      request: {
        method: 'GET',
        path: type.path,
        headers: type.accept === undefined ? {} : { accept: type.accept },
      },
      timeoutMs: parsePositiveDuration('--timeout', this.timeout),
      parallel: parseParallel(this.parallel),
      selection: type.of === 'pods' ? this.parseSelection(names) : undefined,
      format,
      by: by === '' ? undefined : parseOneOf('--by', by, type.by ?? []),
      sortBy: this.sortBy,
      ...parseLimit(this),
      noHeaders: this.noHeaders,
      hasChart: chart,
      labels,
      watchMs: this.parseWatch(names),
    };
  }

  /** Returns the request with a time limit for two readings of a node. Throws if a given --timeout is too short for them. */
  protected withSecondReading(flag: string, afterMs: number, request: RowsRequest): RowsRequest {
    const { timeoutMs } = request;
    if (!isGiven(this.given, '--timeout')) return { ...request, timeoutMs: timeoutMs + afterMs };
    if (afterMs < timeoutMs) return request;
    throw new UsageFailure(
      `${flag} ${formatDuration(afterMs)} does not fit --timeout ${formatDuration(timeoutMs)}, which is for both readings of a node`,
      { hints: [`allow more time: --timeout ${formatDuration(afterMs + timeoutMs)}`] },
    );
  }

  private parseWatch(names: readonly string[]): number | undefined {
    rejectTimes('--watch', this.watch, names);
    return parseEvery('--watch', this.watch, readingTimes[0]);
  }

  private parseTargets(type: RowType, names: readonly string[]): TargetRequest {
    const ofNodes = type.of === 'nodes';
    const nodeSelector = ofNodes ? [this.selector, this.nodeSelector].filter(Boolean) : [];
    if (nodeSelector.length > 1)
      throw new UsageFailure('--selector and --node-selector mean the same here: use one of them');
    if (this.address.length > 0 && this.nodeSelector !== '')
      throw notTogether('--address', '--node-selector');
    const labels = ofNodes ? (nodeSelector[0] ?? '') : this.nodeSelector;
    const { node, role, shard, address } = this;
    const nodes = ofNodes ? names : [];
    const isChosen = [node, nodes, address, role, labels].some(({ length }) => length > 0);
    const target = parseTargets(
      { ...{ node, role, shard, address }, nodeSelector: labels, all: !isChosen },
      nodes,
      { via: parseVia(this), ...placesOf(this.globals) },
    );
    if (!target) throw new Error('without a choice, all nodes are chosen');
    checkTargets(type, target);
    return target;
  }

  private parseSelection(names: readonly string[]): RowsRequest['selection'] {
    const { namespace } = this.globals;
    if (this.allNamespaces && namespace !== '')
      throw notTogether('--namespace', '--all-namespaces');
    if (names.length > 0 && this.selector !== '') throw notTogether('NAME', '--selector');
    return {
      allNamespaces: this.allNamespaces,
      pods: splitLists(names).map((word): PodName => {
        const { namespace: own, name } = parsePod(word);
        return { namespace: own || undefined, name };
      }),
      labels: this.selector === '' ? undefined : parseLabelSelector('--selector', this.selector),
    };
  }
}

/** Throws for a single node if the type compares nodes, and for addresses if it needs node names. */
function checkTargets(type: RowType, { isFleet, targets }: TargetRequest): void {
  if (type.needsSeveral && !isFleet)
    throw new UsageFailure('one node has nothing to be compared with', {
      hints: ['name several nodes, or none for all'],
    });
  if (type.needsNames && targets.kind === 'addresses')
    throw new UsageFailure(
      '--address cannot be used here: the API server knows kubelets by the names of their nodes',
      { hints: ['--node NAME'] },
    );
}

/** Options that need Node objects. */
export const ofNodeObjects = ['--selector', '--label-columns', '--show-labels'];

/** Returns how to read rows of a kubelet without the API server; undefined if it is not possible. */
export function rowsGoOn(
  types: readonly RowType[],
  given: { readonly type: string | undefined; readonly names: readonly string[] },
): OfflineHint | undefined {
  const [word, ...names] = [given.type ?? [], given.names].flat();
  const type = word === undefined ? undefined : findType(types, word);
  if (word === undefined || !type || type.needsNames) return undefined;
  if (type.of === 'pods') return { args: [word, ...names] };
  return {
    args: [word],
    without: ofNodeObjects,
    more: type.needsSeveral ? ['--address', 'HOST'] : [],
  };
}

/** Options that only some commands with rows have. */
interface MoreRowOptions {
  readonly by: string;
  readonly chart: boolean;
  readonly labels: LabelChoice | undefined;
}

/** Throws for options that do not apply to the type, so that no option is silently ignored. */
function checkType(
  { globals, allNamespaces, selector }: RowsCommand,
  { of, words: [word], by = [], noLabels, noNamespace }: RowType,
  { by: grouping, labels }: Pick<MoreRowOptions, 'by' | 'labels'>,
): void {
  if (of === 'nodes') {
    const flag = globals.namespace !== '' ? '--namespace' : allNamespaces && '--all-namespaces';
    if (flag)
      throw new UsageFailure(`${flag} cannot be used here: rows of ${word} have no namespace`, {
        hints: noNamespace === undefined ? [] : [noNamespace],
      });
  }
  if (grouping !== '' && by.length === 0)
    throw new UsageFailure(`--by needs rows of pods, containers or volumes, not ${word}`, {
      hints: [command`sums of pods: kubectl kubeletaccess top pods -A --by ${grouping}`],
    });
  if (noLabels === undefined) return;
  const option = labels ? (labels.all ? '--show-labels' : '--label-columns') : undefined;
  const withLabels = option ?? (of === 'pods' && selector !== '' ? '--selector' : undefined);
  if (withLabels !== undefined)
    throw new UsageFailure(`${withLabels} cannot be used with ${word}`, { hints: [noLabels] });
}

function checkFormat(
  { output, watch, noHeaders }: RowsCommand,
  { words: [word], noMetrics }: RowType,
  { by, chart, labels }: MoreRowOptions,
): void {
  const [format = ''] = output.split('=');
  const beside = (option: string, hint: string) =>
    notTogether(option, `--output ${format}`, { hints: [hint] });
  checkNoHeaders({ noHeaders }, output);
  if (chart && !/^(?:table|wide)$/.test(format))
    throw beside('--chart', 'only tables have charts: -o table, -o wide');
  if (labels && by !== '') throw notTogether('--by', 'columns of labels');
  if (labels && format === 'name')
    throw beside(labels.all ? '--show-labels' : '--label-columns', 'names have no columns');
  if (format !== 'prometheus') return;
  if (noMetrics !== undefined)
    throw new UsageFailure(`${word} cannot be printed with --output prometheus`, {
      hints: [noMetrics],
    });
  if (watch) throw beside('--watch', 'Prometheus computes rates by itself: rate(…[5m])');
  if (by !== '') throw beside('--by', 'Prometheus sums by itself: sum by (namespace, owner) (…)');
  if (labels?.all)
    throw beside(
      '--show-labels',
      'a label of a metric for each that is named: --label-columns KEY',
    );
}

/** Parses -L and --show-labels. */
export function parseLabelColumns({
  labelColumns,
  showLabels,
}: ValuesOf<Pick<typeof kubeletRowOptions, 'labelColumns' | 'showLabels'>>):
  | LabelChoice
  | undefined {
  const keys = splitLists(labelColumns);
  for (const key of keys)
    if (!/^(?:[\w.-]{1,253}\/)?[\w.-]{1,63}$/.test(key))
      throw new UsageFailure(`invalid --label-columns value "${key}": must be the key of a label`);
  return keys.length > 0 || showLabels ? { keys: [...new Set(keys)], all: showLabels } : undefined;
}
