import {
  type ComparedPodRow,
  comparedPodRow,
  comparedPodsView,
} from '../../../../src/commands/curl/views/compared-pods.ts';
import {
  comparedRunningPodRow,
  comparedRunningPodsView,
  runningPodDifferences,
} from '../../../../src/commands/curl/views/compared-running-pods.ts';
import {
  containerStatsRows,
  containerStatsView,
} from '../../../../src/commands/curl/views/container-stats.ts';
import { flagRows, flagsView, parseFlagz } from '../../../../src/commands/curl/views/flagz.ts';
import {
  healthCheckRows,
  healthChecksView,
} from '../../../../src/commands/curl/views/health-checks.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/curl/views/node-stats.ts';
import { differencesOf, pairPods } from '../../../../src/commands/curl/views/pod-differences.ts';
import { type PodFacts, podFacts } from '../../../../src/commands/curl/views/pod-facts.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/curl/views/pod-stats.ts';
import { podRows, podsView } from '../../../../src/commands/curl/views/pods.ts';
import {
  runningFacts,
  runningPodRows,
  runningPodsView,
} from '../../../../src/commands/curl/views/running-pods.ts';
import {
  settingDifferences,
  settingDifferencesView,
} from '../../../../src/commands/curl/views/setting-differences.ts';
import { settingRows, settingsView } from '../../../../src/commands/curl/views/settings.ts';
import {
  kubeletStatusRow,
  kubeletStatusView,
  parseStatusz,
} from '../../../../src/commands/curl/views/statusz.ts';
import { groupings, sumRows, sumView } from '../../../../src/commands/curl/views/sum-rows.ts';
import {
  volumeStatsRows,
  volumeStatsView,
} from '../../../../src/commands/curl/views/volume-stats.ts';
import type { Cells } from '../../../../src/text/cells.ts';
import type { View } from '../../../../src/text/column.ts';
import { type RowFormat, renderRows } from '../../../../src/text/render-rows.ts';
import {
  bodyText,
  configurationOf,
  decoded,
  podListOf,
  recordedBodies,
  recordedVersions,
  runningPodsOf,
  summaryOf,
  textOf,
} from './read-bodies.ts';

/** A view of what two real kubelets and one of Windows report. */
export interface RecordedView {
  readonly kind: string;
  readonly rows: number;
  readonly hasMetrics: boolean;
  print(format: RowFormat): string;
}

export function recordedViews(): readonly RecordedView[] {
  const bodies = [
    ...recordedVersions.map((version) => ({ name: `node-${version}`, ...recordedBodies(version) })),
    {
      name: 'windows',
      summary: summaryOf(bodyText('summary-windows')),
      pods: undefined,
      thresholds: undefined,
    },
  ];
  const nodes = bodies.map(({ name, summary, thresholds }) =>
    nodeStatsRow(name, summary, thresholds),
  );
  const pods = bodies.flatMap(({ name, summary, pods }) => podStatsRows(name, summary, pods));
  const containers = bodies.flatMap(({ name, summary, pods }) =>
    containerStatsRows(name, summary, pods),
  );
  const volumes = bodies.flatMap(({ name, summary, pods }) => volumeStatsRows(name, summary, pods));
  const kubeletPods = (['states', ...recordedVersions] as const).flatMap((name) =>
    podRows(`node-${name}`, podListOf(name)),
  );
  const settings = recordedVersions.map((version) => ({
    node: `node-${version}`,
    rows: settingRows(`node-${version}`, configurationOf(version)).map((row) => ({ ...row })),
  }));
  const running = recordedVersions.map((version) => runningPodsOf(version));
  return [
    recorded(
      runningPodsView,
      running.flatMap((each) => runningPodRows('node-1', each)),
    ),
    recorded(
      comparedRunningPodsView,
      runningPodDifferences(running.flat().map(runningFacts), kubeletFacts(), []).map((each) =>
        comparedRunningPodRow(each, 'node-1'),
      ),
    ),
    recorded(comparedPodsView, comparedRows()),
    recorded(
      healthChecksView,
      ['1.31', '1.37'].flatMap(
        (version) => healthCheckRows(`node-${version}`, textOf(`healthz-${version}.txt`)) ?? [],
      ),
    ),
    recorded(kubeletStatusView, [
      kubeletStatusRow('node-1.37', decoded(parseStatusz(textOf('statusz-1.37.json')))),
    ]),
    recorded(flagsView, flagRows('node-1.37', decoded(parseFlagz(textOf('flagz-1.37.txt'))))),
    recorded(podsView, kubeletPods),
    recorded(
      sumView(podsView, groupings.owner, 'PODS'),
      sumRows(kubeletPods, podsView.columns, groupings.owner),
    ),
    recorded(
      settingsView,
      settings.flatMap(({ rows }) => rows),
    ),
    recorded(settingDifferencesView, settingDifferences(settings)),
    recorded(nodeStatsView, nodes),
    recorded(podStatsView, pods),
    recorded(containerStatsView, containers),
    recorded(volumeStatsView, volumes),
    ...Object.values(groupings).map((by) =>
      recorded(sumView(podStatsView, by, 'PODS'), sumRows(pods, podStatsView.columns, by)),
    ),
  ];
}

function kubeletFacts(): readonly PodFacts[] {
  return podListOf('states').map(podFacts);
}

/** Pods in each state, of which a mirror is only in the API server and others have restarted once more on their kubelet. */
export function comparedRows(): readonly ComparedPodRow[] {
  const [first, ...others] = kubeletFacts();
  const mirror = first && { ...first, uid: 'own', mirrorOf: first.uid };
  const restarted = others.map(({ restarts = 0, ...facts }) => ({
    ...facts,
    restarts: Number(restarts) + 1,
  }));
  return pairPods(restarted, [...(mirror ? [mirror] : []), ...others.slice(1)])
    .map((sides) => ({ ...sides, differences: differencesOf(sides) }))
    .filter(({ differences }) => differences.length > 0)
    .map((difference) => comparedPodRow(difference, 'node-1'));
}

function recorded<Row extends Cells<Row>>(view: View<Row>, rows: readonly Row[]): RecordedView {
  return {
    kind: view.kind,
    rows: rows.length,
    hasMetrics: view.columns.some(({ metric }) => metric),
    print: (format) => [...renderRows(view, rows, { format })].join(''),
  };
}
