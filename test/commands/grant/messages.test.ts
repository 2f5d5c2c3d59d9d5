import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../../src/cli/argv.ts';
import { rerunCommand } from '../../../src/cli/rerun-command.ts';
import { catalog } from '../../../src/run.ts';
import { binding, bindingIn, knownBinding, knownRole, put, role, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { play } from '../shared/pair/scenario.ts';

suite('messages of grant and revoke', (test) => {
  for (const command of ['grant', 'revoke'])
    test(`${command} suggests --subject for a --user that the kubeconfig does not have`, () =>
      withSandbox(async (_, tool) => {
        const { code, stderr } = await tool([command, '--profile', 'stats', '--user', 'jane doe']);
        assert.equal(
          [code, stderr],
          [
            1,
            `error: user "jane doe" does not exist\nhint: whom access is for: --subject 'user:jane doe'\nhint: available users: admin, dev, token\n`,
          ],
        );
      }));

  test('hints of grant repeat the options of the command line', () =>
    withSandbox(async (sandbox, tool) => {
      const narrow = ['--for', '30m', '--node', 'node-1'];
      const { stderr } = await tool(['grant', ...narrow, '--subject', 'user:jane doe']);
      const all = narrow.join(' ');
      for (const words of [
        `\nhint: to grant kube-apiserver access: kubectl kubeletaccess grant ${all}\n`,
        `\nhint: to let user:jane doe read from kubelets: kubectl kubeletaccess grant ${all} --profile readonly --subject 'user:jane doe'\n`,
      ])
        assert.match(stderr, words);
      const context = ['grant', ...narrow, '--context', 'admin', '--subject', 'user:jane'];
      const command = / read from kubelets: kubectl kubeletaccess (.*)\n/.exec(
        (await tool(context)).stderr,
      )?.[1];
      assert.is((await tool((command ?? '').split(' '))).code, 0, command);
      assert.ok(bindingIn(sandbox, 'kubeletaccess:readonly@node-1:user:jane'));
    }));

  test('hints of grant repeat the options if the cluster has no nodes', () =>
    withSandbox({ nodes: [] }, async (_, tool) => {
      const { stderr } = await tool(['grant', '--for', '1h']);
      assert.match(
        stderr,
        '\nhint: if you know it, from the certificate of its --kubelet-client-certificate: kubectl kubeletaccess grant --for 1h --subject user:NAME --allow-exec\n',
      );
    }));

  test('grant --for prints a note that Kubernetes does not expire access, with the command revoke --expired', () =>
    withSandbox(async (_, tool) => {
      const args = ['grant', '--profile', 'stats', '--subject', 'user:jane', '--for', '1h'];
      assert.match(
        (await tool(args)).stderr,
        /^note: Kubernetes will not expire this: run kubectl kubeletaccess revoke --expired after \S+Z \(a CronJob for it: kubectl kubeletaccess revoke --expired --print-cronjob\)$/m,
      );
    }));

  test('commands in hints contain no secrets', async () => {
    const { given } = await parseCommandLine(
      [
        ...['grant', '--token', 's3cret', '--password=pw', '--proxy-url', 'http://me:pw@proxy:1'],
        ...['-shttps://me:pw@server', '--kubelet-proxy-url=socks5://me:pw@proxy:2?pw'],
        ...['--subject', 'user:jane', '--allow-exec', '--for', '1h'],
      ],
      catalog,
    );
    const without = ['--subject', '--allow-exec'];
    assert.is(
      rerunCommand('grant', given, { without, more: ['--subject', 'user:bob'] }),
      'kubectl kubeletaccess grant --token REDACTED --password REDACTED --proxy-url http://REDACTED@proxy:1 --server https://REDACTED@server --kubelet-proxy-url socks5://REDACTED@proxy:2 --for 1h --subject user:bob',
    );
  });

  test('grant escapes control characters in names from the cluster', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role(knownRole, []));
      const evil = user('evil\u001b]0;owned\u0007\n  - subject user:fake');
      put(sandbox, binding(knownBinding, knownRole, [evil, user('Kubernetes')]));
      const { code, stderr } = await tool(['grant', '--force']);
      assert.is(code, 0, stderr);
      assert.match(
        stderr,
        String.raw`    also for user:evil\x1b]0;owned\x07\x0a  - subject user:fake, through ClusterRoleBinding`,
      );
      assert.not.match(stderr, '\u001b');
      const named = ['grant', '--profile', 'stats', '--subject', 'user:\u001b[2J'];
      const made = await tool(named);
      assert.not.match(made.stdout + made.stderr, '\u001b');
      assert.match(made.stdout, String.raw`stats:user:\x1b[2J created`);
      put(sandbox, binding(knownBinding, 'view', [user('x\nhint: run this')]));
      const refused = await tool(['grant']);
      assert.match(
        refused.stderr,
        String.raw`subject user:x\x0ahint: run this has ClusterRole view`,
      );
    }));

  const before = 'kubeletaccess:stats:user:'.length;
  const longName = `${'a'.repeat(199 - before)}\u{1f600}x`;
  play(test, [
    {
      title: 'grant accepts a subject whose binding name must be shortened within a surrogate pair',
      args: `grant --profile stats --subject user:${longName}`,
      expected: {},
    },
  ]);

  test('grant --node prints a note on old kubelets only for the given nodes, also with -o', () =>
    withSandbox({ minor: 31 }, async (_, tool) => {
      const readonly = 'grant --profile readonly --subject user:jane --node node-1';
      for (const output of ['', ' -o yaml'])
        assert.match(
          (await tool(readonly + output)).stderr,
          /^note: kubelets before 1\.33 .* does not open there: node-1\n/,
        );
    }));

  test('grant names the kubelets that allow everything', () =>
    withSandbox({ nodes: ['always-allow'] }, async (_, tool) => {
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 0);
      assert.match(
        stderr,
        /^nothing to do: kube-apiserver already has full kubelet access \(checked node-1\): it is in group system:masters, another binding grants it, or kubelets have authorization mode AlwaysAllow\n/,
      );
    }));
});
