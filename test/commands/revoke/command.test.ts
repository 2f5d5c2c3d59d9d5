import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { binding, onRequest, ownMetadata, put, role, rule, user } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { allow, withSandbox } from '../../kit/with-sandbox.ts';

const stats = 'kubeletaccess:stats';

// What revoke prints and does is in ../shared/pair/transcripts.test.ts.
suite('revoke', (test) => {
  test('-o prints all grants as one List or as one stream of documents', () =>
    withSandbox(async (_, tool) => {
      for (const who of ['jane', 'bob']) await tool(`grant --profile stats --subject user:${who}`);
      const dry = 'revoke --profile stats --dry-run=client -o';
      const json = JSON.parse((await tool(`${dry} json`)).stdout) as { items: unknown[] };
      assert.is(json.items.length, 3);
      assert.is(loadAll((await tool(`${dry} yaml`)).stdout).length, 3);
    }));

  test('--expired writes only the expired grants of 2,000', () =>
    withSandbox(async (sandbox, tool) => {
      put(sandbox, role(stats, [rule('nodes/stats')], ownMetadata()));
      for (let index = 0; index < 2_000; index += 1) {
        const terms = ownMetadata({ expires: `${index < 100 ? 2020 : 2099}-01-01T00:00:00Z` });
        put(sandbox, binding(`${stats}:user:u${index}`, stats, [user(`u${index}`)], terms));
      }
      const before = sandbox.apiServer.requests.length;
      const { code, stdout, stderr } = await tool('revoke --expired');
      assert.is(code, 0);
      assert.is(sandbox.store.list('clusterrolebindings').length, 1_900);
      const lines = sandbox.apiServer.requests.slice(before).map(({ line }) => line);
      const count = (pattern: RegExp) => lines.filter((line) => pattern.test(line)).length;
      // Bindings are listed in pages of 200, before and after.
      assert.is(count(/^GET .*clusterrolebindings\?/), 2 * (2_000 / 200));
      assert.is(count(/^DELETE /), 100);
      assert.ok(stdout.split('\n').length < 110 && stderr.split('\n').length < 110);
    }));

  for (const [when, nth] of [
    ['from the beginning', 1],
    ['when it is about to delete the role', 2],
  ] as const)
    test(`revokes, and says how to remove the role, if it may not list RoleBindings ${when}`, () =>
      withSandbox(async (sandbox, tool) => {
        const rbac = ['list', 'get', 'delete'].map((verb) => ({
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles', 'clusterrolebindings'],
          verbs: [verb],
        }));
        allow(
          sandbox,
          'dev',
          rbac.map((each) => ({ ...each, resources: ['*'] })),
        );
        await tool('grant --profile stats --subject user:jane');
        onRequest(
          sandbox,
          /^GET .*\/rolebindings\?/,
          () => put(sandbox, role('for-dev', rbac)),
          nth,
        );
        const { code, stdout, stderr } = await tool('revoke --subject user:jane', 'dev');
        assert.is(code, 0, stderr);
        assert.is(
          stdout,
          `clusterrolebinding.rbac.authorization.k8s.io/${stats}:user:jane deleted\n`,
        );
        assert.match(stderr, /^note: roles stay: .* cannot list resource "rolebindings"/m);
        const [, again = ''] =
          /^hint: to remove unused roles, .*: kubectl kubeletaccess (.*)$/m.exec(stderr) ?? [];
        const admin = await tool(again);
        assert.equal(
          [admin.code, admin.stdout],
          [0, `clusterrole.rbac.authorization.k8s.io/${stats} deleted\n`],
        );
      }));

  test('does not fail if several revokes run at once', () =>
    withSandbox(async (sandbox, tool) => {
      await tool('grant');
      const results = await Promise.all(Array.from({ length: 8 }, () => tool('revoke')));
      assert.equal(
        results.map(({ code }) => code),
        results.map(() => 0),
        results.map(({ stderr }) => stderr).join(''),
      );
      assert.equal(sandbox.store.list('clusterrolebindings'), []);
    }));

  test('--expired --print-cronjob prints the CronJob of docs, without a cluster', async () => {
    const { code, stdout, stderr } = await runTool('revoke --expired --print-cronjob');
    const file = join(root, 'docs/revoke-expired.yaml');
    assert.equal([code, stdout, stderr], [0, readFileSync(file, 'utf8'), '']);
  });
});
