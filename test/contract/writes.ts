import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { kubeletApiAdmin } from '../../scripts/docs/profiles.ts';
import { everything, rbacRule, recordedOf } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { dryRuns } from './dry-runs.ts';
import { leavingNothing } from './leaving-nothing.ts';
import {
  allRbac,
  apiGroup,
  binding,
  bindingPath,
  bindingTitle,
  granted,
  makeBinding,
  makeRole,
  put,
  rbac,
  remove,
  revoked,
  role,
  rolePath,
  roleTitle,
  stranger,
  succeed,
  textOf,
  viewRef,
} from './rbac.ts';
import { untilAllowed, withRole, withRules } from './roles.ts';
import type { World } from './world.ts';

export function writes(world: World): void {
  suite(`${world.title}: writes`, (each) => {
    const test = leavingNothing(world, each);

    test('neither a client dry run nor a server dry run writes anything', () => dryRuns(world));

    test('grant keeps a binding of another role, and lists the access that deleting it would remove', async () => {
      const subjects = [...binding.subjects, stranger];
      await makeBinding(world, { ...binding, roleRef: viewRef, subjects });
      const before = (await world.api('GET', bindingPath)).body;
      const refused = await world.tool(['grant']);
      assert.equal([refused.code, refused.stdout], [1, ''], textOf(refused));
      assert.match(
        refused.stderr,
        /system:kube-apiserver refers to ClusterRole view, not system:kube-apiserver-to-kubelet, and roleRef is immutable\n/,
      );
      assert.match(refused.stderr, /\nsubject user:stranger has ClusterRole view by it\n/);
      assert.match(refused.stderr, /: kubectl delete clusterrolebinding system:kube-apiserver\n/);
      assert.is((await world.api('GET', rolePath)).status, 404);
      assert.equal((await world.api('GET', bindingPath)).body, before);
      const revoke = await world.tool(['revoke']);
      assert.match(revoke.stderr, /system:kube-apiserver kept: it refers to ClusterRole view\n/);
    });

    test('grant refuses to create a role that an existing binding would give to another subject', async () => {
      const other = { name: 'left-behind' };
      await makeBinding(world, { ...binding, metadata: other, subjects: [stranger] });
      try {
        const refused = await world.tool(['grant']);
        assert.equal([refused.code, refused.stdout], [1, ''], textOf(refused));
        assert.match(
          refused.stderr,
          /\nClusterRoleBinding left-behind refers to it\n {2}with user:stranger\nhint: re-run with --accept-wider/,
        );
        await succeed(world, ['grant', '--accept-wider']);
      } finally {
        await remove(world, `${rbac}/clusterrolebindings/left-behind`);
      }
    });

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

    test('revoke warns before it removes the access of the caller', async () => {
      const rules = [rbacRule('clusterroles,clusterrolebindings,rolebindings')];
      await withRules(world, rules, async () => {
        const who = ['--profile', 'stats', '--subject', 'user:dev'];
        await world.tool(['grant', ...who]);
        const { stderr } = await world.tool(['revoke', ...who], 'dev');
        assert.match(
          stderr,
          /^warning: this removes your own access \(you are user:dev\)\n {2}- subject user:dev\n/,
        );
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
        assert.is(revoke.stdout, `${names[1]} deleted\n${names[0]} unchanged\n`, textOf(revoke));
      });
    });

    test('grant does nothing for a group that has all permissions, unless --even-if-redundant is given', () =>
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
        const insisted = await world.tool([...args, '--even-if-redundant']);
        assert.match(insisted.stdout, `/${own} created\n`, textOf(insisted));
      }));

    test('grant adds no permission beyond the request, directly or through other bindings', async () => {
      const args = ['grant', '--profile', 'stats', '--subject'];
      const path = `${rbac}/clusterroles/kubeletaccess:stats`;
      await world.tool([...args, 'user:jane']);
      const found = (await world.api('GET', path)).body as typeof role;
      const extra = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
      await put(world, path, { ...found, rules: [...found.rules, extra] });
      const wider = await world.tool([...args, 'user:joe']);
      assert.equal([wider.code, wider.stdout], [1, ''], textOf(wider));
      assert.match(wider.stderr, /\nextra rule: secrets get\n/);
      const again = await world.tool([...args, 'user:jane']);
      assert.not.match(again.stdout, 'configured', textOf(again));
      // If grant added the missing rules to the role, another binding would also give them to Jane.
      const lacking = (await world.api('GET', path)).body as typeof role;
      await put(world, path, { ...lacking, rules: lacking.rules.slice(1, 2) });
      const shared = await world.tool([...args, 'user:joe']);
      assert.equal([shared.code, shared.stdout], [1, ''], textOf(shared));
      assert.match(
        shared.stderr,
        /\nClusterRoleBinding kubeletaccess:stats:user:jane refers to it\n/,
      );
      assert.is((await world.tool([...args, 'user:joe', '--accept-wider'])).code, 0);
      const both = (await world.api('GET', path)).body as typeof role;
      assert.equal(both.rules.map(({ resources }) => resources).sort(), [
        ['nodes'],
        ['nodes/stats'],
      ]);
    });

    test('revoke removes the grants of all profiles and nothing else', async () => {
      const jane = ['--subject', 'user:jane'];
      for (const args of [
        [],
        ['--profile', 'metrics', ...jane],
        ['--profile', 'logs', '--node', 'node-1', ...jane],
        ['--profile', 'stats', ...jane],
        ['--profile', 'stats', '--subject', 'group:ops'],
      ])
        assert.is((await world.tool(['grant', ...args])).code, 0);
      const path = `${rbac}/clusterroles/kubeletaccess:metrics`;
      const found = (await world.api('GET', path)).body as typeof role;
      const extra = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
      await put(world, path, { ...found, rules: [...found.rules, extra] });
      const first = await world.tool(['revoke', '--profile', 'stats', ...jane]);
      assert.is(
        first.stdout,
        'clusterrolebinding.rbac.authorization.k8s.io/kubeletaccess:stats:user:jane deleted\nclusterrole.rbac.authorization.k8s.io/kubeletaccess:stats unchanged\n',
        textOf(first),
      );
      const all = await succeed(world, ['revoke', '--all-profiles']);
      assert.match(all.stderr, /kubeletaccess:metrics kept: rules were added to it\n/);
      const names = JSON.stringify(await allRbac(world)).match(
        /(kubeletaccess:|system:kube-apiserver)[^@"]*/g,
      );
      assert.equal(names, ['kubeletaccess:metrics']);
    });

    test('grant does not change rules that are written differently but allow the same requests', async () => {
      const rules = role.rules.flatMap(({ resources, ...rule }) =>
        resources.map((resource) => ({ ...rule, resources: [resource, resource] })),
      );
      await makeRole(world, { ...role, rules });
      const { stdout, stderr } = await world.tool(['grant']);
      assert.is(stdout, `${roleTitle} unchanged\n${bindingTitle} created\n`, stderr);
      assert.equal(((await world.api('GET', rolePath)).body as typeof role).rules, rules);
    });

    test('grant binds an aggregated role that allows enough, and does not change the role', async () => {
      const name = 'kubeletaccess:metrics';
      const aggregationRule = {
        clusterRoleSelectors: [{ matchLabels: { 'writes-test': 'none' } }],
      };
      const rules = [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }];
      await makeRole(world, { ...role, metadata: { name }, rules, aggregationRule });
      const before = await allRbac(world);
      const args = ['grant', '--profile', 'metrics', '--subject', 'user:jane'];
      const refused = await world.tool([...args, '--force', '--accept-wider']);
      assert.equal([refused.code, refused.stdout], [1, ''], textOf(refused));
      assert.match(
        refused.stderr,
        /^error: ClusterRole kubeletaccess:metrics lacks nodes get,list, but it is an aggregated role and cannot be edited\n/,
      );
      assert.equal(await allRbac(world), before);
      const path = `${rbac}/clusterroles/${name}`;
      const found = (await world.api('GET', path)).body as typeof role;
      const nodes = { apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list'] };
      await put(world, path, { ...found, rules: [...rules, nodes] });
      const bound = await world.tool(args);
      assert.match(bound.stdout, /metrics unchanged\n.*:jane created\n$/, textOf(bound));
    });

    test('grant removes extra rules and subjects with --prune, and restores lost annotations', async () => {
      await world.tool(['grant']);
      const foundRole = (await world.api('GET', rolePath)).body as typeof role;
      const extra = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
      const { labels } = role.metadata;
      await put(world, rolePath, {
        ...foundRole,
        metadata: { ...foundRole.metadata, annotations: {} },
        rules: [...role.rules, extra],
      });
      const found = (await world.api('GET', bindingPath)).body as typeof binding;
      await put(world, bindingPath, { ...found, subjects: [stranger, ...found.subjects] });
      granted(await world.tool(['grant']), 'configured', 'unchanged');
      const marked = (await world.api('GET', rolePath)).body as typeof role;
      assert.equal(marked.metadata.annotations, role.metadata.annotations);
      assert.equal([marked.metadata.labels, marked.rules], [labels, [...role.rules, extra]]);
      const pruned = await world.tool(['grant', '--prune']);
      granted(pruned, 'configured', 'configured');
      assert.match(pruned.stderr, /\n {2}- pods get\n {2}- subject user:stranger\n/);
      assert.equal(((await world.api('GET', rolePath)).body as typeof role).rules, role.rules);
      assert.equal(
        ((await world.api('GET', bindingPath)).body as typeof binding).subjects,
        binding.subjects,
      );
    });

    test('grant changes objects of Helm only with --force', async () => {
      const metadata = {
        ...role.metadata,
        annotations: { 'meta.helm.sh/release-name': 'kube' },
        labels: { 'app.kubernetes.io/managed-by': 'Helm' },
      };
      await makeRole(world, { ...role, metadata, rules: [] });
      const before = await allRbac(world);
      const refused = await world.tool(['grant']);
      assert.equal([refused.code, refused.stdout], [1, ''], textOf(refused));
      assert.match(refused.stderr, /is managed by Helm release kube and would be changed\n/);
      assert.equal(await allRbac(world), before);
      assert.is((await world.tool(['grant', '--force'])).code, 0);
      const { rules } = (await world.api('GET', rolePath)).body as typeof role;
      assert.equal(
        rules.flatMap(({ resources }) => resources),
        role.rules.flatMap(({ resources }) => resources),
      );
    });

    test('revoke keeps a role that a RoleBinding refers to', async () => {
      await world.tool(['grant']);
      const path = `${rbac}/namespaces/default/rolebindings`;
      const made = await world.api('POST', path, {
        ...binding,
        kind: 'RoleBinding',
        // A RoleBinding may have the same name as the ClusterRoleBinding.
        metadata: { name: binding.metadata.name },
        subjects: [stranger],
      });
      assert.is(made.status, 201);
      try {
        const kept = await world.tool(['revoke']);
        revoked(kept, 'deleted', 'unchanged');
        assert.match(
          kept.stderr,
          /kept: it is referenced by RoleBinding default\/system:kube-apiserver\n/,
        );
      } finally {
        await world.api('DELETE', `${path}/${binding.metadata.name}`);
      }
      revoked(await world.tool(['revoke']), 'unchanged', 'deleted');
    });

    test('grant extends and removes an expiry; revoke --expired removes expired access', async () => {
      const who = ['--profile', 'stats', '--subject', 'user:jane'];
      const path = `${rbac}/clusterrolebindings/kubeletaccess:stats:user:jane`;
      const expiry = async () => {
        const { body } = await world.api('GET', path);
        return recordedOf(body as typeof binding, 'user:jane')?.expires;
      };
      await world.tool(['grant', ...who, '--for', '1h']);
      const first = await expiry();
      const extended = await world.tool(['grant', ...who, '--for', '2h']);
      const second = await expiry();
      assert.match(
        extended.stderr,
        `\n  ~ subject user:jane expires ${second} (was ${first})\n`,
        textOf(extended),
      );
      const hours = Date.parse(second ?? '') - Date.parse(first ?? '');
      assert.ok(hours >= 3_600_000 && hours < 3_700_000, `${first} to ${second}`);
      const same = await world.tool(['grant', ...who]);
      assert.match(same.stdout, /user:jane unchanged\n$/, textOf(same));
      const permanent = await world.tool(['grant', ...who, '--permanent']);
      assert.match(permanent.stderr, `~ subject user:jane no longer expires (was ${second})\n`);
      assert.is(await expiry(), undefined);
      const shorter = await world.tool(['grant', ...who, '--for', '1h']);
      assert.equal([shorter.code, shorter.stdout], [1, ''], textOf(shorter));
      await world.tool(['revoke', ...who]);

      await world.tool(['grant', ...who, '--for', '1s']);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const over = await world.tool(['revoke', '--expired']);
      assert.is(over.stdout.match(/ deleted$/gm)?.length, 2, textOf(over));
    });
  });
}
