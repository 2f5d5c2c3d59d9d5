import * as assert from 'uvu/assert';
import {
  binding,
  bindingIn,
  everything,
  ownMetadata,
  pairRule,
  put,
  recorded,
  recordedOf,
  role,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { exists, fails, mayDo, play, ran } from '../shared/pair/scenario.ts';

const stats = 'grant --profile stats --subject user:jane';
const name = 'kubeletaccess:stats:user:jane';
const expiresNote =
  /^note: access of user:jane expires at \S+Z: --for sets another expiry, --permanent removes it\n$/;

const secondPassed = () => new Promise((resolve) => setTimeout(resolve, 1_100));

suite('grant --for', (test) => {
  play(test, [
    {
      title: 'grants access without an expiry even if the subject has access that expires',
      given: [ran('grant --profile readonly --subject user:jane --for 10m')],
      args: stats,
      expected: {
        stderrNot: 'nothing to do',
        bindings: ['kubeletaccess:readonly:user:jane', name],
      },
      afterwards: [
        ran('grant --profile readonly --subject user:bob'),
        {
          args: 'grant --profile stats --subject user:bob',
          expected: {
            stderr: /^nothing to do: user:bob already has this access through ClusterRoleBi/,
          },
        },
      ],
    },
    {
      title: 'notes that an unchanged grant expires or has expired, also with -o',
      given: [ran(`${stats} --for 1h`)],
      args: stats,
      expected: { stderr: expiresNote },
      afterwards: [
        { args: `${stats} -o name`, expected: { stderr: expiresNote } },
        ran('grant --for 1s'),
        secondPassed,
        {
          args: 'grant',
          expected: {
            stdout: / unchanged\n.* unchanged\n$/,
            stderr: /^note: access of user:Kubernetes expired at \S+Z: --for sets /,
          },
        },
      ],
    },
    ...['--for 1h', '--permanent', '--prune'].map((option) => ({
      title: `grants access with ${option.split(' ')[0]} even if another binding grants it, and prints a note`,
      given: [mayDo('jane', everything)],
      args: `${stats} ${option}`,
      expected: {
        stderr:
          /^note: user:jane already has this access through ClusterRoleBinding for-jane, independently of this grant\n/,
        bindings: ['for-jane', name],
      },
    })),
    {
      title: 'grants access even if another binding grants it with an unreadable expiry',
      given: [
        exists(
          role('all', [everything]),
          binding('for-jane', 'all', [user('jane')], {
            annotations: { 'kubeletaccess/grant': '{"subjects":{"user:jane"' },
          }),
        ),
      ],
      args: stats,
      expected: { bindings: ['for-jane', name] },
    },
    {
      title:
        '--profile builtin does nothing if another binding already gives the subject the built-in role',
      given: [
        exists(
          role('system:kubelet-api-admin', [pairRule]),
          binding('own', 'system:kubelet-api-admin', [user('Kubernetes')]),
        ),
      ],
      args: 'grant --profile builtin',
      expected: {
        stdout: '',
        stderr: /^nothing to do: user:Kubernetes .* through ClusterRoleBinding own\n/,
      },
    },
    {
      title: 'does not create the role of --profile builtin, which kube-apiserver creates',
      args: 'grant --profile builtin',
      expected: fails(
        /^error: ClusterRole system:kubelet-api-admin not found; kube-apiserver creates it by default\nhint: use a profile with its own role, such as --profile apiserver\n/,
      ),
    },
  ]);

  test('reports an expiry that cannot be parsed, and replaces it', () =>
    withSandbox(async (sandbox, tool) => {
      const grant = (more = '') => tool(`${stats}${more}`.split(' '));
      const { labels } = ownMetadata('jane');
      const putRecord = (annotations: Record<string, string>) =>
        put(sandbox, binding(name, 'kubeletaccess:stats', [user('jane')], { labels, annotations }));
      await grant(' --for 1h');
      putRecord(recorded({ 'user:jane': { expires: 'tomorrow' } }, 'stats'));
      assert.match(
        (await grant()).stderr,
        /^note: cannot parse the expiry of user:jane \("tomorrow"\): --for sets another expiry/,
      );
      assert.is((await grant(' --for 2h')).code, 0);
      assert.match(recordedOf(bindingIn(sandbox, name), 'user:jane')?.expires ?? '', /^2/);
      putRecord({ 'kubeletaccess/grant': 'tomorrow' });
      assert.match(
        (await grant()).stderr,
        /^note: when the access of user:jane expires is unknown: cannot parse annotation kubeletaccess\/grant of /,
      );
      assert.not.match((await grant(' --permanent --force')).stdout, 'configured');
      const binds = ['--binding-name', name, '--subject', 'user:bob', '--profile', 'stats'];
      const added = await tool(['grant', ...binds]);
      assert.is(added.code, 1);
      assert.match(
        added.stderr,
        /^error: cannot parse annotation kubeletaccess\/grant of ClusterRoleBinding kubeletaccess:stats:user:jane, and a /,
      );
    }));
});
