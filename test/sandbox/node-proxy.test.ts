import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { worldOf } from './world.ts';

// Real clusters are compared with the sandbox fault by fault: test/cluster/scenarios.cluster.ts.
suite('the node proxy of the sandbox', (test) => {
  test('fails for a stopped kubelet and a deleted node in the words of kube-apiserver', () =>
    withSandbox({ nodes: ['stopped', 'deleted'] }, async (sandbox) => {
      const spec = { nodeName: 'node-2', containers: [{ name: 'gone' }] };
      const metadata = { name: 'gone', namespace: 'default' };
      sandbox.store.put('pods', { apiVersion: 'v1', kind: 'Pod', metadata, spec });
      const { api } = worldOf(sandbox);
      const refused = 'dial tcp 127.0.0.1:1: connect: connection refused';
      for (const [path, status, message] of [
        ['nodes/node-1/proxy/healthz', 503, `error trying to reach service: ${refused}`],
        [
          'namespaces/default/pods/web/log',
          500,
          `Get "https://127.0.0.1:1/containerLogs/default/web/web": ${refused}`,
        ],
        ['nodes/node-2/proxy/healthz', 404, 'nodes "node-2" not found'],
        ['namespaces/default/pods/gone/log', 404, 'pods "node-2" not found'],
      ] as const) {
        const { status: found, body } = await api('GET', `/api/v1/${path}`);
        assert.equal([found, (body as { message: string }).message], [status, message]);
      }
    }));
});
