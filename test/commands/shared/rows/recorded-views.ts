import { settingDifferences } from '../../../../src/commands/diff/setting-differences.ts';
import { settingRows, settingsView } from '../../../../src/commands/get/configz-views.ts';
import { healthCheckRows, healthChecksView } from '../../../../src/commands/get/health-checks.ts';
import { flagRows, flagsView } from '../../../../src/commands/get/health-views.ts';
import { podRows, podsView } from '../../../../src/commands/get/pods.ts';
import { runningPodRows, runningPodsView } from '../../../../src/commands/get/running-pods.ts';
import { kubeletStatusRow, kubeletStatusView } from '../../../../src/commands/get/statusz.ts';
import type { Row } from '../../../../src/commands/shared/fleet/outcome.ts';
import { groupings, sumRows, sumView } from '../../../../src/commands/shared/rows/sum-rows.ts';
import {
  containerStatsRows,
  containerStatsView,
} from '../../../../src/commands/top/container-stats.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/top/node-stats.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/top/pod-stats.ts';
import { volumeStatsRows, volumeStatsView } from '../../../../src/commands/top/volume-stats.ts';
import { parseFlagz } from '../../../../src/kubelet/bodies/flagz.ts';
import { parseStatusz } from '../../../../src/kubelet/bodies/statusz.ts';
import type { View } from '../../../../src/text/column.ts';
import { type RowFormat, renderRows } from '../../../../src/text/render-rows.ts';
import {
  bodyText,
  configurationOf,
  decoded,
  podListOf,
  recordedBodies,
  recordedVersions,
  summaryOf,
  textOf,
} from '../../../kubelet/bodies/read-bodies.ts';

/** A view with the rows of three recorded kubelets: two on Linux and one on Windows. */
export interface RecordedView {
  readonly kind: string;
  readonly rows: number;
  /** Kind that -o name prints before the slash; undefined if the view does not support -o name. */
  readonly names: 'node' | 'pod' | 'clusterRoleBinding' | undefined;
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
  const kubeletPods = (['pods-states', 'pods'] as const).flatMap((name) =>
    podRows(`node-${name}`, podListOf(name)),
  );
  const settings = recordedVersions.map((version) => ({
    node: `node-${version}`,
    rows: settingRows(`node-${version}`, configurationOf(version)).map((row) => ({ ...row })),
  }));
  const running = podListOf('runningpods');
  return [
    recorded(runningPodsView, runningPodRows('node-1', running)),
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
    recorded(settingDifferences, settingDifferences.compare?.(settings) ?? []),
    recorded(nodeStatsView, nodes),
    recorded(podStatsView, pods),
    recorded(containerStatsView, containers),
    recorded(volumeStatsView, volumes),
    ...Object.values(groupings).map((by) =>
      recorded(sumView(podStatsView, by, 'PODS'), sumRows(pods, podStatsView.columns, by)),
    ),
  ];
}

function recorded(view: View<Row>, rows: readonly Row[]): RecordedView {
  return {
    kind: view.kind,
    rows: rows.length,
    names: view.names,
    hasMetrics: view.columns.some(({ metric }) => metric),
    print: (format) => [...renderRows(view, rows, { format })].join(''),
  };
}
