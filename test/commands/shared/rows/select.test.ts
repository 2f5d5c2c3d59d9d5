import * as assert from 'uvu/assert';
import { pairs } from '../../../kit/pairs.ts';
import { label } from '../../../kit/rbac.ts';
import type { Scripted } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';
import { checkFailure } from '../../../kit/tool.ts';
import { inVirtualTime } from '../../../kit/virtual-time.ts';
import { type Answers, cellsOf, withKubelets } from './kubelets.ts';

inVirtualTime();

const podOf = (namespace: string, name: string, labels: Readonly<Record<string, string>> = {}) => ({
  metadata: { namespace, name, uid: `${namespace}-${name}`, labels },
  spec: { containers: [{ name: 'c' }] },
  status: { phase: 'Running', containerStatuses: [{ name: 'c', ready: true, restartCount: 0 }] },
});

/** Returns the pods of a node. Pod `db` has the same name on every node. */
const podsOf = (number: number) => [
  podOf('shop', `web-${number}`, { app: 'web', tier: number === 1 ? 'front' : 'back' }),
  podOf('ops', `log-${number}`, { app: 'log' }),
  podOf('default', `job-${number}`),
  podOf(number === 1 ? 'shop' : 'ops', 'db', { app: 'db' }),
];

const answersOf = (number: number): Answers => {
  const pods = podsOf(number);
  const list = { kind: 'PodList', items: pods };
  return {
    '/pods': list,
    '/runningpods/': list,
    '/stats/summary': {
      node: { nodeName: `node-${number}`, memory: { workingSetBytes: number * 2 ** 30 } },
      pods: pods.map(({ metadata: { labels: _, ...podRef } }) => ({
        podRef,
        memory: { workingSetBytes: 2 ** 20 },
        containers: [{ name: 'c', memory: { workingSetBytes: 2 ** 20 } }],
        volume: podRef.name === 'db' ? [{ name: 'data', usedBytes: 5 }] : [],
      })),
    },
  };
};

const withPods = (use: Parameters<typeof withKubelets>[1]) =>
  withKubelets([answersOf(1), answersOf(2)], use);

/** Returns `NAMESPACE/POD` of each row. */
const podsIn = async (tool: Scripted['tool'], args: readonly string[]) => {
  const { code, stdout, stderr } = await tool([...args, '--no-headers']);
  assert.is(code, 0, stderr);
  return cellsOf(stdout).map(([namespace, pod]) => `${namespace}/${pod}`);
};

const nodesIn = async (tool: Scripted['tool'], args: readonly string[]) => {
  const { code, stdout, stderr } = await tool(['top', 'nodes', '--no-headers', ...args]);
  assert.is(code, 0, stderr);
  return cellsOf(stdout).map(([node]) => node);
};

const ofPods = [
  ['top', 'pods'],
  ['top', 'containers'],
  ['get', 'pods'],
  ['get', 'runningpods'],
] as const;

/** Options and arguments of commands for pods, with the pods whose rows are printed. */
const chosenPods = {
  '': 'default/job-1 default/job-2',
  '-n ops': 'ops/log-1 ops/log-2 ops/db',
  '-A': 'shop/web-1 ops/log-1 default/job-1 shop/db ops/log-2 shop/web-2 default/job-2 ops/db',
  'job-1': 'default/job-1',
  'shop/web-1': 'shop/web-1',
  'pod/job-1': 'default/job-1',
  'pods/job-1 po/job-2': 'default/job-1 default/job-2',
  'shop/web-1,ops/log-2': 'shop/web-1 ops/log-2',
  'db -n ops': 'ops/db',
  'shop/db log-1 -n ops': 'ops/log-1 shop/db',
  'db -A': 'shop/db ops/db',
};

/** Selectors of pods, for types whose pods have labels. */
const labeled = {
  '-A -l app=web': 'shop/web-1 shop/web-2',
  '-A -l app=web,tier!=back': 'shop/web-1',
  '-A -l !app': 'default/job-1 default/job-2',
  '-A -l app,app!=web,app!=log': 'shop/db ops/db',
  '-n shop -l app=db': 'shop/db',
};

