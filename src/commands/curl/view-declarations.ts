import { declare } from '../../cli/option.ts';
import { rowOptions } from '../../cli/row-options.ts';

/** What of an answer a table shows. */
export const viewOptions = {
  pods: () => declare.view.flag('--pods', 'With summary: a row for each pod.'),
  containers: () => declare.view.flag('--containers', 'With summary: a row for each container.'),
  volumes: () => declare.view.flag('--volumes', 'With summary: a row for each volume of a pod.'),
  quantiles: () =>
    declare.view.flag(
      '--quantiles',
      'With metrics: a row for each histogram and summary, with count, p50, p90 and p99.',
    ),
  series: () =>
    declare.view.flag(
      '--series',
      'With metrics: how many series there are by metric, or --by label or node.',
    ),
  diff: () =>
    declare.view.flag(
      '--diff',
      'With configz or flagz and several nodes: only what differs, a row for each value. With metrics: what changes within --interval, in all and per second.',
    ),
  filter: () =>
    declare.view.list(
      '--filter',
      `With metrics: only series that a selector of PromQL matches, such as 'name{label=~"x|y"}'. Can be repeated, for series that match any.`,
    ),
  compare: () =>
    declare.view.flag(
      '--compare',
      'With pods or runningpods: only pods that the API server has otherwise, or not at all.',
    ),
  by: () =>
    declare.view.text(
      '--by',
      'Sums of the rows by "namespace", "pod" or "owner"; of metrics by "metric", "series", "node" or names of labels, with commas.',
      '',
      { completes: ['namespace', 'pod', 'owner', 'metric', 'series', 'node', 'label'] },
    ),
  sortBy: rowOptions.sortBy,
  top: rowOptions.top,
  chart: () =>
    declare.view.flag(
      '--chart',
      'Add bars to the table: of the sorted column, or of the first percentage.',
    ),
  noHeaders: rowOptions.noHeaders,
  labelColumns: () =>
    declare.view.list(
      '-L,--label-columns',
      'Add a column for this label: of the pod, or in rows of nodes of the node. Can be repeated, or a list with commas.',
      { completes: 'label-keys' },
    ),
  watch: () =>
    declare.view.flag(
      '-w,--watch',
      'Repeat the requests, and print rows that change. Counters are then rates.',
    ),
  interval: () =>
    declare.view.text(
      '--interval',
      'Time between the requests of --watch, or of --diff with metrics. Defaults to 10s.',
      '',
      { completes: ['10s', '30s', '1m'] },
    ),
  showLabels: () => declare.view.flag('--show-labels', 'Add a column of all labels.'),
};
