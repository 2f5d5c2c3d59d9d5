import { load, loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { account, binding, everything, put, role } from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { type Tool, withSandbox } from '../../kit/with-sandbox.ts';

async function grant(tool: Tool, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await tool(['grant', '--profile', 'stats', '--subject', ...args]);
  assert.is(code, 0, stderr);
}

// What grants prints is in ../shared/pair/transcripts.test.ts.
suite('grants', (test) => {
  test('names the user who last granted access, but no user if kubectl applied the output of a dry run', () =>
    withSandbox(async (sandbox, tool) => {
      const by = async () => {
        const { items } = JSON.parse((await tool(['grants', '-o', 'json'])).stdout);
        return items.map(({ grantedBy }: { readonly grantedBy?: string }) => grantedBy);
      };
      const print = ['grant', '--profile', 'stats', '--subject', 'user:ann', '-o', 'yaml'];
      const printed = (await tool([...print, '--dry-run=client'])).stdout;
      const [wanted, bound] = loadAll(printed) as [
        ReturnType<typeof role>,
        ReturnType<typeof binding>,
      ];
      sandbox.store.put('clusterroles', wanted);
      sandbox.store.put('clusterrolebindings', bound);
      assert.equal(await by(), [undefined]);
      put(sandbox, binding('ops', 'cluster-admin', [account('bot', 'ops')]));
      put(sandbox, role('cluster-admin', [everything]));
      const bot = ['--as', 'system:serviceaccount:ops:bot'];
      await grant(tool, 'user:bob', '--for', '2h', ...bot);
      assert.equal(await by(), ['serviceaccount:ops:bot', undefined]);
      await grant(tool, 'user:bob', '--for', '3h');
      assert.equal(await by(), ['user:admin', undefined]);
      await grant(tool, 'user:bob', ...bot);
      // This grant changes nothing. Therefore the annotation keeps the earlier user.
      await grant(tool, 'user:bob');
      assert.equal((await by()).sort(), ['serviceaccount:ops:bot', undefined]);
    }));

  test('prints a list in JSON and YAML that matches its schema', () =>
    withSandbox(async (_, tool) => {
      await grant(tool, 'user:bob', '--for', '2h');
      const list = JSON.parse((await tool(['grants', '-o', 'json'])).stdout);
      assert.equal(schemaErrors('docs/schemas/KubeletGrantList.schema.json', list), []);
      const [item] = list.items;
      assert.equal([item.subject, item.profile, item.expired], ['user:bob', 'stats', false]);
      assert.ok(item.expiresInSeconds > 7_000 && item.expiresInSeconds <= 7_200);
      const yaml = load((await tool(['grants', '-o', 'yaml'])).stdout) as typeof list;
      assert.is(yaml.items[0].expires, item.expires);
    }));

  test('prints the table of -o wide as a document', () =>
    withSandbox(async (_, tool) => {
      await grant(tool, 'user:bob', '--for', '2h');
      const { stdout } = await tool(['grants', '-o', 'markdown']);
      assert.match(
        stdout,
        /^# Granted access to kubelets\n\nA kubelet .*\n\n- \*\*Cluster\*\*: http/,
      );
      assert.match(stdout, /\n- \*\*Rows\*\*: 1\n\n\| SUBJECT \| PROFILE \|.*\| EXPIRED \|\n/);
      assert.match(stdout, /\n\| user:bob \| stats \|.*\| false \|\n$/);
    }));
});
