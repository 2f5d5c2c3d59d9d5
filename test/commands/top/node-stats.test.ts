import * as assert from 'uvu/assert';
import { nodeStatsRow } from '../../../src/commands/top/node-stats.ts';
import type { NodeStats } from '../../../src/kubelet/bodies/stats-summary.ts';
import { suite } from '../../kit/suite.ts';
import { bodyText, recordedBodies, reported, summaryOf } from '../../kubelet/bodies/read-bodies.ts';

const rowOf = (node: Partial<NodeStats>) =>
  nodeStatsRow('n', { node: { nodeName: 'n', ...node } }, undefined);

suite('the row of a node', (test) => {
  test('has no pressure on cgroup v1, although the response of kubelet 1.37 contains 0', () => {
    const { summary, thresholds } = recordedBodies('1.37');
    assert.equal(reported(nodeStatsRow('node-1', summary, thresholds)), {
      node: 'node-1',
      cpuCores: 1.998579927,
      workingSetBytes: 5_721_174_016,
      rssBytes: 821_030_912,
      memoryAvailableBytes: 19_555_328_000,
      swapUsedBytes: 0,
      swapAvailableBytes: 0,
      networkReceivedBytes: 2_770_919_048,
      networkSentBytes: 7_817_004,
      networkTime: '2026-11-26T05:20:47Z',
      nodeFsUsedBytes: 42_823_278_592,
      nodeFsCapacityBytes: 270_553_174_016,
      nodeFsUsedPercent: 79.68,
      nodeFsInodesUsedPercent: 4.88,
      imageFsUsedBytes: 123_097_088,
      imageFsCapacityBytes: 270_553_174_016,
      imageFsUsedPercent: 79.68,
      imageFsInodesUsedPercent: 4.88,
      processes: 310,
      maxProcesses: 32_768,
      memoryHeadroomBytes: 19_450_470_400,
      memoryHeadroomPercent: 76.95,
      nodeFsHeadroomBytes: 27_914_697_940,
      nodeFsHeadroomPercent: 10.32,
      imageFsHeadroomBytes: 14_387_038_029,
      imageFsHeadroomPercent: 5.32,
      tightestSignal: 'imagefs.available',
      tightestHeadroomPercent: 5.32,
    });
  });

  test('has no inodes, processes, swap or pressure on Windows', () => {
    const row = nodeStatsRow('win-1', summaryOf(bodyText('summary-windows')), undefined);
    assert.equal(reported(row), {
      node: 'win-1',
      cpuCores: 0.25,
      workingSetBytes: 3_000_000_000,
      rssBytes: 0,
      memoryAvailableBytes: 5_500_000_000,
      networkReceivedBytes: 5_000_000,
      networkSentBytes: 3_000_000,
      networkTime: '2026-11-26T05:10:00Z',
      nodeFsUsedBytes: 60_000_000_000,
      nodeFsCapacityBytes: 100_000_000_000,
      nodeFsUsedPercent: 60,
      imageFsUsedBytes: 20_000_000_000,
      imageFsCapacityBytes: 100_000_000_000,
      imageFsUsedPercent: 60,
    });
  });

  test('has no headroom without /configz', () => {
    const row = nodeStatsRow('node-1', recordedBodies('1.37').summary, undefined);
    const keys = Object.keys(reported(row)).filter((key) => /Headroom|tightest/.test(key));
    assert.equal(keys, []);
  });

  test('has the share of time in which some tasks waited, and the share in which all tasks waited', () => {
    const psi = (some: number, full: number) => ({
      psi: { some: { avg10: some }, full: { avg10: full } },
    });
    assert.equal(reported(rowOf({ cpu: psi(1.5, 0), memory: psi(2, 1), io: psi(99.9, 50) })), {
      node: 'n',
      cpuPressureSomePercent: 1.5,
      cpuPressureFullPercent: 0,
      memoryPressureSomePercent: 2,
      memoryPressureFullPercent: 1,
      ioPressureSomePercent: 99.9,
      ioPressureFullPercent: 50,
    });
  });

  test('has no NaN or infinity', () => {
    const { node } = summaryOf(`{"node":{"nodeName":"n",
      "cpu":{"usageNanoCores":1e999,"psi":{"some":{"avg10":1e999}}},"memory":{"rssBytes":-5}}}`);
    assert.equal(reported(rowOf(node)), { node: 'n' });
  });

  test('has a container file system only if it differs from the file systems of the node and of images', () => {
    const nodeFs = { capacityBytes: 100, availableBytes: 90, inodes: 10, inodesFree: 9 };
    const imageFs = { ...nodeFs, capacityBytes: 200 };
    const third = { ...nodeFs, capacityBytes: 300, usedBytes: 5 };
    const found = (containerFs: NodeStats['fs']) => {
      const row = rowOf({ fs: nodeFs, runtime: { imageFs, containerFs } });
      return [
        row['containerFsCapacityBytes'],
        row['containerFsUsedBytes'],
        row['containerFsUsedPercent'],
      ];
    };
    assert.equal(found(third), [300, 5, 70]);
    assert.equal(found({ ...imageFs }), [undefined, undefined, undefined]);
    assert.equal(found({ ...nodeFs, usedBytes: 1 }), [undefined, undefined, undefined]);
  });

  test('has no inodes for CephFS, which reports the largest 64-bit number', () => {
    const { node } = summaryOf(`{"node":{"nodeName":"n","fs":{
      "inodes":18446744073709551615,"inodesFree":18446744073709551615,"usedBytes":1}}}`);
    assert.equal(reported(rowOf(node)), { node: 'n', nodeFsUsedBytes: 1 });
  });
});
