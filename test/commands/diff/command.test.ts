import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { binding, onRequest, put, role, rule, user } from '../../kit/rbac.ts';
import { type Script, type Scripted, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { StoredObject } from '../../sandbox/store.ts';
import { cellsOf, withKubelets } from '../shared/rows/kubelets.ts';

const file = { 'kubernetes.io/config.source': 'file' };
const fromApi = { 'kubernetes.io/config.source': 'api' };

interface PodChoice {
  readonly annotations?: Record<string, string>;
  readonly restartCount?: number;
  readonly ready?: boolean;
}

const pod = (
  node: string,
  name: string,
  { annotations = {}, restartCount = 0, ready = true }: PodChoice = {},
): StoredObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'shop', name, annotations },
  spec: { nodeName: node, containers: [{ name: 'c' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'c', ready, restartCount, state: { running: {} } }],
  },
});

/** Returns a pod as its kubelet reports it, with this uid. */
const onKubelet = (uid: string, changed: StoredObject) => ({
  ...changed,
  metadata: {
    ...changed.metadata,
    uid,
    annotations: { ...fromApi, ...changed.metadata.annotations },
  },
});

/** Puts objects into the sandbox, and returns the pods that each kubelet reports, by name of the node. */
type Kubelets = (sandbox: Sandbox) => Readonly<Record<string, readonly object[]>>;

async function withPods(
  names: readonly string[],
  kubelets: Kubelets,
  use: (scripted: Scripted) => Promise<void>,
): Promise<void> {
  let podsOf: Readonly<Record<string, readonly object[]>> = {};
  const scripts = names.map(
    (name): Script =>
      (_, response) =>
        response.end(JSON.stringify({ kind: 'PodList', items: podsOf[name] ?? [] })),
  );
  await withScriptedKubelets(scripts, async (scripted) => {
    scripted.sandbox.store.delete('pods', 'default/web');
    podsOf = kubelets(scripted.sandbox);
    await use(scripted);
  });
}

/** Puts a pod into the API server, and returns it as its kubelet reports it. */
const known = ({ store }: Sandbox, given: StoredObject, changed: StoredObject = given) =>
  onKubelet(store.put('pods', given).metadata.uid ?? '', changed);

const listed = ({ apiServer }: Sandbox) =>
  apiServer.requests.filter(({ line }) => /\/pods\b/.test(line)).map(({ line }) => line);

suite('diff runningpods', (test) => {
  const script =
    (list: (path: string) => unknown): Script =>
    ({ url = '' }, response) => {
      const items = list(url);
      if (typeof items === 'number') response.writeHead(items).end('no');
      else response.end(JSON.stringify({ kind: 'PodList', items }));
    };
  const args = ['diff', 'runningpods', '-A', '--node', 'node-1'];

  test('reads /pods of the same kubelet, and the API server', () =>
    withScriptedKubelets(
      [
        script((path) => {
          const kubelet = ['a', 'b', 'c'].map((name) => onKubelet(name, pod('node-1', name)));
          return path === '/pods' ? kubelet.slice(1) : kubelet.slice(0, 2);
        }),
      ],
      async ({ tool, requests, sandbox }) => {
        const result = await tool(args);
        assert.equal([result.code, result.stderr], [0, '']);
        assert.is(
          result.stdout,
          `NAMESPACE   POD   NODE     CONTAINERS   KUBELET   API   DIFFERENCE
shop        a     node-1   1            -         -     orphaned
shop        b     node-1   1            Running   -     not in API
shop        c     node-1   0            Running   -     not running
`,
        );
        assert.equal(
          requests.map(({ line }) => line),
          ['GET /runningpods/', 'GET /pods'],
        );
        assert.is(listed(sandbox).length, 2);
        for (const [command, count] of [
          ['get', 2],
          ['diff', 3],
        ] as const) {
          const json = await tool([command, ...args.slice(1), '-o', 'json']);
          const list = JSON.parse(json.stdout) as { kind: string; items: readonly object[] };
          assert.equal(schemaErrors(`docs/schemas/${list.kind}.schema.json`, list), []);
          assert.is(list.items.length, count);
        }
      },
    ));

  test('compares only with the API server, and prints a note, if /pods cannot be read', () =>
    withScriptedKubelets(
      [script((path) => (path === '/pods' ? 404 : [onKubelet('a', pod('node-1', 'a'))]))],
      async ({ tool }) => {
        const { code, stdout, stderr } = await tool([...args, '--no-headers']);
        assert.equal([code, stdout], [0, 'shop   a   node-1   1   -   -   not in API\n']);
        assert.match(stderr, /^note: without \/pods of node-1: /m);
      },
    ));
});

