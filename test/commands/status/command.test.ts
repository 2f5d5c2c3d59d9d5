import * as assert from 'uvu/assert';
import { binding, knownBinding, knownRole, pairRule, put, role, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

inVirtualTime();

suite('status', (test) => {
  test('names the subject of a binding that is spelled unlike the user name', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      put(
        sandbox,
        role(knownRole, [pairRule]),
        binding(knownBinding, knownRole, [user('kubernetes')]),
      );
      const { code, stdout } = await tool(['status']);
      assert.is(code, 3);
      assert.match(
        stdout,
        /clusterrolebinding\/system:kube-apiserver +drifted: lacks subject user:Kubernetes \(it has user:kubernetes\)/,
      );
    }));

  test('prints "no-address" for a node with an invalid address or port', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      for (const [name, address, Port] of [
        ['node-8', '10.0.0.1\r\nX: y', 10250],
        ['node-9', '10.0.0.1', 70_000],
      ] as const)
        sandbox.store.put('nodes', {
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name },
          status: {
            addresses: [{ type: 'InternalIP', address }],
            daemonEndpoints: { kubeletEndpoint: { Port } },
          },
        });
      const { code, stdout, stderr } = await tool(['status', '--timeout', '2s']);
      assert.ok(code !== 70, stderr);
      assert.match(stdout, /node-8 .*no-address/);
      assert.match(stdout, /node-9 .*no-address/);
    }));

  test('sends only GETs and access reviews', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(['status']);
      const writes = sandbox.apiServer.requests
        .map(({ line }) => line)
        .filter((line) => !line.startsWith('GET '));
      assert.equal([...new Set(writes.map((line) => line.replace(/^POST .*\//, '')))].sort(), [
        'selfsubjectaccessreviews',
        'selfsubjectreviews',
        'subjectaccessreviews',
      ]);
    }));

  test('--subject reports neither failures of the caller nor certificates that expire soon', () =>
    withSandbox(
      { nodes: ['none', 'expires-soon', 'self-signed'], verifyKubelets: false },
      async (_, tool) => {
        await tool('grant');
        const own = await tool('status');
        assert.match(own.stdout, 'the serving certificate expires');
        assert.match(own.stdout, 'this affects only you');
        const { stdout } = await tool('status --subject user:jane --profile stats');
        assert.match(stdout, 'user:jane');
        assert.not.match(stdout, 'the serving certificate expires');
        assert.not.match(stdout, 'this affects only you');
      },
    ));
});
