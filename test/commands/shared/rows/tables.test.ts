import * as assert from 'uvu/assert';
import { podRows, podsView } from '../../../../src/commands/get/pods.ts';
import { containerStatsView } from '../../../../src/commands/top/container-stats.ts';
import { nodeStatsRow, nodeStatsView } from '../../../../src/commands/top/node-stats.ts';
import { podStatsRows, podStatsView } from '../../../../src/commands/top/pod-stats.ts';
import { volumeStatsView } from '../../../../src/commands/top/volume-stats.ts';
import type { Cells, View } from '../../../../src/text/column.ts';
import { renderRows } from '../../../../src/text/render-rows.ts';
import { suite } from '../../../kit/suite.ts';
import {
  bodyText,
  podListOf,
  recordedBodies,
  summaryOf,
} from '../../../kubelet/bodies/read-bodies.ts';
import { defaultWidth } from './default-width.ts';

const table = <Row extends Cells<Row>>(view: View<Row>, rows: readonly Row[]) =>
  [...renderRows(view, rows, { format: 'table' })].join('');

suite('tables of recorded responses', (test) => {
  const bodies = recordedBodies('1.37');
  const pods = podStatsRows('node-1', bodies.summary, bodies.pods);
  const { thresholds } = bodies;
  const windows = summaryOf(bodyText('summary-windows'));

  test('round numbers of nodes to units', () => {
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

  test('show a dash for each missing figure of a pod', () => {
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

  test('show the same states of pods as kubectl get pods', () => {
    const rows = [
      ...podRows('node-1', podListOf('pods-states')),
      ...podRows('old-1', podListOf('pods')),
    ];
    assert.is(
      table(podsView, rows).replaceAll(/\d+d ago/g, 'AGE'),
      `NAMESPACE     POD                       NODE     READY   STATUS             RESTARTS   LAST END                ENDED
kube-system   kube-apiserver-node-1     node-1   1/1     Running            1          -                       -
default       web-7c5b8d9f4-abcde       node-1   1/2     CrashLoopBackOff   9          main: OOMKilled (137)   AGE
default       loading                   node-1   0/1     Init:1/2           4          -                       -
default       evicted                   node-1   0/1     Evicted            0          -                       -
default       job                       node-1   0/1     Completed          0          -                       -
default       killed                    node-1   0/1     Signal:9           0          main: Signal:9 (137)    -
default       leaving                   node-1   1/1     Terminating        0          -                       -
default       debug                     node-1   1/1     Running            0          -                       -
default       new                       node-1   -       -                  -          -                       -
default       busy                      old-1    -       -                  -          -                       -
default       writer-66b6c48dd5-x2v8q   old-1    -       -                  -          -                       -
`,
    );
  });

  const names = { namespace: 'kube-system', pod: 'coredns-7db6d8ff4d-abcde', node: 'worker-1' };
  for (const [title, view, more] of [
    ['nodes', nodeStatsView, { tightestSignal: 'imagefs.inodesFree' }],
    ['pods', podStatsView, {}],
    ['containers', containerStatsView, { container: 'kube-proxy' }],
    ['volumes', volumeStatsView, { volume: 'kube-api-access-abcde' }],
    ['pods with their states', podsView, { ready: '1/1', status: 'Running' }],
  ] as const)
    test(`fit 80 columns if they have rows of ${title}, without -o wide`, () => {
      const width = defaultWidth(view, { ...names, ...more });
      assert.ok(width <= 80, String(width));
    });
});