suite('diff pods', (test) => {
  test('prints pods that the kubelet and the API server report differently', () =>
    withPods(
      ['node-1'],
      (sandbox) => {
        sandbox.store.put('pods', pod('node-1', 'lost'));
        sandbox.store.put('pods', pod('node-2', 'elsewhere'));
        const annotations = { ...file, 'kubernetes.io/config.mirror': 'hash' };
        sandbox.store.put('pods', pod('node-1', 'etcd', { annotations }));
        return {
          'node-1': [
            known(sandbox, pod('node-1', 'same')),
            known(sandbox, pod('node-1', 'behind', { ready: false }), pod('node-1', 'behind')),
            onKubelet('orphan', pod('node-1', 'gone', { restartCount: 4 })),
            onKubelet('hash', pod('node-1', 'etcd', { annotations: file })),
            onKubelet('other', pod('node-1', 'alone', { annotations: file })),
          ],
        };
      },
      async ({ tool, sandbox, requests }) => {
        const args = ['diff', 'pods', '-A', '--node', 'node-1'];
        const result = await tool(args);
        assert.equal([result.code, result.stderr], [0, '']);
        assert.is(
          result.stdout,
          `NAMESPACE   POD      NODE     KUBELET   API       DIFFERENCE
shop        behind   node-1   Running   Running   ready
shop        gone     node-1   Running   -         not in API
shop        alone    node-1   Running   -         no mirror
shop        lost     node-1   -         Running   not on kubelet
`,
        );
        const one = '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1&limit=200';
        assert.equal(listed(sandbox), [`GET ${one}`, `GET ${one}`]);
        assert.is(requests.length, 1);
        const list = JSON.parse((await tool([...args, '-o', 'json'])).stdout);
        assert.equal(schemaErrors('docs/schemas/KubeletPodDifferenceList.schema.json', list), []);
        const { kubeletReady, apiReady, kubeletUid, apiUid } = list.items[0];
        assert.equal([kubeletReady, apiReady, kubeletUid === apiUid], ['1/1', '0/1', true]);
        assert.equal([list.items[1].kubeletRestarts, list.items[1].apiUid], [4, undefined]);
      },
    ));

  test('reports that there is no difference, and does not read the API server a second time', () =>
    withPods(
      ['node-1', 'node-2'],
      (sandbox) => ({
        'node-1': [known(sandbox, pod('node-1', 'a'))],
        'node-2': [known(sandbox, pod('node-2', 'b'))],
      }),
      async ({ tool, sandbox }) => {
        const result = await tool(['diff', 'pods', '-A']);
        assert.equal([result.code, result.stdout], [0, '']);
        assert.is(result.stderr, 'no differences found\n2 of 2 nodes answered\n');
        assert.is(listed(sandbox).length, 2);
        const { stdout } = await tool(['diff', 'pods', '-A', '-o', 'json']);
        assert.equal(JSON.parse(stdout).items, []);
      },
    ));

  test('reads the pods of many nodes with one list request', () => {
    const names = Array.from({ length: 11 }, (_, index) => `node-${index + 1}`);
    return withPods(
      names,
      (sandbox) =>
        Object.fromEntries(names.map((name) => [name, [known(sandbox, pod(name, `p-${name}`))]])),
      async ({ tool, sandbox }) => {
        const result = await tool(['diff', 'pods', '-A']);
        assert.equal([result.code, result.stdout], [0, '']);
        assert.equal(listed(sandbox), ['GET /api/v1/pods?limit=200']);
      },
    );
  });

  test('does not print pods that change during the comparison', () =>
    withPods(
      ['node-1'],
      (sandbox) => {
        sandbox.store.put('pods', pod('node-1', 'deleted'));
        sandbox.store.put('pods', pod('node-1', 'lost'));
        const created = sandbox.store.put('pods', pod('node-1', 'created'));
        sandbox.store.delete('pods', 'shop/created');
        return { 'node-1': [onKubelet(created.metadata.uid ?? '', created)] };
      },
      async ({ tool, sandbox: { store }, sandbox }) => {
        const line = /^GET \/api\/v1\/pods/;
        onRequest(
          sandbox,
          line,
          () => {
            store.delete('pods', 'shop/deleted');
            // Puts the pod into the API server with the uid that it has on the kubelet.
            store.put('pods', pod('node-1', 'created'));
          },
          2,
        );
        const { stdout } = await tool(['diff', 'pods', '-A', '--node', 'node-1', '--no-headers']);
        assert.match(stdout, /^shop +lost +node-1 +- +Running +not on kubelet\n$/m);
        assert.not.match(stdout, /deleted/);
      },
    ));

  test('prints no pods of a node that does not answer', () =>
    withScriptedKubelets(
      [
        (_, response) => response.writeHead(500).end('no'),
        (_, response) => response.end('{"kind":"PodList","items":null}'),
      ],
      async ({ tool, sandbox: { store } }) => {
        store.delete('pods', 'default/web');
        store.put('pods', pod('node-1', 'a'));
        store.put('pods', pod('node-2', 'b'));
        const { code, stdout } = await tool(['diff', 'pods', '-A', '--no-headers']);
        assert.is(code, 4);
        assert.is(stdout, 'shop   b   node-2   -   Running   not on kubelet\n');
      },
    ));

  test('names a missing permission before it calls a kubelet', () =>
    withPods(
      ['node-1'],
      () => ({}),
      async ({ tool, sandbox, requests }) => {
        put(
          sandbox,
          role('kubelets', [rule('nodes/pods,nodes'), rule('nodes', 'list')]),
          binding('kubelets', 'kubelets', [user('dev')]),
        );
        const env = { KUBECONFIG: sandbox.kubeconfigs.dev };
        const result = await tool(['diff', 'pods', '-A', '--node', 'node-1'], { env });
        assert.equal([result.code, result.stdout, requests.length], [1, '', 0]);
        for (const words of [
          /^Error from server \(Forbidden\): pods is forbidden: User "dev" cannot list resource "pods" in API group "" at the cluster scope\n/,
          /^missing: pods list for user "dev"$/m,
          /^hint: .*kubectl create clusterrole .*--verb=list --resource=pods/m,
        ])
          assert.match(result.stderr, words);
      },
    ));

  test('prints unconfirmed differences if the second read of the API server fails', () =>
    withPods(
      ['node-1'],
      () => ({ 'node-1': [onKubelet('a', pod('node-1', 'web'))] }),
      async ({ tool, sandbox }) => {
        const rules = [rule('nodes/pods,nodes'), rule('pods', 'list')];
        put(sandbox, role('r', rules), binding('r', 'r', [user('dev')]));
        const deny = () => sandbox.store.delete('clusterrolebindings', 'r');
        onRequest(sandbox, /^GET \/api\/v1\/pods/, deny, 2);
        const env = { KUBECONFIG: sandbox.kubeconfigs.dev };
        const result = await tool('diff pods -A --node node-1 --no-headers', {
          env,
        });
        assert.equal(
          [result.code, result.stdout],
          [0, 'shop   web   node-1   Running   -   not in API\n'],
        );
        assert.match(
          result.stderr,
          /^note: differences are not confirmed, and some may be of changes in between: .*forbidden.*$/m,
        );
      },
    ));

  test('prints the differences that were found before an interrupt', () => {
    const interruption = new AbortController();
    return withScriptedKubelets(
      [
        (_, response) => {
          const body = { kind: 'PodList', items: [onKubelet('a', pod('node-1', 'web'))] };
          response.end(JSON.stringify(body));
        },
        () => setTimeout(() => interruption.abort(), 200),
      ],
      async ({ tool, sandbox: { store } }) => {
        store.delete('pods', 'default/web');
        const args = ['diff', 'pods', '-A', '--node', 'node-1,node-2', '--no-headers'];
        const { code, stdout, stderr } = await tool(args, { signal: interruption.signal });
        assert.equal([code, stdout], [130, 'shop   web   node-1   Running   -   not in API\n']);
        assert.match(stderr, /^note: differences are not confirmed, .*: interrupted$/m);
      },
    );
  });

  test('--watch repeats the comparison, and reports pods that no longer differ', () => {
    const interruption = new AbortController();
    let looks = 0;
    return withScriptedKubelets(
      [
        (_, response) => {
          looks += 1;
          if (looks === 3) interruption.abort();
          const items = looks === 1 ? [onKubelet('a', pod('node-1', 'web'))] : [];
          response.end(JSON.stringify({ kind: 'PodList', items }));
        },
      ],
      async ({ tool, sandbox }) => {
        sandbox.store.delete('pods', 'default/web');
        const args = ['diff', 'pods', '-A', '--node', 'node-1', '--watch=1s'];
        const { stdout, stderr } = await tool(args, { signal: interruption.signal });
        assert.match(stdout, /^TIME .*\n[\d:]+ +shop +web +node-1 +Running +- +not in API\n$/);
        assert.match(stderr, /^[\d:]+ gone: shop/m);
        assert.ok(listed(sandbox).length >= 3);
      },
    );
  });

  test('prints a note about pods of the API server that cannot be read', () =>
    withPods(
      ['node-1'],
      ({ store }) => {
        store.put('pods', {
          ...pod('node-1', 'odd'),
          spec: { nodeName: 'node-1', containers: 'x' },
        });
        store.put('pods', { ...pod('node-1', 'older'), spec: { nodeName: 'node-1' } });
        return {};
      },
      async ({ tool }) => {
        const { code, stdout, stderr } = await tool(['diff', 'pods', '-A', '--no-headers']);
        assert.is(code, 4);
        assert.match(stdout, /^shop +older +node-1 +- +Running +not on kubelet\n$/);
        assert.match(
          stderr,
          /^note: the API server listed 1 Pod that cannot be read: shop\/odd \(items\[\d\]\.spec\.containers: expected array, got string\)$/m,
        );
      },
    ));

  test('prints only pods of the selected namespace, even after it has read the API server twice', () =>
    withPods(
      ['node-1'],
      (sandbox) => {
        const elsewhere = (name: string) => ({
          ...pod('node-1', name),
          metadata: { namespace: 'ops', name },
        });
        sandbox.store.put('pods', elsewhere('lost'));
        return {
          'node-1': [onKubelet('a', elsewhere('gone')), onKubelet('b', pod('node-1', 'web'))],
        };
      },
      async ({ tool }) => {
        const podsOf = async (...args: readonly string[]) => {
          const { code, stdout, stderr } = await tool(['diff', 'pods', '--no-headers', ...args]);
          assert.is(code, 0, stderr);
          return cellsOf(stdout).map(([namespace, name]) => `${namespace}/${name}`);
        };
        assert.equal(await podsOf('-n', 'shop'), ['shop/web']);
        assert.equal(await podsOf('-n', 'shop', '--via', 'apiserver'), ['shop/web']);
        assert.equal(await podsOf('-n', 'ops'), ['ops/gone', 'ops/lost']);
        assert.equal(await podsOf('-A'), ['ops/gone', 'shop/web', 'ops/lost']);
        assert.equal(await podsOf('ops/lost', 'shop/web'), ['shop/web', 'ops/lost']);
        const none = await tool(['diff', 'pods']);
        assert.equal([none.code, none.stdout], [0, '']);
        assert.match(
          none.stderr,
          /^no differences found in namespace default\nhint: all namespaces: -A\n/,
        );
      },
    ));

  test('does not report a named pod as missing if it has no differences', () =>
    withPods(
      ['node-1'],
      (sandbox) => ({
        'node-1': [
          known(sandbox, pod('node-1', 'same')),
          onKubelet('other', pod('node-1', 'gone')),
        ],
      }),
      async ({ tool }) => {
        const args = ['-n', 'shop', '--no-headers'];
        const same = await tool(['diff', 'pods', 'same', ...args]);
        assert.equal(
          [same.code, same.stdout, same.stderr],
          [0, '', 'no differences found\n1 of 1 node answered\n'],
        );
        const some = await tool(['diff', 'pods', 'same', 'gone', 'nope', ...args]);
        assert.is(some.code, 4);
        assert.match(some.stdout, /^shop +gone [^\n]*\n$/);
        assert.match(
          some.stderr,
          /^error: no kubelet that answered has pod nope in namespace shop\n1 of 1/,
        );
        const one = await tool(['diff', 'pods', 'same', 'nope', ...args]);
        assert.equal([one.code, one.stdout], [4, '']);
        const none = await tool(['diff', 'runningpods', 'nope', ...args]);
        assert.equal([none.code, none.stdout], [1, '']);
      },
    ));
});

