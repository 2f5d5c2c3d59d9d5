import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

inVirtualTime();

suite('status', (test) => {
  test('a binding for another spelling of the user is drifted, and its subject is named', () =>
    withSandbox({ minor: 37 }, async (_, tool) => {
      await tool(
        'grant --subject user:kubernetes --allow-exec --role-name system:kube-apiserver-to-kubelet --binding-name system:kube-apiserver',
      );
      const { code, stdout } = await tool(['status']);
      assert.is(code, 3);
      assert.match(
        stdout,
        /clusterrolebinding\/system:kube-apiserver +drifted: lacks subject user:Kubernetes \(it has user:kubernetes\)/,
      );
    }));

  test('an invalid address of a node is one line of the table', () =>
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
      assert.match(stdout, /node-8 .*no address/);
      assert.match(stdout, /node-9 .*no address/);
    }));

  test('finds out the identity of kube-apiserver instead of assuming it', () =>
    withSandbox({ minor: 31, kubeletClient: 'apiserver-kubelet-client' }, async (_, tool) => {
      assert.match(
        (await tool(['status'])).stdout,
        /API server -> kubelets +apiserver-kubelet-client +forbidden/,
      );
      const { stdout, stderr } = await tool(['grant', '--dry-run=client', '-o', 'yaml']);
      assert.match(stdout, /name: apiserver-kubelet-client/);
      assert.is(stderr.includes('error'), false);
    }));

  test('access by another binding is reported, and exit 0', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const resources = ['proxy', 'stats', 'metrics', 'log'].map((name) => `nodes/${name}`);
      allow(sandbox, 'Kubernetes', [{ apiGroups: [''], resources, verbs: ['*'] }]);
      const { code, stdout } = await tool(['status']);
      assert.is(code, 0, stdout);
      assert.match(
        stdout,
        /something else allows it: user:Kubernetes has it through ClusterRoleBinding for-Kubernetes\n/,
      );
    }));

  test('partial access by another binding is reported by what is missing, and exit 3', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const rules = [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['*'] }];
      allow(sandbox, 'Kubernetes', rules);
      const { code, stdout } = await tool(['status']);
      assert.is(code, 3, stdout);
      assert.match(stdout, /\nget nodes\/proxy +allowed +allowed\n/);
      assert.match(stdout, /\nget nodes\/stats +denied +allowed\n/);
      assert.match(
        stdout,
        /\* kube-apiserver \(user:Kubernetes\) lacks get nodes\/stats, get nodes\/metrics, get nodes\/log\n +run: kubectl kubeletaccess grant\n/,
      );
    }));

  test('access that only the cache of a kubelet still allows is not ok', () =>
    withSandbox({ minor: 37, cacheMs: { denied: 100, allowed: 60_000 } }, async (_, tool) => {
      await tool(['grant']);
      await new Promise((resolve) => setTimeout(resolve, 150));
      assert.is((await tool(['status'])).code, 0);
      await tool(['revoke']);
      const { code, stdout } = await tool(['status']);
      assert.is(code, 1, stdout);
      assert.match(
        stdout,
        /nothing allows user:Kubernetes that access now, but kubelets still do: they cache permissions/,
      );
    }));

  test('a denial that only the cache of a kubelet still holds is reported as cached', () =>
    withSandbox({ minor: 37, cacheMs: { denied: 60_000, allowed: 60_000 } }, async (_, tool) => {
      await tool(['status']);
      await tool(['grant']);
      const { code, stdout } = await tool(['status']);
      assert.is(code, 3);
      assert.match(
        stdout,
        /user "Kubernetes" is allowed now, but kubelets cache denials for up to 30s/,
      );
    }));

  test('a kubelet that accepts no credential of kube-apiserver is not reported as forbidden', () =>
    withSandbox({ minor: 37, nodes: ['unauthorized'] }, async (_, tool) => {
      const { stdout } = await tool(['status']);
      assert.match(stdout, /API server -> kubelets +unknown +no credential accepted/);
      assert.match(
        stdout,
        /check its clientCAFile, and --kubelet-client-certificate of kube-apiserver/,
      );
    }));

  test('a cluster without nodes is unknown', () =>
    withSandbox({ minor: 37, nodes: [] }, async (_, tool) => {
      const { code, stdout } = await tool(['status']);
      assert.is(code, 1);
      assert.match(stdout, /the cluster has no nodes/);
    }));

  test('does not send a token to unverified kubelets, and says so', () =>
    withSandbox({ minor: 37, nodes: ['wrong-name'] }, async (sandbox, tool) => {
      const { stdout } = await tool(['status', '-k', '--via', 'direct'], 'token');
      assert.match(stdout, /caller -> kubelets +token-admin +not asked: a token is never sent/);
      assert.equal(
        sandbox.kubelets[0]?.requests.filter((line) => line.endsWith('/healthz')),
        [],
      );
    }));

  test('names the missing permission of each check for a caller without permissions', () =>
    withSandbox({ minor: 37 }, async (_, tool) => {
      const { code, stdout } = await tool(['status'], 'dev');
      assert.is(code, 1);
      for (const words of [
        /\* warning: cannot check nodes and their addresses: you lack permission to list nodes\n/,
        /\* warning: cannot check the ClusterRole and its binding: you lack permission to get clusterroles, /,
      ])
        assert.match(stdout, words);
      assert.not.match(stdout, /kubelets +\S+ +ok/);
    }));

  test('checks a named node through the API server where it cannot be read', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(['grant']);
      allow(sandbox, 'dev', [{ apiGroups: [''], resources: ['nodes/proxy'], verbs: ['get'] }]);
      await new Promise((resolve) => setTimeout(resolve, 350));
      const { code, stdout } = await tool(['status', '--node', 'node-2'], 'dev');
      assert.is(code, 0, stdout);
      assert.match(stdout, /\nnode-2 +<none> +<none> +not asked +ok\n/);
      assert.match(
        stdout,
        /cannot check nodes and their addresses: you lack permission to get nodes\n/,
      );
    }));

  test('does not report missing access to a caller who may not use the node proxy', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      allow(sandbox, 'dev', [
        { apiGroups: [''], resources: ['nodes'], verbs: ['list'] },
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['get'] },
      ]);
      const { code, stdout } = await tool(['status'], 'dev');
      assert.is(code, 1, stdout);
      assert.match(stdout, /caller -> API server +dev +forbidden: get nodes\/proxy\n/);
      assert.match(stdout, /this is about your permissions, not kube-apiserver's/);
    }));

  test('a node with an invalid address is one failed row', () =>
    withSandbox({ minor: 37, nodes: ['none'] }, async (sandbox, tool) => {
      const node = sandbox.store.get('nodes', 'node-1');
      assert.ok(node);
      for (const [index, address] of ['999.1.1.1', '[::1]', 'fe80::1%nowhere'].entries())
        sandbox.store.put('nodes', {
          ...node,
          metadata: { name: `odd-${index}` },
          status: { addresses: [{ type: 'InternalIP', address }] },
        });
      const { code, stdout } = await tool(['status', '--timeout', '2s']);
      assert.is(code, 3, stdout);
      assert.match(stdout, /node-1 .* ok +forbidden\n/);
    }));

  test('-o json and -o yaml print the same object', () =>
    withSandbox({ minor: 37 }, async (_, tool) => {
      const json = JSON.parse((await tool('status -o json')).stdout) as Record<string, unknown>;
      assert.equal(json['kind'], 'KubeletAccessReport');
      assert.equal(json['verdict'], 'access missing');
      const timeless = (text: string) => text.replaceAll(/"ms":\d+|"time":"[^"]+"/g, '');
      const yaml = load((await tool(['status', '-oyaml'])).stdout);
      assert.is(timeless(JSON.stringify(yaml)), timeless(JSON.stringify(json)));
    }));

  test('writes nothing', () =>
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

  test('lists a fleet of 400 nodes in pages', () =>
    withSandbox({ minor: 37, nodes: ['none'] }, async (sandbox, tool) => {
      const node = sandbox.store.get('nodes', 'node-1');
      assert.ok(node);
      for (let index = 1000; index < 1400; index += 1)
        sandbox.store.put('nodes', { ...node, metadata: { name: `fleet-${index}` } });
      const { stdout } = await tool(['status', '-o', 'json']);
      assert.is((JSON.parse(stdout) as { nodes: unknown[] }).nodes.length, 401);
      assert.is(
        sandbox.apiServer.requests.filter(({ line }) => line.startsWith('GET /api/v1/nodes?'))
          .length,
        3,
      );
    }));

  test('of another subject leaves out what concerns you alone, and certificates that will expire', () =>
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
