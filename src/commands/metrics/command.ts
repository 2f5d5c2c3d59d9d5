import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe, type GlobalUse } from '../../cli/command-definition.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseEvery } from '../../cli/parse-options.ts';
import { rerunLine } from '../../cli/rerun-command.ts';
import { totalOptions } from '../../cli/row-options.ts';
import { exitCodeOf, notTogether, UsageFailure } from '../../errors.ts';
import { command } from '../../text/command.ts';
import { nearest } from '../../text/nearest.ts';
import { rowFormats } from '../../text/render-rows.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import type { RowType } from '../shared/rows/row-types.ts';
import {
  ofNodeObjects,
  parseRows,
  readingTimes,
  rowsOptions,
  withSecondReading,
} from '../shared/rows/rows-options.ts';
import type { MetricsParameters } from './metrics-views.ts';

const kinds = ['cadvisor', 'resource', 'probes', 'slis'] as const;

export class MetricsCommand extends ClusterCommand {
  static override paths = [['metrics']];
  static override readonly uses: readonly GlobalUse[] = ['kubelets', 'namespace'];
  static override usage = describe({
    details:
      "Print the metrics of kubelets: one row per series, or per group of summed series.\n\nBy default, print the kubelet's own metrics (/metrics). Others: cadvisor (containers), resource (what metrics-server reads), probes (probes of pods) and slis (health checks). All nodes are read unless you select some.\n\nMETRIC is a name with an underscore or a selector such as 'up{a=\"b\"}', the same as --filter METRIC. Counts are totals across all nodes. MAX …/NODE is the highest count on one node.",
    examples: [
      ['Metrics of a kubelet', 'kubectl kubeletaccess metrics node-1'],
      [
        'Memory of containers by namespace',
        'kubectl kubeletaccess metrics resource --by namespace --filter container_memory_working_set_bytes',
      ],
      [
        'The 99th percentile of a latency',
        'kubectl kubeletaccess metrics node-1 --quantiles --filter kubelet_pod_start_duration_seconds',
      ],
      ['What changes in ten seconds', 'kubectl kubeletaccess metrics node-1 --rate'],
      [
        'The ten metrics with the most series, and a rule that drops the worst',
        'kubectl kubeletaccess metrics cadvisor --count --limit 10',
      ],
      [
        'The ten pods with the most series',
        'kubectl kubeletaccess metrics cadvisor --count --by namespace,pod --limit 10',
      ],
    ],
    exitCodes: [
      [0, 'all nodes answered'],
      [4, 'some nodes failed'],
      [1, 'all nodes failed'],
    ],
  });

  words = completing(
    { after: (args) => (args.length === 0 ? kinds : 'nodes') },
    Option.Rest({ name: 'cadvisor|resource|probes|slis|METRIC|NODE' }),
  );
  rows = rowsOptions({
    limit: totalOptions.limit(),
    noHeaders: totalOptions.noHeaders(),
    selector: nodeOptions.selector(),
    /** Leaves out `-o name`, because a series is not an object. */
    output: outputOption(
      rowFormats.filter((format) => format !== 'name'),
      templates,
    ),
  });
  filter = declare.view.list(
    '--filter',
    `Only series that match this PromQL selector, such as 'a{b=~"x|y"}'.`,
  );
  sumBy = declare.view.text('--by', 'Sum by metric, series, node or labels.', {
    completes: ['metric', 'series', 'node', 'label', 'namespace', 'pod'],
    not: [
      {
        with: '--output=prometheus',
        hints: ['Prometheus sums by itself: sum by (namespace, pod) (…)'],
      },
    ],
  });
  quantiles = declare.view.flag(
    '--quantiles',
    'A row for each histogram or summary: count, p50, p90 and p99.',
  );
  rate = declare.view.flagOrText(
    '--rate',
    'Change over 10s, or --rate=30s: total and per second.',
    false,
    { completes: readingTimes },
  );
  count = declare.view.flag('--count', 'Count the series of each metric, or --by label or pod.', {
    not: ['--quantiles', '--rate'],
  });