const configured = (kubeletconfig: object) => ({ '/configz': { kubeletconfig } });

suite('diff configz', (test) => {
  test('prints settings that differ between the nodes that answered', () =>
    withKubelets(
      [
        configured({ maxPods: 110, port: 10_250, list: [1], text: '' }),
        configured({ maxPods: 110, port: 10_250, seccompDefault: true, list: [2], text: 'x' }),
        configured({ list: [1], text: '' }),
        { '/configz': 500 },
      ],
      async (tool) => {
        const { code, stdout } = await tool(['diff', 'configz']);
        assert.is(code, 4);
        assert.is(
          stdout,
          `FIELD            VALUE     NODES   NAMES
list             [1]       2       node-1, node-3
list             [2]       1       node-2
maxPods          110       2       node-1, node-2
maxPods          <unset>   1       node-3
port             10250     2       node-1, node-2
port             <unset>   1       node-3
seccompDefault   <unset>   2       node-1, node-3
seccompDefault   true      1       node-2
text             ""        2       node-1, node-3
text             "x"       1       node-2
`,
        );
        const json = await tool(['diff', 'configz', '-o', 'json']);
        const { items, failed } = JSON.parse(json.stdout);
        const values = items.map(({ value }: { value?: unknown }) => value);
        assert.equal(values.slice(0, 4), [[1], [2], 110, undefined]);
        assert.not.match(json.stdout, 'null');
        assert.equal(failed.length, 1);
        const one = await tool('diff configz --sort-by value --limit 1 -o json');
        const list = JSON.parse(one.stdout);
        assert.is(list.items.length, 1);
        assert.equal(
          schemaErrors('docs/schemas/KubeletSettingDifferenceList.schema.json', list),
          [],
        );
      },
    ));

  test('reports that no settings differ, or that there is nothing to compare', () =>
    withKubelets([configured({ maxPods: 1 }), configured({ maxPods: 1 })], async (tool) => {
      const same = await tool(['diff', 'configz']);
      assert.equal([same.code, same.stdout], [0, '']);
      assert.is(same.stderr, 'no differences found\n2 of 2 nodes answered\n');
      const one = await tool(['diff', 'configz', '-l', 'kubernetes.io/hostname=node-2']);
      assert.equal([one.code, one.stdout], [0, '']);
      assert.match(one.stderr, /^note: nothing to compare: only node-2 answered$/m);
    }));
});

