import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const stats = ['grant', '--profile', 'stats', '--subject', 'jane'];

suite('revoke, what others made or lost', (test) => {
  test('a binding whose role is gone is taken back: who made such a role anew would give it to its subjects', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool([...stats, '--role-name', 'foo', '--binding-name', 'mine']);
      sandbox.store.delete('clusterroles', 'foo');
      const { code, stdout } = await tool(['revoke', '--all-profiles']);
      assert.is(code, 0);
      assert.match(stdout, /\/mine deleted\n/);
    }));

  test("somebody else's binding is left, though all that is in it was granted", () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const common = { apiVersion: 'rbac.authorization.k8s.io/v1' };
      sandbox.store.put('clusterroles', {
        ...common,
        kind: 'ClusterRole',
        metadata: { name: 'ops' },
        rules: [{ apiGroups: [''], resources: ['nodes/stats'], verbs: ['get'] }],
      });
      sandbox.store.put('clusterrolebindings', {
        ...common,
        kind: 'ClusterRoleBinding',
        metadata: { name: 'ops-team', labels: { team: 'ops' } },
        roleRef: { kind: 'ClusterRole', name: 'ops' },
        subjects: [],
      });
      const names = ['--role-name', 'ops', '--binding-name', 'ops-team'];
      await tool([...stats, ...names, '--accept-wider', '--force']);
      await tool(['revoke', '--all-profiles']);
      assert.ok(sandbox.store.get('clusterrolebindings', 'ops-team'));
    }));

  test('a role that nobody is given stays where one subject was named, or where it is aggregated', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(stats);
      sandbox.store.delete('clusterrolebindings', 'kubeletaccess:stats:user:jane');
      const { stderr } = await tool(['revoke', '--profile', 'stats', '--subject', 'jane']);
      assert.ok(sandbox.store.get('clusterroles', 'kubeletaccess:stats'));
      assert.not.match(stderr, /kubelets cache permissions/);
      assert.is((await tool(['revoke', '--profile', 'stats'])).code, 0);
      assert.not.ok(sandbox.store.get('clusterroles', 'kubeletaccess:stats'));
    }));

  test('who may not list roles takes back what the bindings name, and is told what was not looked for', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      await tool(['grant']);
      allow(sandbox, 'dev', [
        { apiGroups: [''], resources: ['*'], verbs: ['*'] },
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles'],
          verbs: ['get', 'delete', 'update'],
        },
        {
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterrolebindings', 'rolebindings'],
          verbs: ['*'],
        },
      ]);
      const { code, stdout, stderr } = await tool(['revoke'], 'dev');
      assert.is(code, 0, stderr);
      assert.match(stdout, /kube-apiserver deleted\n.*kube-apiserver-to-kubelet deleted\n/s);
      assert.match(stderr, /note: cannot list clusterroles: /);
    }));

  test('a hint to take back more names the same cluster, and no secret', () =>
    withSandbox({ minor: 37 }, async (sandbox, tool) => {
      const { admin } = sandbox.kubeconfigs;
      await tool(['grant']);
      await tool(['grant', '--subject', 'jane', '--allow-exec']);
      const { stderr } = await tool(['revoke', '--kubeconfig', admin, '--context', 'admin']);
      assert.match(
        stderr,
        `hint: to revoke that too: kubectl kubeletaccess revoke --kubeconfig ${admin} --context admin --profile apiserver\n`,
      );
      const server = ['--server', 'u:pSECRET@127.0.0.1:1/?token=tSECRET'];
      const refused = await tool(['grant', '--subject', 'jane', ...server]);
      assert.not.match(refused.stderr.replace(/^error: .*$/m, ''), /SECRET/);
    }));
});
