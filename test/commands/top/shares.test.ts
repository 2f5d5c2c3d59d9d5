import * as assert from 'uvu/assert';
import { capacityOf, capacityRow } from '../../../src/commands/top/node-capacity.ts';
import { nodeStatsView } from '../../../src/commands/top/node-stats.ts';
import { shareRow } from '../../../src/commands/top/usage.ts';
import type { KubeletPod } from '../../../src/kubelet/bodies/pods.ts';
import { tableColumns } from '../../../src/text/column.ts';
import { totalOf } from '../../../src/text/total-rows.ts';
import { suite } from '../../kit/suite.ts';

const pod = (cpu: string, phase: string): KubeletPod => ({
  metadata: { name: 'p', namespace: 's' },
  spec: {
    containers: [
      { name: 'c', resources: { requests: { cpu, memory: '1Gi' }, limits: { cpu: '2' } } },
    ],
  },
  status: { phase },
});

suite('shares', (test) => {
  test('of a node are of what pods may use, or of its capacity where it does not say', () => {
    const node = {
      allocatable: { cpu: '1500m', memory: '4Gi', pods: '110' },
      capacity: { cpu: '2' },
    };
    assert.equal(capacityOf({ status: node }), {
      cpuCores: 1.5,
      memoryBytes: 4 * 2 ** 30,
      pods: 110,
    });
    assert.is(capacityOf({ status: { capacity: { cpu: '2' } } }).cpuCores, 2);
    assert.equal(capacityOf({}), { cpuCores: undefined, memoryBytes: undefined, pods: undefined });
  });

  test('of a node count pods that have not ended', () => {
    const usage = { cpuCores: 0.3, workingSetBytes: 2 ** 30 };
    const capacity = { cpuCores: 1.5, memoryBytes: 4 * 2 ** 30, pods: 110 };
    const pods = [
      pod('250m', 'Running'),
      pod('500m', 'Pending'),
      pod('9', 'Succeeded'),
      pod('9', 'Failed'),
    ];
    const row = capacityRow(usage, capacity, pods);
    assert.equal(
      [row.cpuUsedPercent, row.cpuRequestedPercent, row.cpuLimitPercent, row.pods, row.maxPods],
      [20, 50, 266.67, 2, 110],
    );
    assert.equal(
      [row.memoryUsedPercent, row.memoryRequestedPercent, row.memoryLimitPercent],
      [25, 50, 0],
    );
    const unknown = capacityRow(usage, undefined, undefined);
    assert.equal(
      [unknown.cpuUsedPercent, unknown.cpuRequestedPercent, unknown.pods],
      [undefined, undefined, undefined],
    );
  });

  test('of pods and containers are none without a limit, never 0 or 100', () => {
    const usage = { cpuCores: 0.5, workingSetBytes: 100 };
    const resources = {
      ...{ cpuRequestedCores: 0.25, cpuLimitCores: 1 },
      ...{ memoryRequestedBytes: undefined, memoryLimitBytes: 200 },
    };
    const both = shareRow(usage, resources);
    assert.equal(
      [
        both.cpuOfRequestedPercent,
        both.cpuOfLimitPercent,
        both.memoryOfRequestedPercent,
        both.memoryOfLimitPercent,
      ],
      [200, 50, undefined, 50],
    );
    const unlimited = shareRow(usage, resources, { ...resources, memoryLimitBytes: undefined });
    assert.equal([unlimited.cpuOfLimitPercent, unlimited.memoryOfLimitPercent], [50, undefined]);
    const none = shareRow(usage, { ...resources, memoryLimitBytes: 0 });
    assert.is(none.memoryOfLimitPercent, undefined);
    assert.is(shareRow(usage, undefined).memoryOfLimitPercent, undefined);
  });

  test('in the total are of the sums of nodes that report both', () => {
    const rows = [
      { cpuCores: 1, cpuAllocatableCores: 4 },
      { cpuCores: 3, cpuAllocatableCores: 4 },
      { cpuCores: 9, cpuAllocatableCores: undefined },
    ] as never[];
    const { sums } = totalOf(nodeStatsView.columns as never, rows, 'nodes');
    assert.is((sums as { cpuUsedPercent?: number }).cpuUsedPercent, 50);
  });

  test('of nodes are in at most 14 columns of -o wide', () =>
    assert.is(tableColumns(nodeStatsView.columns, true).length, 14));
});