suite('diff flagz', (test) => {
  test('prints flags that differ', () =>
    withSandbox({ nodes: ['none', 'none'] }, async (_, tool) => {
      const { stdout } = await tool(['diff', 'flagz']);
      assert.is(
        stdout,
        `FLAG                VALUE    NODES   NAMES
hostname-override   node-1   1       node-1
hostname-override   node-2   1       node-2
v                   2        1       node-1
v                   4        1       node-2
`,
      );
      const { stdout: json } = await tool(['diff', 'flagz', '-o', 'json']);
      assert.equal(
        schemaErrors('docs/schemas/KubeletFlagDifferenceList.schema.json', JSON.parse(json)),
        [],
      );
    }));

  test('distinguishes an empty flag from a flag that does not exist', () =>
    withKubelets(
      [{ x: '', v: '2' }, { v: '2' }].map((flags) => ({ '/flagz': { kind: 'Flagz', flags } })),
      async (tool) => {
        const { stdout } = await tool(['diff', 'flags', '--no-headers']);
        assert.is(stdout, 'x   ""        1   node-1\nx   <unset>   1   node-2\n');
        const csv = await tool(['diff', 'flags', '--no-headers', '-o', 'csv']);
        assert.is(csv.stdout, 'x,"",1,node-1,node-1\r\nx,,1,node-2,node-2\r\n');
        const { items } = JSON.parse((await tool(['diff', 'flags', '-o', 'json'])).stdout);
        assert.equal(
          items.map((each: object) => 'value' in each),
          [true, false],
        );
      },
    ));
});
