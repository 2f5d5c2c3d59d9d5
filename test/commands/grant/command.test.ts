import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { parseCommandLine } from '../../../src/cli/argv.ts';
import { rerunCommand } from '../../../src/cli/rerun-command.ts';
import type { ClusterRole } from '../../../src/objects.ts';
import { catalog } from '../../../src/run.ts';
import { onRequest } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

const isReal = '(?!.*dryRun)';

// What grant prints and does is in ../shared/pair/transcripts.test.ts.
suite('grant', (test) => {
  test('sends no write with --dry-run=client, not even to find missing permissions', () =>
    withSandbox(async (sandbox, tool) => {
      const line = 'grant --subject user:Kubernetes --allow-exec --dry-run=client';
      const { code, stderr } = await tool(line, 'dev');
      assert.is(code, 1);
      // The role and the binding are requested at the same time, and either may be denied first.
      assert.match(
        stderr,
        /^Error from server \(Forbidden\): .*\nmissing: clusterrole(?:binding)?s\.\S+ get /,
      );
      assert.ok(sandbox.apiServer.requests.every(({ line }) => line.startsWith('GET ')));
    }));

  test('prints with -o yaml the objects as the API server answered them, also of its dry run', () =>
    withSandbox(async (sandbox, tool) => {
      for (const more of [' --for 1h', '']) {
        const written = await tool(`grant --profile stats --subject user:jane${more} -o yaml`);
        const there = sandbox.store.get('clusterrolebindings', 'kubeletaccess:stats:user:jane');
        assert.equal((loadAll(written.stdout) as unknown[])[1], there);
      }
      const dry = await tool('grant --profile logs --subject user:bob --dry-run=server -o yaml');
      for (const { metadata } of loadAll(dry.stdout) as ClusterRole[])
        assert.ok(metadata.uid && metadata.creationTimestamp, dry.stdout);
    }));

  test('has no secrets in the commands of its hints', async () => {
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

  for (const [when, line, expected, nth] of [
    [
      'before the second write lists the first',
      new RegExp(`^POST ${isReal}.*clusterrolebindings`),
      /\ninterrupted\nalready applied: clusterrole\.\S+ created\nresult unknown: clusterrolebinding\.\S+ created\nhint: re-run the same command to continue\n$/,
    ],
    [
      'after both writes lists them',
      /^GET .*clusterroles\/system/,
      /\ninterrupted\nalready applied: clusterrole\.\S+ created, clusterrolebinding\.\S+ created\nhint: re-run the same command to continue\n$/,
      3,
    ],
    ['before the first write lists nothing', /^POST .*dryRun/, /^(?!.*interrupted)/s],
  ] as const)
    test(`is interrupted by Ctrl-C: ${when}`, () =>
      withSandbox(async (sandbox) => {
        const interruption = new AbortController();
        onRequest(sandbox, line, () => interruption.abort(), nth);
        const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
        const { code, stderr } = await runTool(['grant'], { env, signal: interruption.signal });
        assert.is(code, 130);
        assert.match(stderr, expected);
      }));
});