suite('rows of pods', (test) => {
  for (const command of ofPods)
    test(`belong to the pods that options and arguments choose: ${command.join(' ')}`, () =>
      withPods(async (tool) => {
        const choices = { ...chosenPods, ...(command[1] !== 'runningpods' && labeled) };
        for (const [choice, expected] of Object.entries(choices)) {
          const found = await podsIn(tool, [...command, ...choice.split(' ').filter(Boolean)]);
          assert.equal(found.toSorted(), expected.split(' ').toSorted(), choice);
        }
      }));

  test('belong to volumes of the pods that options and arguments choose', () =>
    withPods(async (tool) => {
      assert.equal(await podsIn(tool, ['top', 'volumes', '-A']), ['shop/db', 'ops/db']);
      assert.equal(await podsIn(tool, ['top', 'volumes', '-n', 'ops', '-l', 'app=db']), ['ops/db']);
    }));

  test('are missing if the namespace has no pods, with a hint to other namespaces', () =>
    withPods(async (tool) => {
      for (const [args, plural] of [
        [['top', 'pods', '-n', 'kube-system'], 'pods'],
        [['top', 'containers', '--namespace=kube-system'], 'containers'],
        [['get', 'pods', '-n', 'kube-system'], 'pods'],
        [['top', 'volumes', '-n', 'kube-system'], 'volumes'],
      ] as const) {
        const { code, stdout, stderr } = await tool(args);
        assert.equal([code, stdout], [0, '']);
        assert.match(
          stderr,
          `no ${plural} found in namespace kube-system\nhint: all namespaces: -A\n2 of 2`,
        );
      }
      const all = await tool(['top', 'pods', '-A', '-l', 'app=none']);
      assert.equal([all.code, all.stdout], [0, '']);
      assert.is(all.stderr, 'no pods found\n2 of 2 nodes answered\n');
    }));

  test('are missing if the namespace does not exist', () =>
    withPods(async (tool) => {
      const none = await tool('top pods -n defalt');
      assert.is(
        none.stderr,
        'no pods found: namespace defalt does not exist\nhint: did you mean: -n default?\nhint: all namespaces: -A\n2 of 2 nodes answered\n',
      );
      const named = await tool('get pods web -n defalt');
      assert.is(named.code, 1);
      assert.match(
        named.stderr,
        'note: namespace defalt does not exist\nhint: did you mean: -n default?\n',
      );
    }));

  test('are printed for existing pods if another named pod is missing, with an error and exit code 4', () =>
    withPods(async (tool) => {
      for (const command of ofPods) {
        const { code, stdout, stderr } = await tool([...command, 'job-1', 'nope', 'ops/job-1']);
        assert.is(code, 4);
        assert.is(cellsOf(stdout).length, 2);
        assert.match(
          stderr,
          /^error: no kubelet that answered has pod nope in namespace default\nerror: no kubelet that answered has pod ops\/job-1\n/m,
        );
        assert.match(stderr, /^2 of 2 nodes answered$/m);
      }
    }));

  test('are missing if all named pods are missing, with exit code 1', () =>
    withPods(async (tool) => {
      const none = await tool(['top', 'pods', 'nope', 'shop/nope']);
      assert.equal([none.code, none.stdout], [1, '']);
      assert.is(
        none.stderr,
        'error: no kubelet that answered has pod nope in namespace default\n' +
          'error: no kubelet that answered has pod shop/nope\n2 of 2 nodes answered\n',
      );
      const node = await tool(['top', 'pods', 'node-1']);
      assert.match(node.stderr, '\nhint: node-1 is a node: --node node-1\n');
      const everywhere = await tool(['get', 'pods', 'nope', '-A']);
      assert.is(everywhere.code, 1);
      assert.match(everywhere.stderr, /^error: no kubelet that answered has pod nope\n/);
      const json = await tool(['get', 'pods', 'nope', '-o', 'json']);
      assert.equal([json.code, JSON.parse(json.stdout).items], [1, []]);
    }));

  test('may be absent for a named pod that exists, such as a pod without volumes', () =>
    withPods(async (tool) => {
      const none = await tool(['top', 'volumes', 'job-1']);
      assert.equal(
        [none.code, none.stdout, none.stderr],
        [0, '', 'no volumes found\n2 of 2 nodes answered\n'],
      );
      const some = await tool(['top', 'volumes', 'shop/web-1', 'shop/db', 'nope']);
      assert.is(some.code, 4);
      assert.is(cellsOf(some.stdout).length, 2);
      assert.match(some.stderr, /^error: no kubelet that answered has pod nope /m);
    }));

  test('are missing if the node of a pod does not answer; the error is that no answering kubelet has the pod', () =>
    withKubelets([answersOf(1), { '/pods': 500 }], async (tool) => {
      const { code, stderr } = await tool(['get', 'pods', 'job-1', 'job-2']);
      assert.is(code, 4);
      assert.match(stderr, /^error: no kubelet that answered has pod job-2 in namespace default$/m);
      assert.match(stderr, /^1 of 2 nodes answered/m);
      const none = await tool(['get', 'pods', 'job-2']);
      assert.is(none.code, 1);
      const failed = await tool(['get', 'pods', 'job-2', '--node', 'node-2']);
      assert.is(failed.code, 1);
      assert.not.match(failed.stderr, 'has pod');
    }));

  test("are missing for a node if -l is given and the node's /pods cannot be read", () =>
    withKubelets([answersOf(1), { ...answersOf(2), '/pods': 404 }], async (tool) => {
      const { code, stdout, stderr } = await tool(['top', 'pods', '-A', '-l', 'app=db']);
      assert.is(code, 4);
      assert.equal(
        cellsOf(stdout).map(([, pod]) => pod),
        ['POD', 'db'],
      );
      assert.match(stderr, /^error: node-2: /);
      const verbose = await tool(['top', 'pods', '-A', '-l', 'app=db', '-v=1']);
      assert.match(verbose.stderr, /answered GET \/pods with 404/);
      assert.match(stderr, /^1 of 2 nodes answered/m);
      const unread = await tool(['top', 'pods', '-A']);
      assert.is(unread.code, 0);
    }));

  test('belong to the nodes that --node, --node-selector or --shard selects', () =>
    withPods(async (tool, asked) => {
      for (const nodes of [
        ['--node', 'node-2'],
        ['--node-selector', 'kubernetes.io/hostname=node-2'],
        ['--node-selector', 'kubernetes.io/hostname=node-2', '-l', 'app'],
      ]) {
        const found = await podsIn(tool, ['get', 'pods', '-n', 'ops', ...nodes]);
        assert.equal(found, ['ops/log-2', 'ops/db'], nodes.join(' '));
      }
      assert.is(asked().length, 3);
      const shards = [];
      for (const shard of ['1/2', '2/2'])
        shards.push((await tool(['get', 'pods', '-A', '--no-headers', '--shard', shard])).stdout);
      assert.is(cellsOf(shards.join('')).length, 8);
      assert.is(asked().length, 5);
    }));

  test('are selected by -n before --by sums them', () =>
    withPods(async (tool) => {
      const { stdout } = await tool(['top', 'pods', '-n', 'ops', '--by', 'namespace']);
      assert.equal(
        cellsOf(stdout).map((cells) => cells.slice(0, 2).join(' ')),
        ['NAMESPACE PODS', 'ops 3'],
      );
    }));
});

