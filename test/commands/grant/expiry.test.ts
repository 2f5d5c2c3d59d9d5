import * as assert from 'uvu/assert';
import {
  bindingIn,
  knownBinding,
  knownRole,
  pairRule,
  putBinding,
  putRole,
  userOf,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const settings = { minor: 37 };
const stats = ['grant', '--profile', 'stats', '--subject', 'jane'];
const name = 'kubeletaccess:stats:user:jane';
const expiresMark = 'kubeletaccess/expires';

suite('grant for a while', (test) => {
  test('what is there for a while is no reason not to grant for good', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant', '--profile', 'readonly', '--subject', 'jane', '--for', '10m']);
      const { code, stderr } = await tool(stats);
      assert.is(code, 0);
      assert.not.match(stderr, 'nothing to do');
      assert.ok(bindingIn(sandbox, name));
      // For good it is one.
      await tool(['grant', '--profile', 'readonly', '--subject', 'bob']);
      const bob = await tool(['grant', '--profile', 'stats', '--subject', 'bob']);
      assert.match(
        bob.stderr,
        /^nothing to do: user:bob already has this access through ClusterRoleBi/,
      );
    }));

  test('an unchanged grant that ends, or has ended, says so, also with -o', () =>
    withSandbox(settings, async (_, tool) => {
      await tool([...stats, '--for', '1h']);
      for (const output of [[], ['-o', 'name']])
        assert.match(
          (await tool([...stats, ...output])).stderr,
          /^note: access of user:jane expires at \S+Z: --for sets another expiry, --permanent removes it\n$/,
        );
      await tool(['grant', '--for', '1s']);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const { code, stdout, stderr } = await tool(['grant']);
      assert.is(code, 0);
      assert.match(stdout, / unchanged\n.* unchanged\n$/);
      assert.match(stderr, /^note: access of user:Kubernetes expired at \S+Z: --for sets /);
    }));

  test('--for does not shorten a longer time', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool([...stats, '--for', '10h']);
      const before = bindingIn(sandbox, name);
      const { code, stderr } = await tool([...stats, '--for', '1m']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /^error: user:jane has access until \S+Z: --for would shorten it\nhint: revoke it first/,
      );
      assert.equal(bindingIn(sandbox, name), before);
    }));

  test('a time that cannot be read is told, and put right by --for', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool([...stats, '--for', '1h']);
      const annotations = bindingIn(sandbox, name)?.metadata.annotations;
      const put = (expires: string) =>
        putBinding(sandbox, name, 'kubeletaccess:stats', [userOf('jane')], {
          labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' },
          annotations: { ...annotations, [expiresMark]: expires },
        });
      put('{"user:jane":"tomorrow"}');
      assert.match(
        (await tool(stats)).stderr,
        /^note: cannot parse the expiry of user:jane \("tomorrow"\): --for sets another expiry/,
      );
      assert.is((await tool([...stats, '--for', '2h'])).code, 0);
      assert.match(bindingIn(sandbox, name)?.metadata.annotations?.[expiresMark] ?? '', /jane":"2/);
      put('tomorrow');
      assert.match(
        (await tool(stats)).stderr,
        /^note: cannot parse the expiry of user:jane: annotation /,
      );
      const lost = await tool([...stats, '--permanent', '--force']);
      assert.not.match(lost.stdout, 'configured');
      const binding = ['--binding-name', name, '--subject', 'bob', '--profile', 'stats'];
      const added = await tool(['grant', ...binding]);
      assert.is(added.code, 1);
      assert.match(
        added.stderr,
        /^error: cannot parse annotation kubeletaccess\/expires of ClusterRoleBinding kubeletaccess:stats:user:jane, and a /,
      );
    }));

  test('in a binding that is none of ours the profile is recorded beside the subject', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, knownRole, [pairRule]);
      putBinding(sandbox, knownBinding, knownRole, [userOf('kubernetes')]);
      await tool(['grant', '--for', '1s']);
      const metadata = bindingIn(sandbox, knownBinding)?.metadata;
      assert.is(metadata?.annotations?.['kubeletaccess/profile'], 'apiserver');
      assert.is(metadata?.labels, undefined);
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await tool(['revoke', '--expired']);
      assert.equal(bindingIn(sandbox, knownBinding)?.subjects, [userOf('kubernetes')]);
    }));

  for (const option of [['--for', '1h'], ['--permanent'], ['--prune']])
    test(`${option[0]} of what another binding gives anyway is done with a note`, () =>
      withSandbox(settings, async (sandbox, tool) => {
        allow(sandbox, 'jane', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]);
        const { code, stderr } = await tool([...stats, ...option]);
        assert.is(code, 0);
        assert.match(
          stderr,
          /^note: user:jane already has this access through ClusterRoleBinding for-jane, independently of this grant\n/,
        );
        assert.ok(bindingIn(sandbox, name));
      }));

  test('the role of the cluster that somebody is bound to makes --profile builtin redundant', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, 'system:kubelet-api-admin', [pairRule]);
      putBinding(sandbox, 'own', 'system:kubelet-api-admin', [userOf('Kubernetes')]);
      const { code, stdout, stderr } = await tool(['grant', '--profile', 'builtin']);
      assert.equal([code, stdout], [0, '']);
      assert.match(stderr, /^nothing to do: user:Kubernetes .* through ClusterRoleBinding own\n/);
    }));
});
