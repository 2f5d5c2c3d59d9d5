import * as assert from 'uvu/assert';
import { binding, bindingIn, put, rbacRule, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { deleted, exists, mayDo, play, ran } from '../shared/pair/scenario.ts';

const stats = 'grant --profile stats --subject user:jane';

suite('revoke: objects that other clients created or deleted', (test) => {
  play(test, [
    {
      title: 'warns that kubelets cache permissions after it removes a subject',
      given: [ran(stats), ran('grant --profile stats --subject user:bob')],
      args: 'revoke --profile stats --subject user:jane',
      expected: { stderr: /^note: kubelets cache permissions for up to 5m/m },
      afterwards: [
        {
          args: 'revoke --profile stats --subject user:bob --dry-run=server',
          expected: { stderrNot: /kubelets cache permissions/ },
        },
        {
          args: 'revoke --profile stats --subject user:bob',
          expected: { stderr: /^note: kubelets cache permissions for up to 5m/m },
        },
      ],
    },
    {
      title:
        'deletes a binding whose role is missing, because its subjects would get a new role with this name',
      given: [ran(`${stats} --role-name foo --binding-name mine`), deleted('clusterroles', 'foo')],
      args: 'revoke --all-profiles',
      expected: { stdout: /\/mine deleted\n/ },
    },
    {
      title: 'keeps a binding that grant did not create, even if grant added all of its subjects',
      given: [
        exists(
          role('ops', [rule('nodes/stats')]),
          binding('ops-team', 'ops', [], { labels: { team: 'ops' } }),
        ),
        ran(`${stats} --role-name ops --binding-name ops-team --accept-wider --force`),
      ],
      args: 'revoke --all-profiles',
      expected: { bindings: ['ops-team'], subjects: { 'ops-team': [] } },
    },
    {
      title: 'deletes with --subject only the role that an interrupted run left without a binding',
      given: [
        ran(stats),
        ran('grant --profile logs --subject user:jane --role-name mine --binding-name mine'),
        deleted('clusterrolebindings', 'kubeletaccess:stats:user:jane'),
        deleted('clusterrolebindings', 'mine'),
      ],
      args: 'revoke --profile stats --subject user:jane',
      expected: {
        stdout: 'clusterrole.rbac.authorization.k8s.io/kubeletaccess:stats deleted\n',
        stderrNot: /kubelets cache permissions/,
        roles: ['mine'],
      },
      afterwards: [
        { args: 'revoke --profile stats --subject user:jane', expected: { stdout: '' } },
        { args: 'revoke --profile logs --subject user:jane', expected: { roles: [] } },
      ],
    },
    {
      title:
        'prints a note if the caller may not list roles, and reads only the roles that bindings name',
      given: [
        ran('grant'),
        mayDo(
          'dev',
          rule('*', '*'),
          rbacRule('clusterroles', 'get,delete,update'),
          rbacRule('clusterrolebindings,rolebindings'),
        ),
      ],
      args: 'revoke',
      as: 'dev',
      expected: {
        stdout: /kube-apiserver deleted\n.*kube-apiserver-to-kubelet deleted\n/s,
        stderr: /note: cannot list clusterroles: /,
      },
    },
  ]);

  test('repeats the connection options, but no secrets, in the hint to revoke other grants', () =>
    withSandbox(async (sandbox, tool) => {
      const { admin } = sandbox.kubeconfigs;
      await tool(['grant']);
      await tool(['grant', '--subject', 'user:jane', '--allow-exec']);
      const { stderr } = await tool(['revoke', '--kubeconfig', admin, '--context', 'admin']);
      assert.match(
        stderr,
        `hint: to revoke that too: kubectl kubeletaccess revoke --kubeconfig ${admin} --context admin --profile apiserver\n`,
      );
      const server = ['--server', 'u:pSECRET@127.0.0.1:1/?token=tSECRET'];
      const failed = await tool(['grant', '--subject', 'user:jane', ...server]);
      assert.not.match(failed.stderr.replace(/^error: .*$/m, ''), /SECRET/);
    }));
});

suite('revoke --subject', (test) => {
  for (const more of [[], ['--profile', 'metrics']])
    test(`prints a note on access that remains by a binding of another client: ${more.join(' ') || 'all profiles'}`, () =>
      withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
        put(sandbox, role('theirs', [rule('nodes/metrics')]));
        put(sandbox, binding('theirs', 'theirs', [user('alice')]));
        const { code, stderr } = await tool(['revoke', '--subject', 'user:alice', ...more]);
        assert.match(
          stderr,
          'note: user:alice keeps nodes/metrics get by ClusterRoleBinding theirs: grant did not make it\n',
        );
        assert.is(code, 0, stderr);
      }));
});

const name = 'kubeletaccess:metrics:user:alice';

suite('revoke with an unreadable record', (test) => {
  for (const [args, code, isGone] of [
    ['--subject user:alice', 0, true],
    ['--subject user:alice --profile metrics', 0, true],
    ['--subject user:alice --profile stats', 0, false],
    ['--profile metrics', 3, false],
    ['--all-profiles', 3, false],
    ['--expired', 3, false],
  ] as const)
    test(`removes access or prints why it stays, and exits with ${code}: ${args}`, () =>
      withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
        await tool(['grant', '--profile', 'metrics', '--subject', 'user:alice']);
        const binding = bindingIn(sandbox, name);
        assert.ok(binding);
        const annotations = { ...binding.metadata.annotations, 'kubeletaccess/grant': 'garbage' };
        const metadata = { ...binding.metadata, annotations };
        put(sandbox, { kind: 'ClusterRoleBinding', ...binding, metadata } as never);
        const result = await tool(['revoke', ...args.split(' ')]);
        assert.is(result.code, code, result.stdout + result.stderr);
        assert.is(bindingIn(sandbox, name) === undefined, isGone, result.stderr);
        if (code === 3) assert.match(result.stderr, 'cannot parse annotation kubeletaccess/grant');
      }));
});
