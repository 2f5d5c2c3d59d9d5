import { isGiven } from '../../../cli/argv.ts';
import type { GlobalUse } from '../../../cli/command-definition.ts';
import { fleetOptions, parseParallel } from '../../../cli/fleet-options.ts';
import { addressChoiceOf, parseVia } from '../../../cli/kubelets.ts';
import { parseLabelSelector } from '../../../cli/label-selector.ts';
import { type FleetChoice, nodeOptions, parseFleetChoice } from '../../../cli/node-options.ts';
import { declare } from '../../../cli/option.ts';
import { openOutput, outputOption } from '../../../cli/output.ts';
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
import { TableCommand } from './table-command.ts';

/** Times between two rounds that completion suggests for --watch. The first is the default. */
export const readingTimes = ['10s', '30s', '1m'] as const;

export function watchOption(description: string) {
  return declare.view.flagOrText('-w,--watch', description, false, { completes: readingTimes });
}

export abstract class RowsCommand extends TableCommand {
  static override readonly uses: readonly GlobalUse[] = ['kubelets', 'namespace'];
  node = nodeOptions.node();
  selector = declare.node.text(
    '-l,--selector',
    'Pods with these labels; in tables of nodes, nodes.',
    { completes: 'label-selector' },
  );
  // Declared by the subclasses whose --selector may choose pods. It has its place in help here.
  nodeSelector = '';
  role = nodeOptions.role();
  shard = nodeOptions.shard();
  kubeletAddress = nodeOptions.kubeletAddress();
  via = nodeOptions.via();
  watch = watchOption('Repeat every 10s, or --watch=30s, and print changed rows.');
  timeout = nodeOptions.timeout();
  parallel = fleetOptions.parallel();
  override output = outputOption(rowFormats, templates);

  // Values of options that only some subclasses declare.
  allNamespaces = false;
  by = '';
  chart = false;
  labelColumns: readonly string[] = [];
  showLabels = false;

  /** @param names arguments after TYPE */
  protected async parseRows(type: RowType, names: readonly string[]): Promise<RowsSettings> {
    const { by } = this;
    const labels = parseLabelColumns(this);
    checkType(this, type, labels);
    const chosen = this.parseChoice(type, names);
    const format = openOutput(this.output, rowFormats, templates);
    checkFormat(this, type, labels);
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
      timeoutMs: parsePositiveDuration('--timeout', this.timeout),
      parallel: parseParallel(this.parallel),
      selection: type.of === 'pods' ? this.parseSelection(names) : undefined,
      format,
      by: by === '' ? undefined : parseOneOf('--by', by, type.by ?? []),
      sortBy: this.sortBy,
      ...parseLimit(this),
      noHeaders: this.noHeaders,
      hasChart: this.chart,
      labels,
      watchMs: this.parseWatch(names),
    };
  }

  /**
   * Extends the default time limit for a node by `afterMs`, the time between its two requests. Throws if a given --timeout is not longer
   * than `afterMs`.
   */
  protected withSecondReading(flag: string, afterMs: number, settings: RowsSettings): RowsSettings {
    const { timeoutMs } = settings;
    if (!isGiven(this.given, '--timeout')) return { ...settings, timeoutMs: timeoutMs + afterMs };
    if (afterMs < timeoutMs) return settings;
    throw new UsageFailure(
      `${flag} ${formatDuration(afterMs)} does not fit --timeout ${formatDuration(timeoutMs)}, which is for both readings of a node`,
      { hints: [`allow more time: --timeout ${formatDuration(afterMs + timeoutMs)}`] },
    );
  }

  private parseWatch(names: readonly string[]): number | undefined {
    rejectTimes('--watch', this.watch, names);
    return parseEvery('--watch', this.watch, readingTimes[0]);
  }

  private parseChoice(type: RowType, names: readonly string[]): FleetChoice {
    const ofNodes = type.of === 'nodes';
    const nodeSelector = ofNodes ? [this.selector, this.nodeSelector].filter(Boolean) : [];
    if (nodeSelector.length > 1)
      throw new UsageFailure('--selector and --node-selector mean the same here: use one of them');
    const labels = ofNodes ? (nodeSelector[0] ?? '') : this.nodeSelector;
    const { node, role, shard, kubeletAddress } = this;
    return parseFleetChoice(
      { node, role, shard, kubeletAddress, nodeSelector: labels },
      ofNodes ? names : [],
      { via: parseVia(this), ...addressChoiceOf(this.globals) },
    );
  }

  private parseSelection(names: readonly string[]): RowsSettings['selection'] {
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

export const ofNodeObjects = ['--selector', '--label-columns', '--show-labels'];

function checkType(
  { globals, allNamespaces, selector, by: grouping }: RowsCommand,
  { of, words: [word], by = [], noLabels, noNamespace }: RowType,
  labels: LabelChoice | undefined,
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
  { output, watch, noHeaders, by, chart }: RowsCommand,
  { words: [word], noMetrics }: RowType,
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

function parseLabelColumns({
  labelColumns,
  showLabels,
}: Pick<RowsCommand, 'labelColumns' | 'showLabels'>): LabelChoice | undefined {
  const keys = splitLists(labelColumns);
  for (const key of keys)
    if (!/^(?:[\w.-]{1,253}\/)?[\w.-]{1,63}$/.test(key))
      throw new UsageFailure(`invalid --label-columns value "${key}": must be the key of a label`);
  return keys.length > 0 || showLabels ? { keys: [...new Set(keys)], all: showLabels } : undefined;
}
