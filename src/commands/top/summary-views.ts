import { evictionThresholds, type Thresholds } from '../../kubelet/bodies/eviction.ts';
import { type PodsByUid, parsePodList, parsePods } from '../../kubelet/bodies/pods.ts';
import { parseStatsSummary, type StatsSummary } from '../../kubelet/bodies/stats-summary.ts';
import { type CpuPeriods, parseThrottling } from '../../kubelet/bodies/throttling.ts';
import { parseConfigz } from '../../kubelet/configz.ts';
import { type Checked, mapChecked } from '../../schema.ts';
import { plainText, type View } from '../../text/column.ts';
import { summarize } from '../../text/list.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import {
  type Bodies,
  type BodyView,
  type ExtraPath,
  podLabels,
  type RowsRead,
} from '../shared/rows/body-view.ts';
import type { NamedPod } from '../shared/rows/select-rows.ts';
import { containerStatsRows, containerStatsView } from './container-stats.ts';
import { imageNotes, imageRows, imagesView } from './images.ts';
import { knownPods, splitEnded, unmeasuredNotes } from './known-pods.ts';
import { capacityOf, nodeStatsRow, nodeStatsView } from './node-stats.ts';
import { podStatsRows, podStatsView } from './pod-stats.ts';
import { volumeStatsRows, volumeStatsView } from './volume-stats.ts';

/** Headroom is computed from the eviction thresholds in /configz. */
export const nodes: BodyView = {
  ...nodeStatsView,
  plural: 'nodes',
  extraPaths: ['/configz'],
  wideExtraPaths: ['/pods'],
  nodeObjects: 'wanted',
  notes: unwatchedNotes,
  rows: ({ body, extra, node: object }, node) => {
    const thresholds = readExtra('/configz', extra, parseThresholds);
    const pods = readExtra('/pods', extra, parsePodList);
    const capacity = object && capacityOf(object);
    return mapChecked(parseStatsSummary(body), (summary) => ({
      rows: [nodeStatsRow(node, summary, thresholds.value, capacity, pods.value)],
      problems: { ...thresholds.problems, ...pods.problems },
    }));
  },
};

function unwatchedNotes(rows: readonly Row[]): readonly string[] {
  const full = rows
    .filter(({ unwatchedSignal }) => unwatchedSignal !== undefined)
    .map((row) => {
      const text = (key: string) => plainText(row[key]);
      return `${text('node')} (${text('unwatchedSignal')}: ${text('unwatchedLeftPercent')}% left)`;
    });
  return full.length === 0
    ? []
    : [
        `note: nearly full, and no pods are evicted for it (evictionHard does not name it): ${summarize(full, 3)}`,
      ];
}

function parseThresholds(configz: string): Checked<Thresholds> {
  const read = parseConfigz(configz);
  if (!read.decoded) return read;
  const value = evictionThresholds(read.decoded.value);
  return value ? { decoded: { value } } : { problem: 'unreadable eviction thresholds' };
}

export const pods = ofPods('pods', podStatsView, podStatsRows);
export const containers: BodyView = {
  ...ofPods('containers', containerStatsView, containerStatsRows),
  columnPaths: { cpuThrottledPercent: '/metrics/cadvisor' },
};
export const volumes = ofPods('volumes', volumeStatsView, volumeStatsRows);

/** Returns a view of pods, containers or volumes. It reads requests, limits, owners and types from /pods. */
function ofPods(
  plural: string,
  view: View<Row> & Pick<BodyView, 'countsOnce'>,
  rowsOf: (
    node: string,
    summary: StatsSummary,
    pods: PodsByUid | undefined,
    throttling: ReadonlyMap<string, CpuPeriods> | undefined,
  ) => readonly Row[],
): BodyView {
  return {
    ...view,
    plural,
    extraPaths: ['/pods'],
    notes: unmeasuredNotes,
    rows: ({ body, extra }, node) => {
      const { value, problems } = readExtra('/pods', extra, parsePods);
      const throttling = readExtra('/metrics/cadvisor', extra, parseThrottling);
      return mapChecked(parseStatsSummary(body), (summary) => {
        const { ended, others } = splitEnded(summary, value);
        return {
          rows: rowsOf(node, summary, others, throttling.value),
          problems: { ...problems, ...throttling.problems },
          labelsOf: podLabels(() => value?.values() ?? []),
          pods: () => podsOf(summary, value),
          ended: {
            pods: podsOf({ ...summary, pods: [] }, ended),
            rows: () => rowsOf(node, { ...summary, pods: [] }, ended, throttling.value),
          },
        };
      });
    },
  };
}

export const images: BodyView = {
  ...imagesView,
  plural: 'images',
  extraPaths: ['/pods', '/configz'],
  readsImages: true,
  notes: imageNotes,
  rows: ({ body, extra, images }, node) => {
    const pods = readExtra('/pods', extra, parsePodList);
    const configuration = readExtra('/configz', extra, parseConfigz);
    return mapChecked(parseStatsSummary(body), (summary) => ({
      rows: imageRows(node, images, summary, pods.value, configuration.value),
      problems: { ...pods.problems, ...configuration.problems },
    }));
  },
};

function podsOf(summary: StatsSummary, pods: PodsByUid | undefined): readonly NamedPod[] {
  return knownPods(summary, pods).map(({ stats: { podRef } }) => ({
    namespace: podRef.namespace,
    pod: podRef.name,
  }));
}

/**
 * Parses an additional response. `value` is undefined if the response is missing or cannot be parsed. `problems` then has the error of the
 * parser, if any.
 */
function readExtra<T>(
  path: ExtraPath,
  extra: Bodies['extra'],
  parse: (body: string) => Checked<T>,
): { readonly value?: T; readonly problems: RowsRead['problems'] } {
  const body = extra[path];
  if (body === undefined) return { problems: {} };
  const { decoded, problem } = parse(body);
  return decoded ? { value: decoded.value, problems: {} } : { problems: { [path]: problem } };
}