const role = (name: string) => ({ [`node-role.kubernetes.io/${name}`]: '' });

/** Starts a cluster of five nodes with labels. */
const withRoles = (use: (tool: Scripted['tool']) => Promise<void>) => {
  const labels = [
    { ...role('control-plane'), pool: 'a' },
    { ...role('worker'), pool: 'b' },
    { ...role('gpu'), pool: 'a' },
    {},
    { ...role('master'), ...role('worker') },
  ];
  return withKubelets(
    labels.map((_, index) => answersOf(index + 1)),
    (tool, _, sandbox) => {
      for (const [index, own] of labels.entries())
        label(sandbox, 'nodes', `node-${index + 1}`, own);
      return use(tool);
    },
  );
};

suite('rows of nodes', (test) => {
  test('belong to the chosen nodes; role worker chooses every node without a control-plane role', () =>
    withRoles(async (tool) => {
      for (const [choice, expected] of Object.entries({
        '': '1 2 3 4 5',
        'node-2': '2',
        'node-1 node-3': '1 3',
        'no/node-1,node/node-3': '1 3',
        '--node node-1,node/node-3': '1 3',
        'node-1 node-3 node-1 --node node-3': '1 3',
        '-l pool=a': '1 3',
        '--selector pool=a --node node-2,node-3': '3',
        '--node-selector pool=a': '1 3',
        '--role control-plane': '1',
        '--role worker': '2 3 4',
        '--role gpu': '3',
        '--role worker -l kubernetes.io/hostname=node-4': '4',
      }))
        assert.equal(
          (await nodesIn(tool, choice.split(' ').filter(Boolean))).toSorted(),
          expected.split(' ').map((number) => `node-${number}`),
          choice,
        );
      const pods = await podsIn(tool, ['get', 'pods', '--role', 'gpu', '-n', 'default']);
      assert.equal(pods, ['default/job-3']);
    }));

  test('are missing if no node has the role or the labels, with a hint', () =>
    withRoles(async (tool) => {
      for (const [choice, words] of [
        [
          '--role gpus',
          'with role gpus\nhint: roles of this cluster: control-plane, gpu, master, worker',
        ],
        ['-l pool=c', 'with labels pool=c\nhint: kubectl get nodes --show-labels'],
      ] as const) {
        checkFailure(await tool(`top nodes ${choice}`), `error: no nodes found ${words}\n`);
      }
    }));

  test('come with a warning and exit code 4 if one of several named nodes does not exist', () =>
    withPods(async (tool) => {
      for (const names of ['node-1 nope', '--node nope,node-1', 'node-1 --node nope']) {
        const { code, stdout, stderr } = await tool(`top nodes --no-headers ${names}`);
        assert.is(code, 4);
        assert.match(stdout, /^node-1 .*\n$/);
        assert.match(stderr, /^warning: nodes "nope" not found\n1 of 1 node answered$/m);
      }
      const wrong = await tool(['top', 'nodes', 'node-1,node-7', '-o', 'json']);
      assert.equal(JSON.parse(wrong.stdout).failed, [
        {
          ...{ node: 'node-7', cause: 'node-gone', message: 'nodes "node-7" not found' },
          hint: 'did you mean: node-1 or node-2?',
        },
      ]);
    }));

  test('are missing if no node has the role, with a hint that names only roles that --role accepts', () =>
    withKubelets([{}], async (tool, _, sandbox) => {
      label(sandbox, 'nodes', 'node-1', { ...role('control-plane'), ...role('worker') });
      checkFailure(
        await tool(['top', 'nodes', '--role', 'worker']),
        /^hint: roles of this cluster: control-plane$/m,
      );
    }));
});

