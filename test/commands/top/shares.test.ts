import * as assert from 'uvu/assert';
import type { Row } from '../../../src/commands/shared/fleet/outcome.ts';
import { capacityOf, nodeStatsRow, nodeStatsView } from '../../../src/commands/top/node-stats.ts';
import { podStatsRows } from '../../../src/commands/top/pod-stats.ts';
import type { KubeletPod } from '../../../src/kubelet/bodies/pods.ts';
import { tableColumns } from '../../../src/text/column.ts';
import { totalOf } from '../../../src/text/total-rows.ts';
import { suite } from '../../kit/suite.ts';

const usage = { cpu: { usageNanoCores: 300_000_000 }, memory: { workingSetBytes: 2 ** 30 } };

const pod = (
  requests: Record<string, string>,
  limits: Record<string, string>,
  phase = 'Running',
): KubeletPod => ({
  metadata: { name: 'p', namespace: 's', uid: 'u' },
  spec: { containers: [{ name: 'c', resources: { requests, limits } }] },
  status: { phase },
});

suite('shares', (test) => {
  test('are relative to the allocatable amount of a node, or to its capacity if this amount is missing', () => {
    const amounts = (status: Parameters<typeof capacityOf>[0]['status']) => {
      const amountOf = capacityOf({ ...(status && { status }) });
      return [amountOf('cpu'), amountOf('memory'), amountOf('pods')];
    };
    const allocatable = { cpu: '1500m', memory: '4Gi', pods: '110' };
    assert.equal(amounts({ allocatable, capacity: { cpu: '2' } }), [1500, 4 * 2 ** 30, 110]);
    assert.equal(amounts({ capacity: { cpu: '2' } }), [2000, undefined, undefined]);
    assert.equal(amounts(undefined), [undefined, undefined, undefined]);
  });

  test('include only pods of a node that have not ended', () => {
    const allocatable = { cpu: '1500m', memory: '4Gi', pods: '110' };
    const requesting = (cpu: string, phase: string) =>
      pod({ cpu, memory: '1Gi' }, { cpu: '2' }, phase);
    const pods = [
      requesting('250m', 'Running'),
      requesting('500m', 'Pending'),
      requesting('9', 'Succeeded'),
      requesting('9', 'Failed'),
    ];
    const summary = { node: { nodeName: 'n', ...usage } };
    const capacity = capacityOf({ status: { allocatable } });
    const row = nodeStatsRow('n', summary, undefined, capacity, pods);
    const shares = ['cpuUsedPercent', 'cpuRequestedPercent', 'cpuLimitPercent', 'pods', 'maxPods'];
    const ofMemory = ['memoryUsedPercent', 'memoryRequestedPercent', 'memoryLimitPercent'];
    assert.equal(
      shares.map((key) => row[key]),
      [20, 50, 266.67, 2, 110],
    );
    assert.equal(
      ofMemory.map((key) => row[key]),
      [25, 50, 0],
    );
    const unknown = nodeStatsRow('n', summary, undefined);
    assert.equal(
      new Set([...shares, ...ofMemory].map((key) => unknown[key])),
      new Set([undefined]),
    );
  });

  for (const [requests, limits, shares] of [
    [{ cpu: '150m' }, { cpu: '600m', memory: '2Gi' }, [200, 50, undefined, 50]],
    [{ memory: '512Mi' }, { cpu: '1' }, [undefined, 30, 200, undefined]],
    [{}, { memory: '0' }, [undefined, undefined, undefined, undefined]],
    [undefined, undefined, [undefined, undefined, undefined, undefined]],
  ] as const)
    test(`are absent for a pod if its request or limit is missing: limits ${JSON.stringify(limits)}`, () => {
      const podRef = { name: 'p', namespace: 's', uid: 'u' };
      const pods = requests && new Map([['u', pod(requests, limits)]]);
      const [row = {}] = podStatsRows(
        'n',
        { node: { nodeName: 'n' }, pods: [{ podRef, ...usage }] },
        pods,
      );
      assert.equal(
        ['cpuOfRequested', 'cpuOfLimit', 'memoryOfRequested', 'memoryOfLimit'].map(
          (key) => row[`${key}Percent`],
        ),
        shares,
      );
    });

  test('include only nodes that report both values in the TOTAL row', () => {
    const rows: readonly Row[] = [
      { cpuCores: 1, cpuAllocatableCores: 4 },
      { cpuCores: 3, cpuAllocatableCores: 4 },
      { cpuCores: 9, cpuAllocatableCores: undefined },
    ];
    const { sums } = totalOf(nodeStatsView.columns, rows, 'nodes');
    assert.is((sums as { cpuUsedPercent?: number }).cpuUsedPercent, 50);
  });

  // Two of them, about devices, are there only if a node has some.
  test('fit into the 16 columns of nodes with -o wide', () =>
    assert.is(tableColumns(nodeStatsView.columns, true).length, 16));
});
