import * as assert from 'uvu/assert';
import { openApi } from '../kit/api-client.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { worldOf } from './world.ts';

// Real clusters are compared with the sandbox fault by fault: test/cluster/scenarios.cluster.ts.
suite('the node proxy of the sandbox', (test) => {
  test('answers for a stopped kubelet and a deleted node as kube-apiserver does', () =>
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

suite('the kubelets of the sandbox', (test) => {
  test('treat requests without a credential as anonymous only with the fault `anonymous`', () =>
    withSandbox({ nodes: ['none', 'always-allow', 'anonymous'] }, async (sandbox) => {
      const answers = sandbox.kubelets.map(async ({ host, port }) => {
        const server = { ca: sandbox.authority.cert, rejectUnauthorized: false };
        const { status, text } = await openApi(`https://${host}:${port}`, server)('GET', '/logs/');
        return `${status} ${text}`;
      });
      assert.equal(await Promise.all(answers), [
        '401 Unauthorized',
        '401 Unauthorized',
        '403 Forbidden (user=system:anonymous, verb=get, resource=nodes, subresource(s)=[log])\n',
      ]);
    }));
});
