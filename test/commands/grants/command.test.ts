import { load, loadAll } from 'js-yaml';
import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import {
  account,
  binding,
  everything,
  knownBinding,
  ownMetadata,
  put,
  role,
  user,
} from '../../kit/rbac.ts';
import { suite } from '../../kit/suite.ts';
import { type Tool, withSandbox } from '../../kit/with-sandbox.ts';
import { cellsOf } from '../shared/rows/kubelets.ts';

async function grant(tool: Tool, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await tool(['grant', '--profile', 'stats', '--subject', ...args]);
  assert.is(code, 0, stderr);
}

suite('grants', (test) => {
  test('prints a row for each subject, sorted by expiry', () =>
    withSandbox(async (_, tool) => {
      await grant(tool, 'user:ann');
      await grant(tool, 'user:bob', '--for', '2h', '--node', 'node-1');
      const { code, stdout, stderr } = await tool(['grants']);
      assert.equal([code, stderr], [0, '']);
      const [head, bob, ann] = cellsOf(stdout);
      const last = ['GRANTED BY', 'EXPIRES IN'];
      assert.equal(head, ['SUBJECT', 'PROFILE', 'NODES', 'BINDING', ...last]);
      assert.equal(bob?.slice(0, 3), ['user:bob', 'stats', 'node-1']);
      assert.match(bob?.[5] ?? '', /^(?:120m|119m)/, stdout);
      assert.equal([ann?.[0], ann?.[2], ann?.[5]], ['user:ann', '<all>', '<never>']);
    }));

  test('prints the names of bindings with -o name, in a form that kubectl accepts', () =>
    withSandbox(async (_, tool) => {
      await grant(tool, 'user:ann');
      await grant(tool, 'user:bob');
      const { code, stdout } = await tool(['grants', '-o', 'name']);
      const binding = 'clusterrolebinding.rbac.authorization.k8s.io/kubeletaccess:stats:user:';
      assert.equal([code, stdout], [0, `${binding}ann\n${binding}bob\n`]);
    }));

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

  test('selects grants by --subject and --expired', () =>
    withSandbox(async (sandbox, tool) => {
      await grant(tool, 'user:ann');
      await grant(tool, 'user:bob', '--for', '1s');
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const subjects = async (...args: readonly string[]) =>
        cellsOf((await tool(['grants', '--no-headers', ...args])).stdout).map(
          ([subject]) => subject,
        );
      assert.equal(await subjects(), ['user:bob', 'user:ann']);
      assert.equal(await subjects('--expired'), ['user:bob']);
      assert.equal(await subjects('--subject', 'user:ann'), ['user:ann']);
      const none = await tool(['grants', '--subject', 'user:carl']);
      assert.equal([none.code, none.stdout, none.stderr], [0, '', 'no grants found\n']);
      // A binding that grant did not create, and a subject that it did not add, are no grants.
      put(sandbox, binding('by-hand', 'view', [user('dan')]));
      const name = 'kubeletaccess:stats:user:ann';
      put(sandbox, binding(name, 'kubeletaccess:stats', [user('dan')], ownMetadata()));
      assert.equal(await subjects(), ['user:bob']);
    }));

  test('shows an expiry that cannot be read as expired', () =>
    withSandbox(async (sandbox, tool) => {
      const name = 'kubeletaccess:stats:user:bob';
      const odd = ownMetadata({ expires: 'tomorrow' });
      put(sandbox, binding(name, 'kubeletaccess:stats', [user('bob')], odd));
      const late = await tool(['grants', '--expired', '--no-headers']);
      assert.match(late.stdout, /^user:bob /);
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

  test('lists the ClusterRole and the binding of kube-apiserver', () =>
    withSandbox(async (_, tool) => {
      await tool(['grant']);
      const [row] = cellsOf((await tool(['grants', '--no-headers'])).stdout);
      assert.equal([row?.[0], row?.[3]], ['user:Kubernetes', knownBinding]);
    }));

  test('prints the missing permission of a caller who may not list grants', () =>
    withSandbox(async (_, tool) => {
      const { code, stdout, stderr } = await tool(['grants'], 'dev');
      assert.equal([code, stdout], [1, '']);
      assert.match(stderr, /missing: clusterroles?\S* list for user "dev"/);
    }));
});
