// The views of /stats/summary, with what completes them.
import { parseConfigz } from '../../../kubelet/configz.ts';
import type { Checked } from '../../../schema.ts';
import type { Value, View } from '../../../text/column.ts';
import { type Bodies, type BodyView, type Companion, erased, type RowsRead } from './body-view.ts';
import { containerStatsRows, containerStatsView } from './container-stats.ts';
import { evictionThresholds, type Thresholds } from './eviction.ts';
import { nodeStatsRow, nodeStatsView } from './node-stats.ts';
import { podLabels } from './pod-labels.ts';
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
    const { value, problems } = readCompanion('/configz', companions, parseThresholds);
    return withSummary(body, (summary) => ({
      rows: [{ ...nodeStatsRow(node, summary, value) }],
      problems,
    }));
  },
};

function parseThresholds(configz: string): Checked<Thresholds> {
  const read = parseConfigz(configz);
  if (!read.decoded) return read;
  const value = evictionThresholds(read.decoded.value);
  return value ? { decoded: { value } } : { problem: 'unreadable eviction thresholds' };
}

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
      const { value, problems } = readCompanion('/pods', companions, parsePods);
      return withSummary(body, (summary) => ({
        rows: rowsOf(node, summary, value).map((row) => ({ ...row })),
        problems,
        labelsOf: podLabels(() => value?.values() ?? []),
      }));
    },
  };
}

/** Nothing of one that could not be read, and a problem of one of another kind. */
function readCompanion<T>(
  path: Companion,
  companions: Bodies['companions'],
  parse: (body: string) => Checked<T>,
): { readonly value?: T; readonly problems: RowsRead['problems'] } {
  const body = companions[path];
  if (body === undefined) return { problems: {} };
  const { decoded, problem } = parse(body);
  return decoded ? { value: decoded.value, problems: {} } : { problems: { [path]: problem } };
}

function withSummary(
  body: Bodies['body'],
  read: (summary: StatsSummary) => RowsRead,
): ReturnType<BodyView['rows']> {
  const { decoded, problem } = parseStatsSummary(body);
  return decoded ? { decoded: { value: read(decoded.value) } } : { problem };
}
