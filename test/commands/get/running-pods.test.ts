import * as assert from 'uvu/assert';
import { runningPodRows } from '../../../src/commands/get/running-pods.ts';
import { suite } from '../../kit/suite.ts';
import { podListOf, reported } from '../../kubelet/bodies/read-bodies.ts';

suite('pods that a container runtime runs', (test) => {
  test('are read from a body', () => {
    const rows = runningPodRows('node-1', podListOf('runningpods')).map(({ uid, ...row }) => ({
      ...reported(row),
      hasUid: uid !== undefined,
    }));
    const row = { node: 'node-1', containers: 1, hasUid: true };
    const byName = rows.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    assert.equal(
      byName,
      [
        { namespace: 'default', pod: 'web', ...row, containerNames: 'web' },
        { namespace: 'kube-system', pod: 'static-node-1', ...row, containerNames: 'c' },
      ].map(({ node, ...each }) => ({ ...each, node })),
    );
  });
});
