import * as assert from 'uvu/assert';
import {
  containerStatsRows,
  containerStatsView,
} from '../../../../src/commands/curl/views/container-stats.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/curl/views/node-stats.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/curl/views/pod-stats.ts';
import { groupings, sumRows, sumView } from '../../../../src/commands/curl/views/sum-rows.ts';
import {
  volumeStatsRows,
  volumeStatsView,
} from '../../../../src/commands/curl/views/volume-stats.ts';
import type { Cells } from '../../../../src/text/cells.ts';
import type { View } from '../../../../src/text/column.ts';
import { renderRows } from '../../../../src/text/render-rows.ts';
import { suite } from '../../../kit/suite.ts';
import { bodyText, recordedBodies, summaryOf } from './read-bodies.ts';

const table = <Row extends Cells<Row>>(view: View<Row>, rows: readonly Row[]) =>
  [...renderRows(view, rows, { format: 'table' })].join('');

suite('tables of recorded statistics', (test) => {
  const bodies = recordedBodies('1.37');
  const pods = podStatsRows('node-1', bodies.summary, bodies.pods);
  const { thresholds } = bodies;
  const windows = summaryOf(bodyText('summary-windows'));

  test('of nodes', () => {
    const nodes = [
      nodeStatsRow('node-1', bodies.summary, thresholds),
      nodeStatsRow('old-1', recordedBodies('1.31').summary, thresholds),
      nodeStatsRow('win-1', windows, undefined),
    ];
    assert.is(
      table(nodeStatsView, nodes),
      `NODE     CPU    MEMORY   DISK   HEADROOM   TIGHTEST
node-1   2      5.3Gi    80%    5.3%       imagefs.available
old-1    2      5.8Gi    80%    5.3%       imagefs.available
win-1    250m   2.8Gi    60%    -          -
`,
    );
  });

  test('of pods', () => {
    const all = [...pods, ...podStatsRows('win-1', windows, undefined)];
    assert.is(
      table(podStatsView, all),
      `NAMESPACE   POD                       NODE     CPU    MEMORY   DISK
default     writer-66b6c48dd5-x2v8q   node-1   84m    22Mi     312Mi
default     busy                      node-1   56m    20Mi     1.9Mi
web         iis-7c5b8d9f4-abcde       win-1    100m   381Mi    29Mi
`,
    );
  });

  test('of containers', () => {
    const rows = containerStatsRows('node-1', bodies.summary, bodies.pods);
    assert.is(
      table(containerStatsView, rows),
      `NAMESPACE   POD                       CONTAINER   CPU   MEMORY   DISK
default     writer-66b6c48dd5-x2v8q   log         2m    488Ki    106Mi
default     writer-66b6c48dd5-x2v8q   sidecar     2m    508Ki    1.9Mi
default     writer-66b6c48dd5-x2v8q   layer       2m    6.1Mi    102Mi
default     busy                      main        48m   20Mi     1.9Mi
`,
    );
  });

  test('of volumes', () => {
    const rows = volumeStatsRows('node-1', bodies.summary, bodies.pods);
    assert.is(
      table(volumeStatsView, rows),
      `NAMESPACE   POD                       VOLUME   USED    USE %
default     writer-66b6c48dd5-x2v8q   data     100Mi   <0.1%
default     writer-66b6c48dd5-x2v8q   claim    40Gi    16%
default     writer-66b6c48dd5-x2v8q   info     4.0Ki   0%
default     writer-66b6c48dd5-x2v8q   memory   8.0Mi   50%
`,
    );
  });

  test('of sums by owner', () => {
    const sums = sumRows(pods, podStatsView.columns, groupings.owner);
    assert.is(
      table(sumView(podStatsView, groupings.owner, 'PODS'), sums),
      `NAMESPACE   OWNER               PODS   CPU   MEMORY   DISK
default     Deployment/writer   1      84m   22Mi     312Mi
default     Pod/busy            1      56m   20Mi     1.9Mi
`,
    );
  });
});
