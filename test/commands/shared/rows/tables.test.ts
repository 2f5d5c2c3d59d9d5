import * as assert from 'uvu/assert';
import { comparedPodsView } from '../../../../src/commands/diff/compared-pods.ts';
import { settingDifferences } from '../../../../src/commands/diff/setting-differences.ts';
import { settingRows, settingsView } from '../../../../src/commands/get/configz-views.ts';
import { podRows, podsView } from '../../../../src/commands/get/pods.ts';
import { groupings, sumRows, sumView } from '../../../../src/commands/shared/rows/sum-rows.ts';
import {
  containerStatsRows,
  containerStatsView,
} from '../../../../src/commands/top/container-stats.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/top/node-stats.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/top/pod-stats.ts';
import { volumeStatsRows, volumeStatsView } from '../../../../src/commands/top/volume-stats.ts';
import type { Cells, View } from '../../../../src/text/column.ts';
import { renderRows } from '../../../../src/text/render-rows.ts';
import { suite } from '../../../kit/suite.ts';
import {
  bodyText,
  configurationOf,
  podListOf,
  recordedBodies,
  recordedVersions,
  summaryOf,
} from '../../../kubelet/bodies/read-bodies.ts';
import { comparedRows } from './recorded-views.ts';

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
      `NODE     CPU    CPU%   MEMORY   MEMORY%   DISK   HEADROOM   TIGHTEST
node-1   2      -      5.3Gi    -         80%    5.3%       imagefs.available
old-1    2      -      5.8Gi    -         80%    5.3%       imagefs.available
win-1    250m   -      2.8Gi    -         60%    -          -
`,
    );
  });

  test('of pods', () => {
    const all = [...pods, ...podStatsRows('win-1', windows, undefined)];
    assert.is(
      table(podStatsView, all),
      `NAMESPACE   POD                       NODE     CPU    MEMORY   %MEM/L   DISK
default     writer-66b6c48dd5-x2v8q   node-1   84m    22Mi     -        312Mi
default     busy                      node-1   56m    20Mi     -        1.9Mi
web         iis-7c5b8d9f4-abcde       win-1    100m   381Mi    -        29Mi
`,
    );
  });

  test('of containers', () => {
    const rows = containerStatsRows('node-1', bodies.summary, bodies.pods);
    assert.is(
      table(containerStatsView, rows),
      `NAMESPACE   POD                       CONTAINER   CPU   MEMORY   %MEM/L   DISK
default     writer-66b6c48dd5-x2v8q   log         2m    488Ki    -        106Mi
default     writer-66b6c48dd5-x2v8q   sidecar     2m    508Ki    -        1.9Mi
default     writer-66b6c48dd5-x2v8q   layer       2m    6.1Mi    -        102Mi
default     busy                      main        48m   20Mi     -        1.9Mi
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

  test('of pods in the state of their kubelet', () => {
    const rows = [
      ...podRows('node-1', podListOf('pods-states')),
      ...podRows('old-1', podListOf('pods')),
    ];
    assert.is(
      table(podsView, rows),
      `NAMESPACE     POD                       NODE     READY   STATUS             RESTARTS
kube-system   kube-apiserver-node-1     node-1   1/1     Running            1
default       web-7c5b8d9f4-abcde       node-1   1/2     CrashLoopBackOff   9
default       loading                   node-1   0/1     Init:1/2           4
default       evicted                   node-1   0/1     Evicted            0
default       job                       node-1   0/1     Completed          0
default       killed                    node-1   0/1     Signal:9           0
default       leaving                   node-1   1/1     Terminating        0
default       debug                     node-1   1/1     Running            0
default       new                       node-1   -       -                  -
default       busy                      old-1    -       -                  -
default       writer-66b6c48dd5-x2v8q   old-1    -       -                  -
`,
    );
  });

  test('of pods that differ in the API server', () => {
    assert.is(
      table(comparedPodsView, comparedRows()),
      `NAMESPACE     POD                     NODE     KUBELET            API           DIFFERENCE
default       web-7c5b8d9f4-abcde     node-1   CrashLoopBackOff   -             not in API
default       loading                 node-1   Init:1/2           Init:1/2      restarts
default       evicted                 node-1   Evicted            Evicted       restarts
default       job                     node-1   Completed          Completed     restarts
default       killed                  node-1   Signal:9           Signal:9      restarts
default       leaving                 node-1   Terminating        Terminating   restarts
default       debug                   node-1   Running            Running       restarts
default       new                     node-1   <none>             <none>        restarts
kube-system   kube-apiserver-node-1   node-1   -                  Running       stale mirror
`,
    );
  });

  test('of settings', () => {
    assert.is(
      table(settingsView, settingRows('node-1', configurationOf('1.37'))),
      `NODE     FIELD                              VALUE
node-1   evictionHard.imagefs.available     "15%"
node-1   evictionHard.imagefs.inodesFree    "5%"
node-1   evictionHard.memory.available      "100Mi"
node-1   evictionHard.nodefs.available      "10%"
node-1   evictionHard.nodefs.inodesFree     "5%"
node-1   evictionPressureTransitionPeriod   "5m0s"
node-1   mergeDefaultEvictionSettings       false
node-1   enforceNodeAllocatable             ["pods"]
node-1   systemReserved.memory              "2Gi"
`,
    );
  });

  test('of settings that differ', () => {
    const nodes = recordedVersions.map((version) => ({
      node: `node-${version}`,
      rows: settingRows(`node-${version}`, configurationOf(version)).map((row) => ({ ...row })),
    }));
    assert.is(
      table(settingDifferences, settingDifferences.compare?.(nodes) ?? []),
      `FIELD                          VALUE     NODES   NAMES
mergeDefaultEvictionSettings   false     1       node-1.37
mergeDefaultEvictionSettings   <unset>   1       node-1.31
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