  override offlineHint() {
    return { args: kinds.filter((each) => this.words.includes(each)), without: ofNodeObjects };
  }

  override async execute(): Promise<number> {
    const { kind, metrics, nodes } = parseWords(this.words);
    const rateMs = parseEvery('--rate', this.rate, readingTimes[0]);
    const { load, ...type } = this.metricsType(kind, rateMs !== undefined);
    const plain = await parseRows(type, nodes, this.rows, this);
    const settings =
      rateMs === undefined ? plain : withSecondReading('--rate', rateMs, plain, this.given);
    const parameters: MetricsParameters = {
      kind,
      filters: [...this.filter, ...metrics],
      by: this.sumBy,
      sortBy: this.rows.sortBy,
      // With --watch or --reverse, every row is kept, because the rows to print may not be among the first rows of a node.
      limit: this.rows.watch || this.rows.reverse ? undefined : settings.limit,
      rateMs,
      rerun: (other, more) =>
        rerunLine(this.line, { args: [other ?? [], nodes].flat(), without: ['--filter'], more }),
      countBy: (by) =>
        rerunLine(this.line, {
          ...(by === '' && { args: [kind ?? [], nodes].flat() }),
          without: [...seriesOptions, ...(by === '' ? ['--filter'] : [])],
          more: ['--count', ...(by === '' ? [] : ['--by', by])],
        }),
    };
    return exitCodeOf(await printRows(settings, await load(parameters), this));
  }

  private metricsType(kind: (typeof kinds)[number] | undefined, isRate: boolean) {
    const mode = this.count ? 'count' : this.quantiles ? 'quantiles' : isRate ? 'rate' : 'series';
    const type: RowType = {
      words: ['metrics'],
      prints: 'series',
      path: kind ? `/metrics/${kind}` : '/metrics',
      // In the text format, kubelets send no native histograms.
      accept: 'text/plain;version=0.0.4',
      of: 'nodes',
      noNamespace: `--filter '{namespace="NAMESPACE"}'`,
      ...noMetrics[mode],
    };
    const load = async (parameters: MetricsParameters) => {
      const { series, quantiles, counts } = await import('./metrics-views.ts');
      return { series, rate: series, quantiles, count: counts }[mode](parameters);
    };
    return { ...type, load };
  }
}

/** Options that a table of counts does not have, or that mean something else there. */
const seriesOptions = ['--by', '--quantiles', '--rate', '--count', '--sort-by', '--output'];

/**
 * Matches names of metrics, and selectors. Nearly every metric has an underscore, and selectors have braces. Names of nodes have neither.
 */
const metricName = /^[A-Za-z][A-Za-z0-9:]*_[A-Za-z0-9_:]*$|\{/;

/** Parses the kind of metrics, names of metrics, and nodes, in any order. */
function parseWords(words: readonly string[]) {
  const [kind, another] = kinds.filter((each) => words.includes(each));
  if (kind && another) throw notTogether(kind, another);
  const metrics = words.filter((each) => metricName.test(each));
  const nodes = words.filter((each) => each !== kind && !metricName.test(each));
  for (const word of nodes) {
    const near = nearest(word, kinds);
    if (near !== undefined)
      throw new UsageFailure(`metrics prints ${kinds.join(', ')} or /metrics, not "${word}"`, {
        hints: [
          command`did you mean: kubectl kubeletaccess metrics ${near}`,
          command`a node of that name: --node ${word}`,
        ],
      });
  }
  return { kind, metrics, nodes };
}

const noMetrics = {
  series: {},
  count: {},
  rate: { noMetrics: 'Prometheus computes rates by itself: rate(…[5m])' },
  quantiles: { noMetrics: 'Prometheus computes quantiles by itself: histogram_quantile(0.99, …)' },
} as const;
