import * as assert from 'uvu/assert';
import {
  bindingIn,
  groupOf,
  knownBinding,
  knownRole,
  pairRule,
  putBinding,
  putRole,
  rbacRule,
  rule,
  userOf,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const settings = { minor: 37 };
const asClient = ['grant', '--subject', 'Kubernetes', '--allow-exec'];
const kubeletApiAdmin = 'system:kubelet-api-admin';

suite('grant gives nobody else anything unasked', (test) => {
  for (const [flag, value] of [
    ['--node', 'node-1'],
    ['--role-name', 'other'],
  ] as const)
    test(`the cluster's own role cannot be narrowed or renamed: --profile builtin ${flag}`, () =>
      withSandbox(settings, async (sandbox, tool) => {
        putRole(sandbox, kubeletApiAdmin, [pairRule]);
        const jane = ['--subject', 'jane', '--allow-exec'];
        const { code, stderr } = await tool([
          ...['grant', '--profile', 'builtin', ...jane, flag, value],
        ]);
        assert.is(code, 2);
        assert.match(stderr, `ClusterRole ${kubeletApiAdmin}`);
        assert.equal(sandbox.apiServer.requests, []);
      }));

  test('a role that is not there is not made while other bindings would give it to others', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putBinding(sandbox, 'old', knownRole, [userOf('mallory'), groupOf('system:authenticated')]);
      putBinding(sandbox, knownBinding, knownRole, [userOf('kubernetes')]);
      const refused = await tool(['grant']);
      assert.equal([refused.code, refused.stdout], [1, '']);
      assert.match(
        refused.stderr,
        /^error: creating ClusterRole system:kube-apiserver-to-kubelet would also grant nodes\/proxy,.* \* to other subjects\nClusterRoleBinding old refers to it\n {2}with user:mallory, group:system:authenticated\nhint: re-run with --accept-wider/,
      );
      const crowd = await tool(['grant', '--accept-wider']);
      assert.match(
        crowd.stderr,
        /^error: group:system:authenticated would also get access through /,
      );
      const accepted = await tool(['grant', '--accept-wider', '--force']);
      assert.is(accepted.code, 0, accepted.stderr);
      assert.match(accepted.stderr, '\n    also for user:kubernetes, already in the binding\n');
    }));

  test('who may never have it does not get it by a role that is made or mended', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putBinding(sandbox, knownBinding, knownRole, [groupOf('system:unauthenticated')]);
      const { code, stderr } = await tool(['grant', '--accept-wider', '--force']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: group:system:unauthenticated would also get access through ClusterRoleBinding system:kube-apiserver, which is never allowed: /,
      );
    }));

  test('who may not list bindings makes the pair, and is told what was not looked at', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const pair = rbacRule(['get', 'create', 'bind', 'escalate'], 'clusterroles');
      allow(sandbox, 'dev', [pair, rbacRule(['get', 'create'], 'clusterrolebindings')]);
      const { code, stderr } = await tool(asClient, 'dev');
      assert.is(code, 0, stderr);
      assert.match(
        stderr,
        /\nnote: cannot check whether other bindings already refer to ClusterRole system:kube-apiserver-to-kubelet and would grant it to others: clusterrolebindings\.\S+ is forbidden: User "dev" cannot list /,
      );
    }));

  test('of everyone who would move along with --recreate none is somebody who may never have it', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const move = ['grant', '--recreate', '--all-subjects'];
      for (const subject of [userOf('system:anonymous'), groupOf('system:nodes')]) {
        putBinding(sandbox, knownBinding, 'view', [subject]);
        const { code, stderr } = await tool([...move, '--force']);
        assert.is(code, 1);
        assert.match(
          stderr,
          /would also get access through the recreated binding, which is never allowed: /,
        );
      }
      putBinding(sandbox, knownBinding, 'view', [groupOf('system:authenticated'), userOf('jane')]);
      assert.match(
        (await tool(move)).stderr,
        /through the recreated binding: it is the group of every authenticated user\n/,
      );
      const moved = await tool([...move, '--force']);
      assert.is(moved.code, 0, moved.stderr);
      assert.match(
        moved.stderr,
        '\n  + subject group:system:authenticated\n  + subject user:jane\n  + subject user:Kubernetes\n',
      );
    }));

  test('whoever is in a binding of another role is new to a role that holds more', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, knownRole, [pairRule, rule(['secrets'])]);
      putBinding(sandbox, knownBinding, 'view', [userOf('Kubernetes')]);
      const refused = await tool(['grant', '--recreate']);
      assert.is(refused.code, 1);
      assert.match(refused.stderr, /allows more than the profile\nextra rule: secrets \*\n/);
      assert.is((await tool(['grant', '--recreate', '--accept-wider'])).code, 0);
    }));

  test('whom grant recorded moves along only if that is said, and what else a binding bears stays', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const annotations = { note: 'y', 'kubeletaccess/subjects': '["user:eve"]' };
      const subjects = [userOf('eve'), userOf('Kubernetes')];
      putBinding(sandbox, knownBinding, 'view', subjects, { labels: { team: 'x' }, annotations });
      const refused = await tool(['grant', '--recreate']);
      assert.is(refused.code, 1);
      assert.match(refused.stderr, /\nsubject user:eve has it\n/);
      assert.is((await tool(['grant', '--recreate', '--all-subjects'])).code, 0);
      const made = bindingIn(sandbox, knownBinding);
      assert.equal(made?.subjects, subjects);
      assert.equal(made?.metadata.labels, {
        'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess',
        team: 'x',
      });
      assert.equal(made?.metadata.annotations, {
        note: 'y',
        'kubeletaccess/profile': 'apiserver',
        'kubeletaccess/subjects': '["user:eve","user:Kubernetes"]',
      });
    }));

  test('what --prune would take out of a role that is not ours, or from others, stays without --force', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, 'ops', [rule(['secrets'], ['get']), pairRule]);
      const prune = ['grant', '--role-name', 'ops', '--prune'];
      assert.match(
        (await tool(prune)).stderr,
        /^error: ClusterRole ops was not created by kubectl-kubeletaccess, and --prune would remove secrets get\n/,
      );
      putRole(sandbox, knownRole, [rule(['secrets'], ['get']), pairRule]);
      putBinding(sandbox, 'ops', knownRole, [groupOf('ops')]);
      const shared = await tool(['grant', '--prune']);
      assert.match(shared.stderr, /\nClusterRoleBinding ops refers to ClusterRole system:kube-/);
      assert.is((await tool(['grant', '--prune', '--force'])).code, 0);
    }));

  test("one of the cluster's own roles is not widened without --force", () =>
    withSandbox(settings, async (sandbox, tool) => {
      const labels = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
      putRole(sandbox, 'system:monitoring', [rule(['nodes/metrics'], ['get'])], { labels });
      const args = ['--role-name', 'system:monitoring', '--profile', 'stats', '--subject', 'jane'];
      const refused = await tool(['grant', ...args, '--accept-wider']);
      assert.is(refused.code, 1);
      assert.match(
        refused.stderr,
        /^error: ClusterRole system:monitoring is a built-in role and would be changed\n/,
      );
    }));
});

