import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const settings = { minor: 37, cacheMs: { denied: 300, allowed: 600 } };

suite('--wait', (test) => {
  test('a right of the caller is awaited on the direct path', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const args = ['grant', '--profile', 'stats', '--subject', 'dev', '--wait=10s'];
      allow(sandbox, 'dev', [
        { apiGroups: ['*'], resources: ['*'], verbs: ['create', 'escalate', 'bind', 'list'] },
        { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], verbs: ['*'] },
      ]);
      const refused = ['curl', '/stats/summary', '--node', 'node-1'];
      assert.is((await tool(refused, 'dev')).code, 1);
      const { code, stderr } = await tool(args, 'dev');
      assert.is(code, 0, stderr);
      assert.match(stderr, /waiting for kubelets: 2\/2 nodes\n$/);
      assert.ok(sandbox.kubelets[0]?.requests.includes('GET /stats/'));
      assert.is((await tool(refused, 'dev')).code, 0);
    }));

  test('a right of somebody else cannot be awaited, which is said before anything is granted', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const { code, stderr } = await tool([
        ...['grant', '--profile', 'stats', '--subject', 'jane', '--wait'],
      ]);
      assert.is(code, 2);
      assert.match(
        stderr,
        /^error: --wait can check kubelets only as you or as kube-apiserver, not as user:jane\n/,
      );
      assert.equal(sandbox.store.list('clusterrolebindings'), []);
    }));

  test('a right of kube-apiserver is awaited as kube-apiserver, whatever the profile', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const stats = ['grant', '--profile', 'stats', '--subject', 'Kubernetes', '--wait=10s'];
      const { code, stderr } = await tool(stats);
      assert.is(code, 0, stderr);
      assert.ok(sandbox.kubelets[0]?.requests.includes('GET /stats/'));
    }));

  test('a node that is not there is not waited for, and nothing is granted', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const { code, stderr } = await tool(['grant', '--node', 'nosuch', '--wait']);
      assert.is(code, 1);
      assert.match(stderr, /^error: cannot wait for kubelets: node nosuch not found\n/);
      assert.equal(sandbox.store.list('clusterrolebindings'), []);
    }));

  test('nobody is taken for kube-apiserver because kubelets refuse it nothing', () =>
    withSandbox(settings, async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
      const jane = ['grant', '--subject', 'jane', '--allow-exec'];
      const { code, stderr } = await tool([...jane, '--wait=10s']);
      assert.is(code, 2);
      assert.match(stderr, /, not as user:jane\n/);
      assert.match((await tool(jane)).stdout, /kubeletaccess:apiserver:user:jane created\n$/);
    }));

  test('what another binding gives already is waited for all the same', () =>
    withSandbox({ minor: 37, cacheMs: { denied: 1500, allowed: 1500 } }, async (sandbox, tool) => {
      const ask = ['curl', '/healthz', '--node', 'node-1', '--via', 'apiserver'];
      assert.is((await tool(ask)).code, 1);
      allow(sandbox, 'Kubernetes', [
        { apiGroups: [''], resources: ['nodes/proxy', 'nodes/stats', 'nodes/log'], verbs: ['*'] },
        { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['*'] },
      ]);
      const { code, stderr } = await tool(['grant', '--wait=20s']);
      assert.is(code, 0, stderr);
      assert.match(stderr, /^nothing to do: .*\n.*\nwaiting for kubelets: /);
      assert.is((await tool(ask)).code, 0);
    }));

  test('a revoke by name is awaited as kube-apiserver, if that is the name', () =>
    withSandbox(settings, async (_, tool) => {
      await tool(['grant', '--wait=10s']);
      const { code, stderr } = await tool([...['revoke', '--subject', 'Kubernetes', '--wait=10s']]);
      assert.is(code, 0, stderr);
      assert.match(stderr, /waiting for kubelets: 2\/2 nodes\n$/);
    }));

  test('what another binding still allows is not waited for', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant']);
      allow(sandbox, 'Kubernetes', [
        { apiGroups: [''], resources: ['nodes/log'], verbs: ['get', 'list'] },
      ]);
      const { code, stdout, stderr } = await tool(['revoke', '--wait=10s']);
      assert.is(code, 1);
      assert.match(stdout, /deleted\n.* deleted\n/);
      assert.match(
        stderr,
        /error: kubelets will still allow this: user:Kubernetes can get nodes\/log through ClusterRoleBinding for-Kubernetes\n/,
      );
    }));

  test('where kubelets refuse nothing, no revoke could be awaited, and none is done', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant']);
      allow(sandbox, 'Kubernetes', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
      await new Promise((resolve) => setTimeout(resolve, settings.cacheMs.denied));
      const { code, stderr } = await tool(['revoke', '--wait=10s']);
      assert.is(code, 1);
      assert.match(stderr, /^error: nothing to wait for: /);
      assert.is(sandbox.store.list('clusterrolebindings').length, 2);
    }));
});
