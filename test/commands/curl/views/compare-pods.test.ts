import * as assert from 'uvu/assert';
import { schemaErrors } from '../../../kit/json-schema.ts';
import { binding, onRequest, put, role, rule, user } from '../../../kit/rbac.ts';
import { type Script, type Scripted, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import type { StoredObject } from '../../../sandbox/store.ts';

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

/** A pod as its kubelet has it: with the uid that it has in the API server, or one of its own. */
const onKubelet = (uid: string, changed: StoredObject) => ({
  ...changed,
  metadata: {
    ...changed.metadata,
    uid,
    annotations: { ...fromApi, ...changed.metadata.annotations },
  },
});

/** Each kubelet has the pods that are put for it, and tells how it was asked. */
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

/** Puts a pod in the API server, and gives it as its kubelet has it. */
const known = ({ store }: Sandbox, given: StoredObject, changed: StoredObject = given) =>
  onKubelet(store.put('pods', given).metadata.uid ?? '', changed);

const listed = ({ apiServer }: Sandbox) =>
  apiServer.requests.filter(({ line }) => /\/pods\b/.test(line)).map(({ line }) => line);

suite('curl runningpods --compare', (test) => {
  const script =
    (list: (path: string) => unknown): Script =>
    ({ url = '' }, response) => {
      const items = list(url);
      if (typeof items === 'number') response.writeHead(items).end('no');
      else response.end(JSON.stringify({ kind: 'PodList', items }));
    };
  const args = ['runningpods', '--compare', '--node', 'node-1'];

  test('reads /pods of the same kubelet, and the API server', () =>
    withScriptedKubelets(
      [
        script((path) => {
          const kubelet = ['a', 'b', 'c'].map((name) => onKubelet(name, pod('node-1', name)));
          return path === '/pods' ? kubelet.slice(1) : kubelet.slice(0, 2);
        }),
      ],
      async ({ curl, requests, sandbox }) => {
        const result = await curl(args);
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
        for (const more of [[], ['--compare']]) {
          const json = await curl(['runningpods', '--node', 'node-1', ...more, '-o', 'json']);
          const list = JSON.parse(json.stdout) as { kind: string; items: readonly object[] };
          assert.equal(schemaErrors(`docs/${list.kind}.schema.json`, list), []);
          assert.is(list.items.length, more.length === 0 ? 2 : 3);
        }
      },
    ));

  test('compares with the API server alone, and says so, without /pods', () =>
    withScriptedKubelets(
      [script((path) => (path === '/pods' ? 404 : [onKubelet('a', pod('node-1', 'a'))]))],
      async ({ curl }) => {
        const { code, stdout, stderr } = await curl([...args, '--no-headers']);
        assert.equal([code, stdout], [0, 'shop   a   node-1   1   -   -   not in API\n']);
        assert.match(stderr, /^note: without \/pods of node-1: /m);
      },
    ));
});

suite('curl pods --compare', (test) => {
  test('shows the pods of which kubelet and API server say something else', () =>
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
      async ({ curl, sandbox, requests }) => {
        const args = ['pods', '--compare', '--node', 'node-1'];
        const result = await curl(args);
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
        const list = JSON.parse((await curl([...args, '-o', 'json'])).stdout);
        assert.equal(schemaErrors('docs/KubeletPodDifferenceList.schema.json', list), []);
        const { kubeletReady, apiReady, kubeletUid, apiUid } = list.items[0];
        assert.equal([kubeletReady, apiReady, kubeletUid === apiUid], ['1/1', '0/1', true]);
        assert.equal([list.items[1].kubeletRestarts, list.items[1].apiUid], [4, undefined]);
      },
    ));

  test('says so where there is no difference, and looks once', () =>
    withPods(
      ['node-1', 'node-2'],
      (sandbox) => ({
        'node-1': [known(sandbox, pod('node-1', 'a'))],
        'node-2': [known(sandbox, pod('node-2', 'b'))],
      }),
      async ({ curl, sandbox }) => {
        const result = await curl(['pods', '--compare', '--all']);
        assert.equal([result.code, result.stdout], [0, '']);
        assert.is(result.stderr, 'no differences found\n2 of 2 nodes answered\n');
        assert.is(listed(sandbox).length, 2);
        const { stdout } = await curl(['pods', '--compare', '--all', '-o', 'json']);
        assert.equal(JSON.parse(stdout).items, []);
      },
    ));

  test('reads the pods of many nodes as one list', () => {
    const names = Array.from({ length: 11 }, (_, index) => `node-${index + 1}`);
    return withPods(
      names,
      (sandbox) =>
        Object.fromEntries(names.map((name) => [name, [known(sandbox, pod(name, `p-${name}`))]])),
      async ({ curl, sandbox }) => {
        const result = await curl(['pods', '--compare', '--all']);
        assert.equal([result.code, result.stdout], [0, '']);
        assert.equal(listed(sandbox), ['GET /api/v1/pods?limit=200']);
      },
    );
  });

  test('shows nothing that changes while it looks', () =>
    withPods(
      ['node-1'],
      (sandbox) => {
        sandbox.store.put('pods', pod('node-1', 'deleted'));
        sandbox.store.put('pods', pod('node-1', 'lost'));
        const created = sandbox.store.put('pods', pod('node-1', 'created'));
        sandbox.store.delete('pods', 'shop/created');
        return { 'node-1': [onKubelet(created.metadata.uid ?? '', created)] };
      },
      async ({ curl, sandbox: { store }, sandbox }) => {
        const line = /^GET \/api\/v1\/pods/;
        onRequest(
          sandbox,
          line,
          () => {
            store.delete('pods', 'shop/deleted');
            // As the kubelet has it: with the uid that it had.
            store.put('pods', pod('node-1', 'created'));
          },
          2,
        );
        const { stdout } = await curl(['pods', '--compare', '--node', 'node-1', '--no-headers']);
        assert.match(stdout, /^shop +lost +node-1 +- +Running +not on kubelet\n$/m);
        assert.not.match(stdout, /deleted/);
      },
    ));

  test('tells nothing of the pods of a node that does not answer', () =>
    withScriptedKubelets(
      [
        (_, response) => response.writeHead(500).end('no'),
        (_, response) => response.end('{"kind":"PodList","items":null}'),
      ],
      async ({ curl, sandbox: { store } }) => {
        store.delete('pods', 'default/web');
        store.put('pods', pod('node-1', 'a'));
        store.put('pods', pod('node-2', 'b'));
        const { code, stdout } = await curl(['pods', '--compare', '--all', '--no-headers']);
        assert.is(code, 4);
        assert.is(stdout, 'shop   b   node-2   -   Running   not on kubelet\n');
      },
    ));

  test('names the permission that is missing before it calls a kubelet', () =>
    withPods(
      ['node-1'],
      () => ({}),
      async ({ curl, sandbox, requests }) => {
        put(
          sandbox,
          role('kubelets', [rule('nodes/pods,nodes'), rule('nodes', 'list')]),
          binding('kubelets', 'kubelets', [user('dev')]),
        );
        const env = { KUBECONFIG: sandbox.kubeconfigs.dev };
        const result = await curl(['pods', '--compare', '--node', 'node-1'], { env });
        assert.equal([result.code, result.stdout, requests.length], [1, '', 0]);
        assert.match(
          result.stderr,
          /^Error from server \(Forbidden\): pods is forbidden: User "dev" cannot list resource "pods" in API group "" at the cluster scope\n/,
        );
        assert.match(result.stderr, /^missing: pods list for user "dev"$/m);
        assert.match(
          result.stderr,
          /^hint: .*kubectl create clusterrole .*--verb=list --resource=pods/m,
        );
      },
    ));

  test('has unconfirmed differences if the API server cannot be read again', () =>
    withPods(
      ['node-1'],
      () => ({ 'node-1': [onKubelet('a', pod('node-1', 'web'))] }),
      async ({ curl, sandbox }) => {
        const rules = [rule('nodes/pods,nodes'), rule('pods', 'list')];
        put(sandbox, role('r', rules), binding('r', 'r', [user('dev')]));
        const deny = () => sandbox.store.delete('clusterrolebindings', 'r');
        onRequest(sandbox, /^GET \/api\/v1\/pods/, deny, 2);
        const env = { KUBECONFIG: sandbox.kubeconfigs.dev };
        const result = await curl(['pods', '--compare', '--node', 'node-1', '--no-headers'], {
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

  test('has what was answered before an interrupt', () => {
    const interruption = new AbortController();
    return withScriptedKubelets(
      [
        (_, response) => {
          const body = { kind: 'PodList', items: [onKubelet('a', pod('node-1', 'web'))] };
          response.end(JSON.stringify(body));
        },
        () => setTimeout(() => interruption.abort(), 200),
      ],
      async ({ curl, sandbox: { store } }) => {
        store.delete('pods', 'default/web');
        const args = ['pods', '--compare', '--node', 'node-1,node-2', '--no-headers'];
        const { code, stdout, stderr } = await curl(args, { signal: interruption.signal });
        assert.equal([code, stdout], [130, 'shop   web   node-1   Running   -   not in API\n']);
        assert.match(stderr, /^note: differences are not confirmed, .*: interrupted$/m);
      },
    );
  });

  test('is asked for again with --watch, and says what differs no longer', () => {
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
      async ({ curl, sandbox }) => {
        sandbox.store.delete('pods', 'default/web');
        const args = ['pods', '--compare', '--node', 'node-1', '--watch', '--interval', '1s'];
        const { stdout, stderr } = await curl(args, { signal: interruption.signal });
        assert.match(stdout, /^TIME .*\n[\d:]+ +shop +web +node-1 +Running +- +not in API\n$/);
        assert.match(stderr, /^[\d:]+ gone: shop/m);
        assert.ok(listed(sandbox).length >= 3);
      },
    );
  });

  test('says of which pods of the API server nothing is known', () =>
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
      async ({ curl }) => {
        const { code, stdout, stderr } = await curl(['pods', '--compare', '--all', '--no-headers']);
        assert.is(code, 0);
        assert.match(stdout, /^shop +older +node-1 +- +Running +not on kubelet\n$/);
        assert.match(
          stderr,
          /^note: the API server listed pods that cannot be read \(1\): items\[\d\]\.spec\.containers: expected array, got string$/m,
        );
      },
    ));

  test('compares also by the node proxy, and where a pod names the node', () =>
    withPods(
      ['node-1'],
      (sandbox) => ({
        'node-1': [known(sandbox, pod('node-1', 'a')), onKubelet('x', pod('node-1', 'b'))],
      }),
      async ({ curl }) => {
        for (const path of [
          ['--node', 'node-1', '--via', 'apiserver'],
          ['--pod', 'shop/a'],
        ]) {
          const { stdout } = await curl(['pods', '--compare', ...path, '--no-headers']);
          assert.is(stdout, 'shop   b   node-1   Running   -   not in API\n');
        }
      },
    ));

  for (const [args, message] of [
    [['--address', '127.0.0.1'], '--address and --compare cannot be used together'],
    [['--node', 'node-1', '--pods'], '--pods and --compare cannot be used together'],
    [['--node', 'node-1', '--by', 'namespace'], '--by needs rows of pods, containers or volumes'],
    [
      ['--node', 'node-1', '-X', 'HEAD'],
      '--compare needs a view, and there is none of the response to HEAD',
    ],
    [
      ['--node', 'node-1', '-o', 'prometheus'],
      '--compare and --output prometheus cannot be used together',
    ],
    [['--node', 'node-1', '-o', 'raw'], '--compare and --output raw cannot be used together'],
  ] as const)
    test(`exits 2 before any request: ${args.join(' ')}`, () =>
      withPods(
        ['node-1'],
        () => ({}),
        async ({ curl, sandbox, requests }) => {
          const result = await curl(['pods', '--compare', ...args]);
          assert.equal([result.code, result.stdout], [2, '']);
          assert.match(result.stderr, `error: ${message}\n`);
          assert.equal([requests.length, sandbox.apiServer.requests.length], [0, 0]);
        },
      ));
});