suite('an option of rows', (test) => {
  const formats = [
    'table',
    'json',
    'csv',
    'name',
    'prometheus',
    'custom-columns=P:.pod,A:.label_app,L:.labels',
  ];
  const options = [
    ['--namespace', 'ops'],
    ['--selector', 'app=web'],
    ['--node', 'node-2'],
    ['--node-selector', 'kubernetes.io/hostname=node-2'],
    ['--shard', '1/2'],
    ['--sort-by', 'namespace'],
    ['--reverse'],
    ['--limit', '1'],
    ['--no-headers'],
    ['--by', 'namespace'],
    ['--chart'],
    ['--label-columns', 'app'],
    ['--show-labels'],
  ] as const;
  const choices = pairs(options, formats, ofPods);
  for (const command of ofPods)
    test(`changes the output, or is refused with an error that names it: ${command.join(' ')}`, () =>
      withPods(async (tool) => {
        for (const [option, format] of choices.filter(([, , each]) => each === command)) {
          const [name] = option;
          const given = [...command, '-o', format, ...(name === '--namespace' ? [] : ['-A'])];
          const [before, after] = [await tool(given), await tool([...given, ...option])];
          if (after.code === 2) assert.match(after.stderr.split('\n', 1)[0] ?? '', name);
          else assert.not.equal(after, before, [...given, ...option].join(' '));
        }
      }));
});
