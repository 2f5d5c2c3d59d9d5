import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../../src/cli/argv.ts';
import { rerunCommand } from '../../../src/cli/rerun-command.ts';
import { catalog } from '../../../src/run.ts';
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
import { withSandbox } from '../../kit/with-sandbox.ts';

const settings = { minor: 37 };

suite('what grant says', (test) => {
  test('a hint to paste keeps what was asked for', () =>
    withSandbox(settings, async (sandbox, tool) => {
      const narrow = ['--for', '30m', '--node', 'node-1', '--binding-name', 'mine'];
      const { stderr } = await tool(['grant', ...narrow, '--subject', 'jane doe']);
      const all = narrow.join(' ');
      assert.match(
        stderr,
        `\nhint: to grant kube-apiserver access: kubectl kubeletaccess grant ${all}\n`,
      );
      assert.match(
        stderr,
        `\nhint: to grant user:jane doe access anyway: kubectl kubeletaccess grant ${all} --subject 'user:jane doe' --allow-exec\n`,
      );
      const context = ['grant', ...narrow, '--context', 'admin', '--subject', 'jane'];
      const command = / access anyway: kubectl kubeletaccess (.*)\n/.exec(
        (await tool(context)).stderr,
      )?.[1];
      assert.is((await tool((command ?? '').split(' '))).code, 0, command);
      assert.match(
        bindingIn(sandbox, 'mine')?.metadata.annotations?.['kubeletaccess/expires'] ?? '',
        /Z/,
      );
    }));

  test('so does one of several API servers, and where there is no node to ask', async () => {
    await withSandbox(
      { minor: 37, nodes: ['none'], kubeletClient: ['Kubernetes', 'kube-2'] },
      async (_, tool) => {
        const { stderr } = await tool(['grant', '--for', '1h']);
        for (const name of ['Kubernetes', 'kube-2'])
          assert.match(
            stderr,
            `: kubectl kubeletaccess grant --for 1h --subject user:${name} --allow-exec\n`,
          );
      },
    );
    await withSandbox({ minor: 37, nodes: [] }, async (_, tool) => {
      const { stderr } = await tool(['grant', '--for', '1h']);
      assert.match(
        stderr,
        '\nhint: if you know it: kubectl kubeletaccess grant --for 1h --subject user:NAME --allow-exec\n',
      );
    });
  });

  test('a repeated command holds no secret', async () => {
    const { given } = await parseCommandLine(
      [
        ...['grant', '--token', 's3cret', '--password=pw', '--proxy-url', 'http://me:pw@proxy:1'],
        ...['-shttps://me:pw@server', '--kubelet-proxy-url=socks5://me:pw@proxy:2?pw'],
        ...['--subject', 'jane', '--allow-exec', '--for', '1h'],
      ],
      catalog,
    );
    const without = ['--subject', '--allow-exec'];
    assert.is(
      rerunCommand('grant', given, { without, more: ['--subject', 'user:bob'] }),
      'kubectl kubeletaccess grant --token REDACTED --password REDACTED --proxy-url http://REDACTED@proxy:1 --server https://REDACTED@server --kubelet-proxy-url socks5://REDACTED@proxy:2 --for 1h --subject user:bob',
    );
  });

  test('names that come from the cluster do not command the terminal', () =>
    withSandbox(settings, async (sandbox, tool) => {
      putRole(sandbox, knownRole, []);
      const evil = userOf('evil\u001b]0;owned\u0007\n  - subject user:fake');
      putBinding(sandbox, knownBinding, knownRole, [evil, userOf('Kubernetes')]);
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 0, stderr);
      assert.match(
        stderr,
        String.raw`    also for user:evil\x1b]0;owned\x07\x0a  - subject user:fake, already in the binding`,
      );
      assert.not.match(stderr, '\u001b');
      const named = ['grant', '--profile', 'stats', '--subject', 'user:\u001b[2J'];
      const made = await tool(named);
      assert.not.match(made.stdout + made.stderr, '\u001b');
      assert.match(made.stdout, String.raw`stats:user:\x1b[2J created`);
      putBinding(sandbox, knownBinding, 'view', [userOf('x\nhint: run this')]);
      const refused = await tool(['grant', '--recreate']);
      assert.match(refused.stderr, String.raw`subject user:x\x0ahint: run this has it`);
    }));

  test('a name is not cut within a character', () =>
    withSandbox(settings, async (_, tool) => {
      const before = 'kubeletaccess:stats:user:'.length;
      const subject = `user:${'a'.repeat(199 - before)}\u{1f600}x`;
      const { code, stderr } = await tool(['grant', '--profile', 'stats', '--subject', subject]);
      assert.is(code, 0, stderr);
    }));

  test('nobody waits for kubelets because of labels', () =>
    withSandbox(settings, async (sandbox, tool) => {
      await tool(['grant']);
      putRole(sandbox, knownRole, [pairRule], {
        labels: { 'app.kubernetes.io/managed-by': 'kubectl-kubeletaccess' },
      });
      const { stdout, stderr } = await tool(['grant']);
      assert.match(stdout, /configured\n/);
      assert.not.match(stderr, 'kubelets cache denials');
    }));

  test('of a mixed fleet only the nodes of --node are told of, also with -o', () =>
    withSandbox({ minor: 31 }, async (_, tool) => {
      const readonly = ['grant', '--profile', 'readonly', '--subject', 'jane', '--node', 'node-1'];
      for (const output of [[], ['-o', 'yaml']])
        assert.match(
          (await tool([...readonly, ...output])).stderr,
          /^note: kubelets before 1\.33 require nodes\/proxy for .*, which profile readonly does not open there: node-1\n/,
        );
    }));

  test('kubelets that refuse nothing are named, and one that does not answer is no yes', async () => {
    await withSandbox({ minor: 37, nodes: ['always-allow'] }, async (_, tool) => {
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 0);
      assert.match(
        stderr,
        /^nothing to do: kube-apiserver already has full kubelet access \(checked node-1\); authorization mode is AlwaysAllow, or another binding grants it\n/,
      );
    });
    await withSandbox({ minor: 37, nodes: ['always-allow', 'none'] }, async (sandbox, tool) => {
      await sandbox.kubelets[1]?.stop();
      const { code, stderr } = await tool(['grant']);
      assert.is(code, 1);
      assert.match(
        stderr,
        /no kubelet named it\nnode-1: denies nothing\nnode-2: error trying to reach /,
      );
    });
  });

  for (const args of [
    ['--for', ''],
    ['--node', ''],
    ['--role-name', ''],
    ['--binding-name', '..'],
    ['--binding-name', '.'],
    ['--role-name', 'a/b'],
    ['--subject', 'serviceaccount:A B:c/d'],
    ['--wait', '--profile', 'checkpoint'],
  ])
    test(`exit 2, and nothing is asked: ${args.join(' ') || '(empty)'}`, () =>
      withSandbox(settings, async (sandbox, tool) => {
        const named = ['grant', '--profile', 'stats', '--subject', 'jane'];
        assert.is((await tool([...named, ...args])).code, 2);
        assert.equal(sandbox.apiServer.requests, []);
      }));
});
