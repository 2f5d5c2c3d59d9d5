import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { kubeletApiAdmin } from '../../scripts/docs/profiles.ts';
import { everything, rbacRule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { dryRuns } from './dry-runs.ts';
import { leavingNothing } from './leaving-nothing.ts';
import {
  apiGroup,
  binding,
  bindingTitle,
  makeBinding,
  makeRole,
  rbac,
  role,
  rolePath,
  roleTitle,
  succeed,
  textOf,
} from './rbac.ts';
import { untilAllowed, withRole, withRules } from './roles.ts';
import type { World } from './world.ts';

export function writes(world: World): void {
  suite(`${world.title}: writes`, (each) => {
    const test = leavingNothing(world, each);

    test('neither a client dry run nor a server dry run writes anything', () => dryRuns(world));

    test('grant prints the missing permission to list nodes, and works with --subject', async () => {
      const rules = [rbacRule('clusterroles,clusterrolebindings,rolebindings')];
      await withRules(world, rules, async () => {
        const unnamed = await world.tool(['grant'], 'dev');
        assert.equal([unnamed.code, unnamed.stdout], [1, ''], textOf(unnamed));
        assert.match(
          unnamed.stderr,
          /^Error from server \(Forbidden\): nodes is forbidden: User "dev" cannot list resource "nodes"/,
        );
        const profile = ['--profile', 'readonly', '--subject', 'user:jane'];
        const named = await world.tool(['grant', ...profile], 'dev');
        assert.equal(
          [named.code, named.stdout.match(/ created$/gm)?.length],
          [0, 2],
          textOf(named),
        );
        assert.is((await world.tool(['revoke', ...profile], 'dev')).code, 0);
      });
    });

    test("grant creates kubeadm's binding with kubeadm's name", async () => {
      await withRole(world, 'system:kubelet-api-admin', kubeletApiAdmin, async () => {
        const client = ['--subject', 'user:kube-apiserver-kubelet-client', '--allow-exec'];
        const dry = ['--dry-run=client', '-o', 'yaml'];
        const { stdout } = await world.tool(['grant', '--profile', 'builtin', ...client, ...dry]);
        // The output has no ClusterRole, because kube-apiserver creates this role, and kubectl must not apply it.
        assert.equal(
          (loadAll(stdout) as { kind: string }[]).map(({ kind }) => kind),
          ['ClusterRoleBinding'],
        );
        const first = await world.tool(['grant', '--profile', 'builtin', ...client]);
        const names = [
          'clusterrole.rbac.authorization.k8s.io/system:kubelet-api-admin',
          'clusterrolebinding.rbac.authorization.k8s.io/kubeadm:apiserver-kubelet-client',
        ];
        assert.is(first.stdout, `${names[0]} unchanged\n${names[1]} created\n`, textOf(first));
        const path = `${rbac}/clusterrolebindings/kubeadm:apiserver-kubelet-client`;
        const { roleRef, subjects } = (await world.api('GET', path)).body as typeof binding;
        assert.equal(
          [roleRef, subjects],
          [
            { apiGroup, kind: 'ClusterRole', name: 'system:kubelet-api-admin' },
            [{ apiGroup, kind: 'User', name: 'kube-apiserver-kubelet-client' }],
          ],
        );
        await untilAllowed(world, 'kube-apiserver-kubelet-client', 'proxy');
        const pair = await world.tool(['grant', ...client]);
        assert.equal([pair.code, pair.stdout], [0, ''], textOf(pair));
        assert.match(
          pair.stderr,
          /^nothing to do: user:kube-apiserver-kubelet-client already has this access through ClusterRoleBinding kubeadm:apiserver-kubelet-client\n/,
        );
        const revoke = await world.tool(['revoke', '--profile', 'builtin', ...client.slice(0, 2)]);
        assert.is(revoke.stdout, `${names[1]} deleted\n`, textOf(revoke));
      });
    });

    test('grant does nothing for a group that has all permissions, unless --force is given', () =>
      withRole(world, 'cluster-admin', [everything], async () => {
        const admins = { apiGroup, kind: 'Group', name: 'kubeadm:cluster-admins' };
        await makeBinding(world, {
          ...binding,
          metadata: { name: 'kubeadm:cluster-admins' },
          roleRef: { ...binding.roleRef, name: 'cluster-admin' },
          subjects: [admins],
        });
        await untilAllowed(world, admins, 'proxy');
        const args = ['grant', '--subject', 'group:kubeadm:cluster-admins', '--allow-exec'];
        const first = await world.tool(args);
        assert.equal([first.code, first.stdout], [0, ''], textOf(first));
        assert.match(
          first.stderr,
          /^nothing to do: group:kubeadm:cluster-admins already has this access through ClusterRoleBinding kubeadm:cluster-admins\n/,
        );
        const own = 'kubeletaccess:apiserver:group:kubeadm:cluster-admins';
        const insisted = await world.tool([...args, '--force']);
        assert.match(insisted.stdout, `/${own} created\n`, textOf(insisted));
      }));

    test('grant does not change rules that are written differently but allow the same requests', async () => {
      const rules = role.rules.flatMap(({ resources, ...rule }) =>
        resources.map((resource) => ({ ...rule, resources: [resource, resource] })),
      );
      await makeRole(world, { ...role, rules });
      const { stdout, stderr } = await world.tool(['grant']);
      assert.is(stdout, `${roleTitle} unchanged\n${bindingTitle} created\n`, stderr);
      assert.equal(((await world.api('GET', rolePath)).body as typeof role).rules, rules);
    });

    test('a dry run on the server prints what the API server answers', async () => {
      const dry = ['--dry-run=server', '-o', 'yaml'];
      const { stdout } = await succeed(world, ['grant', ...dry]);
      for (const { metadata } of loadAll(stdout) as { metadata: Record<string, string> }[])
        assert.ok(metadata['uid'] && metadata['creationTimestamp'], stdout);
    });
  });
}
