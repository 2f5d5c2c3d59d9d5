// The views of /stats/summary, with what completes them.
import { parseConfigz } from '../../../kubelet/configz.ts';
import type { Value, View } from '../../../text/column.ts';
import type { Bodies, BodyView } from './body-view.ts';
import { containerStatsRows, containerStatsView } from './container-stats.ts';
import { evictionThresholds } from './eviction.ts';
import { nodeStatsRow, nodeStatsView } from './node-stats.ts';
import { podStatsRows, podStatsView } from './pod-stats.ts';
import { type PodsByUid, parsePods } from './pods-body.ts';
import { parseStatsSummary, type StatsSummary } from './stats-summary.ts';
import { volumeStatsRows, volumeStatsView } from './volume-stats.ts';

/** Headroom to eviction is from /configz. */
export const nodes: BodyView = {
  ...erased(nodeStatsView),
  plural: 'nodes',
  companions: ['/configz'],
  rows: ({ body, companions }, node) => {
    const configz = companions['/configz'];
    const read = configz === undefined ? undefined : parseConfigz(configz).decoded;
    const thresholds = read && evictionThresholds(read.value);
    return withSummary(body, (summary) => [{ ...nodeStatsRow(node, summary, thresholds) }]);
  },
};

export const pods = ofPods('pods', podStatsView, podStatsRows);
export const containers = ofPods('containers', containerStatsView, containerStatsRows);
export const volumes = ofPods('volumes', volumeStatsView, volumeStatsRows);

/** Requests, limits, owners and types are from /pods. */
function ofPods<Row extends { readonly [Key in keyof Row]: Value }>(
  plural: string,
  view: View<Row>,
  rowsOf: (node: string, summary: StatsSummary, pods: PodsByUid | undefined) => readonly Row[],
): BodyView {
  return {
    ...erased(view),
    plural,
    companions: ['/pods'],
    rows: ({ body, companions }, node) => {
      const list = companions['/pods'];
      const read = list === undefined ? undefined : parsePods(list).decoded;
      return withSummary(body, (summary) =>
        rowsOf(node, summary, read?.value).map((row) => ({ ...row })),
      );
    },
  };
}

function withSummary(
  body: Bodies['body'],
  rowsOf: (summary: StatsSummary) => readonly Readonly<Record<string, Value>>[],
): ReturnType<BodyView['rows']> {
  const { decoded, problem } = parseStatsSummary(body);
  return decoded ? { decoded: { value: rowsOf(decoded.value) } } : { problem };
}

/** A column needs nothing of a row but its key. */
function erased<Row>({ kind, columns }: View<Row>): Pick<BodyView, 'kind' | 'columns'> {
  return { kind, columns: columns.map((column) => ({ ...column })) };
}
