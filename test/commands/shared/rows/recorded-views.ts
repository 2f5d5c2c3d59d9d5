import { settingDifferences } from '../../../../src/commands/diff/setting-differences.ts';
import { settings } from '../../../../src/commands/get/configz-views.ts';
import { pods as podsOfKubelets } from '../../../../src/commands/get/pods.ts';
import { getTypes } from '../../../../src/commands/get/types.ts';
import type { Row } from '../../../../src/commands/shared/fleet/outcome.ts';
import type { BodyView } from '../../../../src/commands/shared/rows/body-view.ts';
import { groupings, sumRows, sumView } from '../../../../src/commands/shared/rows/sum-rows.ts';
import {
  containerStatsRows,
  containerStatsView,
} from '../../../../src/commands/top/container-stats.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/top/node-stats.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/top/pod-stats.ts';
import { volumeStatsRows, volumeStatsView } from '../../../../src/commands/top/volume-stats.ts';
import type { View } from '../../../../src/text/column.ts';
import { type RowFormat, renderRows } from '../../../../src/text/render-rows.ts';
import {
  bodyText,
  decoded,
  recordedBodies,
  recordedOf,
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

export async function recordedViews(): Promise<readonly RecordedView[]> {
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
  const got = await Promise.all(
    // Recorded metrics are shortened, and have no feature gates.
    getTypes
      .filter(({ path }) => path !== '/metrics')
      .map(async ({ path, load }) => {
        const view = await load();
        return recorded(view, rowsOfRecorded(view, path));
      }),
  );
  const kubeletPods = rowsOfRecorded(podsOfKubelets, '/pods');
  const settingsOf = Map.groupBy(rowsOfRecorded(settings(), '/configz'), ({ node }) =>
    String(node),
  );
  const differences = settingDifferences.compare?.(
    [...settingsOf].map(([node, rows]) => ({ node, rows })),
  );
  return [
    ...got,
    recorded(
      sumView(podsOfKubelets, groupings.owner, 'PODS'),
      sumRows(kubeletPods, podsOfKubelets.columns, groupings.owner),
    ),
    recorded(settingDifferences, differences ?? []),
    recorded(nodeStatsView, nodes),
    recorded(podStatsView, pods),
    recorded(containerStatsView, containers),
    recorded(volumeStatsView, volumes),
    ...Object.values(groupings).map((by) =>
      recorded(sumView(podStatsView, by, 'PODS'), sumRows(pods, podStatsView.columns, by)),
    ),
  ];
}

/** Reads rows from all recorded bodies of an endpoint: of /statusz, from statusz-1.37.json and statusz-1.37.txt. */
function rowsOfRecorded(view: BodyView, path: string): readonly Row[] {
  return recordedOf(path).flatMap(
    (file) => decoded(view.rows({ body: textOf(file), extra: {} }, `node-${file}`)).rows,
  );
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
