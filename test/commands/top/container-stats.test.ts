import * as assert from 'uvu/assert';
import { containerStatsRows } from '../../../src/commands/top/container-stats.ts';
import { parsePods } from '../../../src/kubelet/bodies/pods.ts';
import { suite } from '../../kit/suite.ts';
import { recordedBodies, recordedVersions, reported } from '../../kubelet/bodies/read-bodies.ts';

suite('rows of containers', (test) => {
  for (const version of recordedVersions)
    test(`have the bytes of layer and logs, their limit, and the owner: kubelet ${version}`, () => {
      const { summary, pods } = recordedBodies(version);
      const rows = containerStatsRows('node-1', summary, pods);
      assert.equal(
        rows
          .map((row) => [
            row['container'],
            row['type'],
            row['layerUsedBytes'],
            row['logsUsedBytes'],
            row['ephemeralUsedBytes'],
            row['ephemeralLimitBytes'],
            row['owner'],
          ])
          .sort(),
        [
          ['layer', 'container', 106_881_024, 4096, 106_885_120, 1024 ** 3, 'Deployment/writer'],
          ['log', 'container', 2_023_424, 109_051_904, 111_075_328, 1024 ** 3, 'Deployment/writer'],
          ['main', 'container', 2_023_424, 0, 2_023_424, undefined, 'Pod/busy'],
          ['sidecar', 'sidecar', 2_023_424, 0, 2_023_424, 128 * 1024 ** 2, 'Deployment/writer'],
        ],
      );
    });

  test('have memory and CPU, but no available memory if the container has no limit', () => {
    const { summary } = recordedBodies('1.37');
    const main = containerStatsRows('node-1', summary, undefined).find(
      ({ container }) => container === 'main',
    );
    assert.equal(reported(main ?? {}), {
      namespace: 'default',
      pod: 'busy',
      container: 'main',
      node: 'node-1',
      cpuCores: 0.04730008,
      workingSetBytes: 20_594_688,
      rssBytes: 20_185_088,
      swapUsedBytes: 0,
      swapAvailableBytes: 0,
      layerUsedBytes: 2_023_424,
      layerInodesUsed: 282,
      logsUsedBytes: 0,
      ephemeralUsedBytes: 2_023_424,
    });
  });

  test('have the type container, init, sidecar or ephemeral', () => {
    const container = (name: string) => ({ name });
    const pod = {
      metadata: { name: 'p', namespace: 's', uid: 'u' },
      spec: {
        containers: [container('main')],
        initContainers: [container('first'), { name: 'side', restartPolicy: 'Always' }],
        ephemeralContainers: [container('debugger')],
      },
    };
    const { decoded } = parsePods(JSON.stringify({ kind: 'PodList', items: [pod] }));
    const containers = ['main', 'first', 'side', 'debugger', 'gone'].map(container);
    const stats = { podRef: { name: 'p', namespace: 's', uid: 'u' }, containers };
    const rows = containerStatsRows(
      'n',
      { node: { nodeName: 'n' }, pods: [stats] },
      decoded?.value,
    );
    assert.equal(
      rows.map(({ type }) => type),
      ['container', 'init', 'sidecar', 'ephemeral', undefined],
    );
  });
});
