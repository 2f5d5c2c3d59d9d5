import { type GivenOption, isGiven } from '../../../cli/argv.ts';
import { fleetOptions, parseParallel } from '../../../cli/fleet-options.ts';
import { addressChoiceOf, type KubeletInvocation, parseVia } from '../../../cli/kubelets.ts';
import { parseLabelSelector } from '../../../cli/label-selector.ts';
import { type FleetChoice, nodeOptions, parseFleetChoice } from '../../../cli/node-options.ts';
import { declare } from '../../../cli/option.ts';
import { outputOption, parseFormat } from '../../../cli/output.ts';
import { templates } from '../../../cli/output-template.ts';
import {
  parseEvery,
  parseOneOf,
  parsePositiveDuration,
  rejectTimes,
  splitLists,
} from '../../../cli/parse-options.ts';
import { checkNoHeaders, parseLimit } from '../../../cli/row-options.ts';
import { notTogether, UsageFailure } from '../../../errors.ts';
import { command } from '../../../text/command.ts';
import { formatDuration } from '../../../text/duration.ts';
import { rowFormats } from '../../../text/render-rows.ts';
import { parsePod } from '../pod/pod-choice.ts';
import type { LabelChoice } from './label-columns.ts';
import type { RowsSettings } from './print-rows.ts';
import type { RowType } from './row-types.ts';
import type { PodName } from './select-rows.ts';
import { type TableOptions, tableOptions } from './table-options.ts';

/** Times between two rounds that completion suggests for --watch. The first is the default. */
export const readingTimes = ['10s', '30s', '1m'] as const;

export function watchOption(description: string) {
  return declare.view.flagOrText('-w,--watch', description, false, { completes: readingTimes });
}

/** Options that only some commands have. */
interface OwnOptions {
  /** Declared by commands whose --selector may choose pods. */
  readonly nodeSelector?: string | undefined;
  readonly allNamespaces?: boolean;
  readonly by?: string;
  readonly chart?: boolean;
  readonly labelColumns?: readonly string[];
  readonly showLabels?: boolean;
}

/** @param own options that replace those of all commands, and options of this command */
export function rowsOptions({
  selector = declare.node.text(
    '-l,--selector',
    'Pods with these labels; in tables of nodes, nodes.',
    { completes: 'label-selector' },
  ),
  watch = watchOption('Repeat every 10s, or --watch=30s, and print changed rows.'),
  output = outputOption(rowFormats, templates),
  nodeSelector,
  ...own
}: OwnOptions &
  Partial<TableOptions> & {
    readonly selector?: string;
    readonly watch?: ReturnType<typeof watchOption>;
  }) {
  return {
    node: nodeOptions.node(),
    selector,
    nodeSelector,
    role: nodeOptions.role(),
    shard: nodeOptions.shard(),
    kubeletAddress: nodeOptions.kubeletAddress(),
    via: nodeOptions.via(),
    watch,
    timeout: nodeOptions.timeout(),
    parallel: fleetOptions.parallel(),
    ...tableOptions({ ...own, output }),
  };
}

type RowsOptions = ReturnType<typeof rowsOptions> & OwnOptions;

/** @param names arguments after TYPE */
export async function parseRows(
  type: RowType,
  names: readonly string[],
  options: RowsOptions,
  invocation: KubeletInvocation,
): Promise<RowsSettings> {
  const { by = '' } = options;
  const labels = parseLabelColumns(options);
  checkType(options, invocation.globals.namespace, type, labels);
  const chosen = parseChoice(type, names, options, invocation);
  const format = parseFormat(options.output, rowFormats, templates);
  checkFormat(options, type, labels);
  if (type.needsNodes && chosen.kubelets.kind === 'addresses')
    throw new UsageFailure(`--kubelet-address cannot be used with ${type.words[0]}`, {
      hints: [`${type.words[0]} are in Node objects: --node NAME`],
    });
  if (labels && type.of === 'nodes' && chosen.kubelets.kind === 'addresses')
    throw notTogether('--kubelet-address', 'columns of labels', {
      hints: ['labels of nodes come from Node objects: --node NAME'],
    });
  return {
    chosen,
    request: {
      method: 'GET',
      path: type.path,
      headers: type.accept === undefined ? {} : { accept: type.accept },
    },
    timeoutMs: parsePositiveDuration('--timeout', options.timeout),
    parallel: parseParallel(options.parallel),
    selection: type.of === 'pods' ? parseSelection(names, options) : undefined,
    format,
    by: by === '' ? undefined : parseOneOf('--by', by, type.by ?? []),
    sortBy: options.sortBy,
    ...parseLimit(options),
    noHeaders: options.noHeaders,
    hasChart: options.chart === true,
    labels,
    watchMs: parseWatch(options.watch, names),
  };
}

/**
 * Extends the default time limit for a node by `afterMs`, the time between its two requests. Throws if a given --timeout is not longer
 * than `afterMs`.
 */
