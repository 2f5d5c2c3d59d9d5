import * as assert from 'uvu/assert';
import { podStatsRows } from '../../../src/commands/top/pod-stats.ts';
import { suite } from '../../kit/suite.ts';
import {
  bodyText,
  recordedBodies,
  recordedVersions,
  reported,
  summaryOf,
} from '../../kubelet/bodies/read-bodies.ts';

suite('rows of pods', (test) => {
  for (const version of recordedVersions)
    test(`have usage, disk and owner: kubelet ${version}`, () => {
      const { summary, pods } = recordedBodies(version);
      const rows = podStatsRows('node-1', summary, pods);
      const writer = rows.find(({ owner }) => owner === 'Deployment/writer');
      const { cpuCores, workingSetBytes, rssBytes, ...row } = writer ?? {};
      assert.equal(reported(row), {
        namespace: 'default',
        pod: 'writer-66b6c48dd5-x2v8q',
        node: 'node-1',
        swapUsedBytes: 0,
        // A layer, a log and an emptyDir have 100 MiB each. The layers of the other containers have the rest.
        ephemeralUsedBytes: 326_918_144,
        ephemeralRequestedBytes: 2 * 1024 ** 3,
        ephemeralLimitBytes: 4 * 1024 ** 3,
        ephemeralInodesUsed: 1148,
        owner: 'Deployment/writer',
        containers: 3,
      });
      assert.equal(
        [cpuCores, workingSetBytes, rssBytes],
        version === '1.31'
          ? [0.079586847, 20_549_632, 499_712]
          : [0.083347934, 23_420_928, 516_096],
      );
    });

  test('have pressure if the node measures it', () => {
    const pressures = (body: string) =>
      podStatsRows('node-1', summaryOf(body), undefined).map(
        ({ cpuPressureSomePercent, memoryPressureFullPercent, ioPressureFullPercent }) => [
          cpuPressureSomePercent,
          memoryPressureFullPercent,
          ioPressureFullPercent,
        ],
      );
    const recorded = bodyText('summary-1.37');
    assert.equal(pressures(recorded), Array(2).fill([undefined, undefined, undefined]));
    // In the recorded response, the other pod has no pressure.
    assert.equal(pressures(recorded.replaceAll('"total": 0', '"total": 1'))[0], [0, 0, 0]);
  });

  test('have no owner and requests if /pods is missing or has another pod of this name', () => {
    const { summary } = recordedBodies('1.37');
    for (const pods of [undefined, new Map()])
      for (const row of podStatsRows('node-1', summary, pods))
        assert.equal([row['owner'], row['ephemeralRequestedBytes']], [undefined, undefined]);
  });

  test('have processes and network if they are reported', () => {
    const body = `{"node":{"nodeName":"n"},"pods":[{"podRef":{"name":"p","namespace":"s"},
      "network":{"name":"eth0","rxBytes":1,"txBytes":2},"process_stats":{"process_count":3}}]}`;
    assert.equal(podStatsRows('n', summaryOf(body), undefined).map(reported), [
      {
        namespace: 's',
        pod: 'p',
        node: 'n',
        networkReceivedBytes: 1,
        networkSentBytes: 2,
        processes: 3,
        containers: 0,
      },
    ]);
  });
});
