import * as assert from 'uvu/assert';
import { flavours, type ManagedAccess } from '../../../src/kubelet/flavours.ts';
import { binding, bindingIn, knownBinding, label, put, role, rule, user } from '../../kit/rbac.ts';
import { concurrentSuite } from '../../kit/suite.ts';
import { type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import type { Fault } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';

const builtin = 'system:kubelet-api-admin';
const builtinRole = role(builtin, [rule('nodes'), rule('nodes/proxy,nodes/log,nodes/stats', '*')]);
const kubeadm = {
  client: 'kube-apiserver-kubelet-client',
  binding: 'kubeadm:apiserver-kubelet-client',
};

/** Runs a test on a cluster whose only node has the label `key`. */
const onCluster = (
  given: { readonly client?: string; readonly key?: string; readonly fault?: Fault },
  use: (sandbox: Sandbox, tool: Tool) => Promise<void>,
) =>
  withSandbox(
    { nodes: [given.fault ?? 'none'], kubeletClient: given.client ?? 'Kubernetes' },
    async (sandbox, tool) => {
      put(sandbox, builtinRole);
      if (given.key !== undefined) label(sandbox, 'nodes', 'node-1', { [given.key]: 'a' });
      await use(sandbox, tool);
    },
  );

const bindings = ({ store }: Sandbox) =>
  store.list('clusterrolebindings').map(({ metadata }) => metadata.name);

concurrentSuite('grant on clusters of known installers', (test) => {
  test("binds the cluster's own role to the kubelet client of kubeadm as kubeadm does", () =>
    onCluster({ client: kubeadm.client }, async (sandbox, tool) => {
      for (const state of ['created', 'unchanged']) {
        const { code, stdout, stderr } = await tool('grant');
        assert.is(code, 0, stderr);
        assert.match(
          stdout,
          `clusterrolebinding.rbac.authorization.k8s.io/${kubeadm.binding} ${state}\n`,
        );
        assert.match(
          stderr,
          `note: kubeadm gives this user its access by ClusterRoleBinding ${kubeadm.binding}; for a binding of its own beside that: --profile apiserver --force\n`,
        );
      }
      const bound = bindingIn(sandbox, kubeadm.binding);
      assert.equal([bound?.roleRef.name, bound?.subjects], [builtin, [user(kubeadm.client)]]);
    }));

  test('creates the usual role and binding on kubeadm if an option such as --profile or --node is given', () =>
    onCluster({ client: kubeadm.client }, async (sandbox, tool) => {
      for (const [options, name] of [
        ['--profile apiserver', knownBinding],
        ['--node node-1', `kubeletaccess:apiserver@node-1:user:${kubeadm.client}`],
      ] as const) {
        const { stdout, stderr } = await tool(`grant ${options} --dry-run=client`);
        assert.match(stdout, `/${name} created (dry run)\n`, options);
        assert.not.match(stderr, 'kubeadm gives');
      }
      assert.equal(bindings(sandbox), []);
    }));

  for (const [name, key] of [
    ['gke', 'cloud.google.com/gke-nodepool'],
    ['openshift', 'node.openshift.io/os_id'],
    ['gardener', 'worker.gardener.cloud/pool'],
  ] as const)
    test(`does not write objects that the manager of ${name} would revert, except with --force`, () => {
      const { client = '', access } = flavours[name];
      const { binding: own, manager } = access as ManagedAccess;
      return onCluster({ key, client }, async (sandbox, tool) => {
        for (const line of ['grant', 'grant --profile apiserver', 'grant --dry-run=client']) {
          const { code, stdout, stderr } = await tool(line);
          assert.equal([code, stdout], [1, ''], line);
          assert.match(stderr, `error: ${manager} gives kube-apiserver its access to kubelets by `);
          assert.match(stderr, `hint: kubectl get clusterrolebinding ${own} -o yaml\n`);
        }
        assert.equal(bindings(sandbox), []);
        put(sandbox, binding(own, builtin, [user(client)]));
        const { code, stdout, stderr } = await tool('grant');
        assert.equal([code, stdout], [0, '']);
        assert.match(stderr, ` access through ClusterRoleBinding ${own}; ${manager} manages it\n`);
        sandbox.store.delete('clusterrolebindings', own);
        assert.is((await tool('grant --force')).code, 0);
        assert.equal(bindings(sandbox), [knownBinding]);
      });
    });

  test('prints that there is nothing to do if kube-apiserver is in system:masters', () =>
    onCluster({ key: 'microk8s.io/cluster', fault: 'always-allow' }, async (sandbox, tool) => {
      const { code, stderr } = await tool('grant');
      assert.is(code, 0);
      assert.match(
        stderr,
        /^nothing to do: .* \(checked node-1\): on microk8s, it is in group system:masters\n/,
      );
      assert.equal(bindings(sandbox), []);
    }));

  test('does not ask virtual nodes for the name of the kubelet client, because grants have no effect on them', () =>
    onCluster({}, async (sandbox, tool) => {
      label(sandbox, 'nodes', 'node-1', { type: 'virtual-kubelet' });
      const { code, stderr } = await tool('grant');
      assert.is(code, 1);
      assert.match(stderr, ': a virtual node has its own permissions, whatever RBAC allows\n');
      assert.equal([bindings(sandbox), sandbox.apiServer.count('proxied')], [[], 0]);
    }));

  test('prints that no grant helps if another authorizer than RBAC denies the request', () =>
    withSandbox({ nodes: ['none'], inBetween: 'authorizer' }, async (sandbox, tool) => {
      const { code, stderr } = await tool('grant');
      assert.is(code, 1);
      assert.match(stderr, 'why: an authorizer beside RBAC denies it: no grant changes that\n');
      assert.not.match(stderr, 'clusterrole');
      assert.equal(bindings(sandbox), []);
    }));

  test('keeps the options of the command in the hint to force a grant', () =>
    withSandbox({ nodes: ['none'], kubeletClient: 'kube-apiserver' }, async (sandbox, tool) => {
      label(sandbox, 'nodes', 'node-1', { 'cloud.google.com/gke-nodepool': 'a' });
      const { stderr } = await tool('grant --context admin --for 1h');
      assert.match(stderr, /: kubectl kubeletaccess grant .*--context admin.*$/m);
    }));
});