export function withSecondReading(
  flag: string,
  afterMs: number,
  settings: RowsSettings,
  given: readonly GivenOption[],
): RowsSettings {
  const { timeoutMs } = settings;
  if (!isGiven(given, '--timeout')) return { ...settings, timeoutMs: timeoutMs + afterMs };
  if (afterMs < timeoutMs) return settings;
  throw new UsageFailure(
    `${flag} ${formatDuration(afterMs)} does not fit --timeout ${formatDuration(timeoutMs)}, which is for both readings of a node`,
    { hints: [`allow more time: --timeout ${formatDuration(afterMs + timeoutMs)}`] },
  );
}

function parseWatch(watch: RowsOptions['watch'], names: readonly string[]): number | undefined {
  rejectTimes('--watch', watch, names);
  return parseEvery('--watch', watch, readingTimes[0]);
}

function parseChoice(
  { of }: RowType,
  names: readonly string[],
  options: RowsOptions,
  invocation: KubeletInvocation,
): FleetChoice {
  const { selector, nodeSelector = '' } = options;
  const ofNodes = of === 'nodes';
  const nodeSelectors = ofNodes ? [selector, nodeSelector].filter(Boolean) : [];
  if (nodeSelectors.length > 1)
    throw new UsageFailure('--selector and --node-selector mean the same here: use one of them');
  const labels = ofNodes ? (nodeSelectors[0] ?? '') : nodeSelector;
  const { globals, given, line, context } = invocation;
  return parseFleetChoice({ ...options, nodeSelector: labels }, ofNodes ? names : [], {
    via: parseVia({ via: options.via, globals, given, line, context }),
    ...addressChoiceOf(globals),
  });
}

function parseSelection(
  names: readonly string[],
  { selector, allNamespaces = false }: RowsOptions,
): RowsSettings['selection'] {
  if (names.length > 0 && selector !== '') throw notTogether('NAME', '--selector');
  return {
    allNamespaces,
    pods: splitLists(names).map((word): PodName => {
      const { namespace: own, name } = parsePod(word);
      return { namespace: own || undefined, name };
    }),
    labels: selector === '' ? undefined : parseLabelSelector('--selector', selector),
  };
}

export const ofNodeObjects = ['--selector', '--label-columns', '--show-labels'];

function checkType(
  { allNamespaces = false, selector, by: grouping = '' }: RowsOptions,
  namespace: string,
  { of, words: [word], by = [], whyNoLabels, insteadOfNamespace }: RowType,
  labels: LabelChoice | undefined,
): void {
  if (of === 'nodes') {
    const flag = namespace !== '' ? '--namespace' : allNamespaces && '--all-namespaces';
    if (flag)
      throw new UsageFailure(`${flag} cannot be used here: rows of ${word} have no namespace`, {
        hints: insteadOfNamespace === undefined ? [] : [insteadOfNamespace],
      });
  }
  if (grouping !== '' && by.length === 0)
    throw new UsageFailure(`--by needs rows of pods, containers or volumes, not ${word}`, {
      hints: [
        grouping === 'image'
          ? 'sums of images: kubectl kubeletaccess top images --by image'
          : command`sums of pods: kubectl kubeletaccess top pods -A --by ${grouping}`,
      ],
    });
  if (whyNoLabels === undefined) return;
  const option = labels ? (labels.all ? '--show-labels' : '--label-columns') : undefined;
  const withLabels = option ?? (of === 'pods' && selector !== '' ? '--selector' : undefined);
  if (withLabels !== undefined)
    throw new UsageFailure(`${withLabels} cannot be used with ${word}`, { hints: [whyNoLabels] });
}

function checkFormat(
  { output, watch, noHeaders, by = '', chart = false }: RowsOptions,
  { words: [word], whyNoMetrics }: RowType,
  labels: LabelChoice | undefined,
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
  if (whyNoMetrics !== undefined)
    throw new UsageFailure(`${word} cannot be printed with --output prometheus`, {
      hints: [whyNoMetrics],
    });
  if (watch) throw beside('--watch', 'Prometheus computes rates by itself: rate(…[5m])');
  if (by !== '') throw beside('--by', 'Prometheus sums by itself: sum by (namespace, owner) (…)');
  if (labels?.all)
    throw beside(
      '--show-labels',
      'a label of a metric for each that is named: --label-columns KEY',
    );
}

function parseLabelColumns({
  labelColumns = [],
  showLabels = false,
}: OwnOptions): LabelChoice | undefined {
  const keys = splitLists(labelColumns);
  for (const key of keys)
    if (!/^(?:[\w.-]{1,253}\/)?[\w.-]{1,63}$/.test(key))
      throw new UsageFailure(`invalid --label-columns value "${key}": must be the key of a label`);
  return keys.length > 0 || showLabels ? { keys: [...new Set(keys)], all: showLabels } : undefined;
}
