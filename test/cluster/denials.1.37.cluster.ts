import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { suite } from '../kit/suite.ts';
import { currentCluster } from './current.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const kubectl = kubectlOf(cluster, dist);
const ask = () => kubectl(['get', '--raw', '/api/v1/nodes/node-2/proxy/metrics/probes']);

suite(`${cluster.version}: a kubelet with the default cache of denials`, (test) => {
  test('denies for half a minute after a grant, and grant --wait waits that long', async () => {
    await kubectl(['kubeletaccess', 'revoke']);
    // In other tests, kubelets forget denials after a second.
    await cluster.restartKubelet('node-2', (usual) => ({
      ...usual,
      authorization: { mode: 'Webhook' },
    }));
    try {
      assert.match((await ask()).stderr, /Forbidden/);
      assert.is((await kubectl(['kubeletaccess', 'grant'])).code, 0);
      assert.match((await ask()).stderr, /Forbidden/);
      const waited = await kubectl(['kubeletaccess', 'grant', '--wait=60s']);
      assert.is(waited.code, 0, waited.stderr);
      assert.is((await ask()).code, 0);
    } finally {
      await kubectl(['kubeletaccess', 'revoke']);
      await cluster.restartKubelet('node-2');
    }
  });
});
