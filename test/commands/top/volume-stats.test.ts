import * as assert from 'uvu/assert';
import type { Row } from '../../../src/commands/shared/fleet/outcome.ts';
import { sumRows } from '../../../src/commands/shared/rows/sum-rows.ts';
import { volumeStatsRows, volumeStatsView } from '../../../src/commands/top/volume-stats.ts';
import { totalOf } from '../../../src/text/total-rows.ts';
import { suite } from '../../kit/suite.ts';
import {
  recordedBodies,
  recordedVersions,
  reported,
  summaryOf,
} from '../../kubelet/bodies/read-bodies.ts';

suite('rows of volumes', (test) => {
  for (const version of recordedVersions)
    test(`include all reported volumes with types and claims: kubelet ${version}`, () => {
      const { summary, pods } = recordedBodies(version);
      const rows = volumeStatsRows('node-1', summary, pods);
      const claimUsed = version === '1.31' ? 42_914_394_112 : 42_844_250_112;
      assert.equal(
        rows.map(({ volume, type, claim, usedBytes }) => [volume, type, claim, usedBytes]),
        [
          ['data', 'emptyDir', undefined, 104_861_696],
          ['claim', 'persistentVolumeClaim', 'data-writer-0', claimUsed],
          ['info', 'downwardAPI', undefined, 4096],
          ['memory', 'emptyDir', undefined, 8_388_608],
        ],
      );
      assert.equal(reported(rows[3] ?? {}), {
        namespace: 'default',
        pod: 'writer-66b6c48dd5-x2v8q',
        volume: 'memory',
        node: 'node-1',
        type: 'emptyDir',
        capacityBytes: 16_777_216,
        availableBytes: 8_388_608,
        usedBytes: 8_388_608,
        usedPercent: 50,
        inodes: 3_085_510,
        inodesUsed: 2,
        inodesUsedPercent: 0,
        owner: 'Deployment/writer',
      });
    });

  test('count a claim once in sums, although several pods mount it', () => {
    const rows = [
      ['a', 'data', undefined],
      ['b', 'data', 7],
      ['c', 'data', 8],
      ['d', 'logs', 1],
      ['e', undefined, 2],
      ['f', undefined, 2],
    ].map(([pod, claim, usedBytes]): Row => ({ namespace: 's', pod, claim, usedBytes }));
    const { columns, countsOnce } = volumeStatsView;
    const other: Row = { ...rows[1], namespace: 't' };
    assert.equal(totalOf(columns, [...rows, other], 'volumes', countsOnce), {
      sums: { usedBytes: 19 },
      notes: ['note: 6 of 7 volumes report USED'],
    });
    const [sum] = sumRows(rows, columns, ['namespace'], countsOnce);
    assert.equal([sum?.['rows'], sum?.['usedBytes']], [6, 12]);
  });

  const rowOf = (volume: string) =>
    reported(
      volumeStatsRows(
        'n',
        summaryOf(
          `{"node":{"nodeName":"n"},"pods":[{"podRef":{"name":"p","namespace":"s"},"volume":[${volume}]}]}`,
        ),
        undefined,
      )[0] ?? {},
    );
  const pod = { namespace: 's', pod: 'p', node: 'n' };

  test('have no percentage of an absent value, such as the inodes of a block device', () => {
    assert.equal(rowOf('{"name":"v","capacityBytes":100,"usedBytes":0,"inodes":0}'), {
      ...pod,
      volume: 'v',
      capacityBytes: 100,
      usedBytes: 0,
      usedPercent: 0,
      inodes: 0,
    });
  });

  test('leave out inodes that CephFS reports as the largest 64-bit number', () => {
    assert.equal(rowOf('{"name":"v","inodes":18446744073709551615,"inodesUsed":7}'), {
      ...pod,
      volume: 'v',
      inodesUsed: 7,
    });
  });

  test('have the health that a driver reports', () => {
    assert.equal(rowOf('{"volumeHealthStats":{"abnormal":true}}'), { ...pod, abnormal: true });
  });
});