suite('grant leaves nothing half made', (test) => {
  test('who could not make a binding anew does not delete it', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, knownRole, [pairRule]);
      putRole(sandbox, 'view', [rule(['pods'], ['get'])]);
      putBinding(sandbox, knownBinding, 'view', [userOf('Kubernetes')]);
      const before = bindingIn(sandbox, knownBinding);
      const verbs = ['get', 'list', 'create', 'update', 'delete'];
      const rights = rbacRule(verbs, 'clusterroles', 'clusterrolebindings', 'rolebindings');
      allow(sandbox, 'dev', [rights]);
      const neither = await tool([...asClient, '--recreate'], 'dev');
      assert.is(neither.code, 1);
      assert.match(neither.stderr, /\nmissing: nodes\/proxy \*\n/);
      assert.not.match(neither.stderr, 'kubectl apply');
      allow(sandbox, 'dev', [rights, pairRule]);
      const back = await tool([...asClient, '--recreate'], 'dev');
      assert.is(back.code, 1);
      assert.match(
        back.stderr,
        /\nif recreating ClusterRoleBinding system:kube-apiserver failed, you could not restore it\nmissing: pods get\n/,
      );
      allow(sandbox, 'dev', [rbacRule(['get', 'list', 'delete'], '*')]);
      const dry = await tool([...asClient, '--recreate', '--dry-run=server'], 'dev');
      assert.is(dry.code, 1);
      assert.match(dry.stderr, /cannot create resource "clusterrolebindings"/);
      assert.equal(bindingIn(sandbox, knownBinding), before);
      allow(sandbox, 'dev', [rights, pairRule, rule(['pods'], ['get'])]);
      assert.is((await tool([...asClient, '--recreate'], 'dev')).code, 0);
    }));

  test('a role is not mended by escalate for a binding that lacks bind', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, knownRole, [rule(['nodes/stats'])]);
      const rights = [
        rbacRule(
          ['get', 'list', 'create', 'update'],
          ...['clusterroles', 'clusterrolebindings', 'rolebindings'],
        ),
        rbacRule(['escalate'], 'clusterroles'),
        rule(['nodes/stats']),
      ];
      allow(sandbox, 'dev', rights);
      const before = sandbox.store.get('clusterroles', knownRole);
      const { code, stdout, stderr } = await tool(asClient, 'dev');
      assert.equal([code, stdout], [1, '']);
      assert.match(
        stderr,
        /would be denied: you have neither "bind" on ClusterRole .*\nmissing: nodes\/pr/,
      );
      assert.equal(sandbox.store.get('clusterroles', knownRole), before);
      allow(sandbox, 'dev', [...rights, rbacRule(['bind'], 'clusterroles')]);
      assert.is((await tool(asClient, 'dev')).code, 0);
    }));
});
