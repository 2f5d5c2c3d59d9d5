import * as assert from 'uvu/assert';
import { label } from '../../../kit/rbac.ts';
import type { Scripted } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';
import { type Answers, cellsOf, withKubelets } from './kubelets.ts';

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

suite('rows of pods', (test) => {
  test('belong to the namespace of the context or of -n, or to all namespaces with -A', () =>
    withPods(async (tool) => {
      for (const command of ofPods) {
        assert.equal(await podsIn(tool, command), ['default/job-1', 'default/job-2']);
        assert.equal(await podsIn(tool, [...command, '-n', 'ops']), [
          ...['ops/log-1', 'ops/log-2'],
          'ops/db',
        ]);
        assert.is((await podsIn(tool, [...command, '-A'])).length, 8);
      }
      assert.equal(await podsIn(tool, ['top', 'volumes', '-A']), ['shop/db', 'ops/db']);
      assert.equal(await podsIn(tool, ['top', 'volumes', '-n', 'ops']), ['ops/db']);
    }));

  test('are missing if the namespace has no pods, with a hint to other namespaces', () =>
    withPods(async (tool) => {
      for (const [args, plural] of [
        [['top', 'pods', '-n', 'none'], 'pods'],
        [['top', 'containers', '--namespace=none'], 'containers'],
        [['get', 'pods', '-n', 'none'], 'pods'],
        [['top', 'volumes', '-n', 'none'], 'volumes'],
      ] as const) {
        const { code, stdout, stderr } = await tool(args);
        assert.equal([code, stdout], [0, '']);
        assert.match(
          stderr,
          `no ${plural} found in namespace none\nhint: all namespaces: -A\n2 of 2`,
        );
      }
      const all = await tool(['top', 'pods', '-A', '-l', 'app=none']);
      assert.equal([all.code, all.stdout], [0, '']);
      assert.is(all.stderr, 'no pods found\n2 of 2 nodes answered\n');
    }));

  test('are of the pods that NAME names, in each form that kubectl accepts', () =>
    withPods(async (tool) => {
      for (const [names, expected] of [
        ['job-1', 'default/job-1'],
        ['shop/web-1', 'shop/web-1'],
        ['pod/job-1', 'default/job-1'],
        ['pods/job-1 po/job-2', 'default/job-1 default/job-2'],
        ['shop/web-1,ops/log-2', 'shop/web-1 ops/log-2'],
        ['db -n ops', 'ops/db'],
        ['shop/db log-1 -n ops', 'ops/log-1 shop/db'],
        ['db -A', 'shop/db ops/db'],
      ] as const)
        for (const command of ofPods)
          assert.equal(
            (await podsIn(tool, [...command, ...names.split(' ')])).join(' '),
            expected,
            names,
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

  test('of a pod whose node does not answer are missing, with the error that no answering kubelet has the pod', () =>
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

  test('are of pods with the labels of -l, although kubelets send all pods', () =>
    withPods(async (tool) => {
      for (const [selector, expected] of [
        ['app=web', ['shop/web-1', 'shop/web-2']],
        ['app=web,tier!=back', ['shop/web-1']],
        ['!app', ['default/job-1', 'default/job-2']],
        ['app notin (web,log)', ['default/job-1', 'shop/db', 'default/job-2', 'ops/db']],
      ] as const)
        for (const command of [
          ['top', 'pods'],
          ['get', 'pods'],
          ['top', 'containers'],
        ])
          assert.equal(await podsIn(tool, [...command, '-A', '-l', selector]), expected, selector);
      assert.equal(await podsIn(tool, ['top', 'pods', '-n', 'shop', '-l', 'app=db']), ['shop/db']);
      assert.equal(await podsIn(tool, ['top', 'volumes', '-A', '--selector', 'app=db']), [
        'shop/db',
        'ops/db',
      ]);
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

  test('are of the nodes that --node, --node-selector or --shard selects', () =>
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

const controlPlane = { 'node-role.kubernetes.io/control-plane': '' };

/** Starts a cluster with a node for each set of labels. */
const withRoles = (
  labels: readonly Readonly<Record<string, string>>[],
  use: (tool: Scripted['tool'], asked: () => readonly string[]) => Promise<void>,
) =>
  withKubelets(
    labels.map((_, index) => answersOf(index + 1)),
    async (tool, asked, sandbox) => {
      for (const [index, own] of labels.entries())
        label(sandbox, 'nodes', `node-${index + 1}`, own);
      await use(tool, asked);
    },
  );

suite('rows of nodes', (test) => {
  test('are of all nodes, or of the nodes that arguments or --node name', () =>
    withRoles([{}, {}, {}], async (tool) => {
      const all = ['node-1', 'node-2', 'node-3'];
      assert.equal(await nodesIn(tool, []), all);
      for (const names of [
        ['node-1', 'node-3'],
        ['node-1,node-3'],
        ['node/node-1', 'nodes/node-3'],
        ['no/node-1,node/node-3'],
        ['--node', 'node-1', '--node', 'node-3'],
        ['--node', 'node-1,node/node-3'],
        ['--node=node-1', 'node-3'],
        ['node-1', 'node-3', 'node-1', '--node', 'node-3'],
      ])
        assert.equal(
          (await nodesIn(tool, names)).toSorted(),
          ['node-1', 'node-3'],
          names.join(' '),
        );
      for (const names of [['node-2'], ['node/node-2'], ['--node', 'node-2']])
        assert.equal(await nodesIn(tool, names), ['node-2']);
    }));

  test('come with a warning and exit code 4 if one of several named nodes does not exist', () =>
    withRoles([{}, {}], async (tool) => {
      for (const names of [
        ['node-1', 'nope'],
        ['--node', 'nope,node-1'],
        ['node-1', '--node', 'nope'],
      ]) {
        const { code, stdout, stderr } = await tool(['top', 'nodes', '--no-headers', ...names]);
        assert.is(code, 4);
        assert.equal(
          cellsOf(stdout).map(([name]) => name),
          ['node-1'],
        );
        assert.match(stderr, /^warning: nodes "nope" not found$/m);
        assert.match(stderr, /^1 of 1 node answered$/m);
      }
      for (const names of [['nope'], ['nope', 'nor-this']]) {
        const { code, stdout, stderr } = await tool(['top', 'nodes', ...names]);
        assert.equal([code, stdout], [1, '']);
        assert.match(stderr, /^Error from server \(NotFound\): nodes "nope" not found\n/);
      }
    }));

  test('are of the nodes with the labels of -l or --node-selector', () =>
    withRoles([{ pool: 'a' }, { pool: 'b' }, { pool: 'a' }], async (tool) => {
      for (const option of ['-l', '--selector', '--node-selector']) {
        assert.equal(await nodesIn(tool, [option, 'pool=a']), ['node-1', 'node-3']);
        assert.equal(await nodesIn(tool, [option, 'pool=a', '--node', 'node-2,node-3']), [
          'node-3',
        ]);
      }
      const wrong = await tool(['top', 'nodes', 'node-1,node-7', '-o', 'json']);
      assert.equal(JSON.parse(wrong.stdout).failed, [
        {
          ...{ node: 'node-7', cause: 'node gone', message: 'nodes "node-7" not found' },
          hint: 'did you mean: node-1 or node-2 or node-3?',
        },
      ]);
      const none = await tool(['top', 'nodes', '-l', 'pool=c']);
      assert.is(none.code, 1);
      assert.match(
        none.stderr,
        /^error: no nodes found with labels pool=c\nhint: kubectl get nodes --show-labels\n/,
      );
    }));

  test('are of the nodes with the role of --role; worker is every node without a control-plane role', () =>
    withRoles(
      [
        controlPlane,
        { 'node-role.kubernetes.io/worker': '' },
        { 'node-role.kubernetes.io/gpu': '' },
        {},
        { 'node-role.kubernetes.io/master': '', 'node-role.kubernetes.io/worker': '' },
      ],
      async (tool) => {
        assert.equal(await nodesIn(tool, ['--role', 'control-plane']), ['node-1']);
        assert.equal(await nodesIn(tool, ['--role', 'worker']), ['node-2', 'node-3', 'node-4']);
        assert.equal(await nodesIn(tool, ['--role', 'gpu']), ['node-3']);
        assert.equal(
          await nodesIn(tool, ['--role', 'worker', '-l', 'kubernetes.io/hostname=node-4']),
          ['node-4'],
        );
        const pods = await podsIn(tool, ['get', 'pods', '--role', 'gpu', '-n', 'default']);
        assert.equal(pods, ['default/job-3']);
        const wrong = await tool(['top', 'nodes', '--role', 'gpus']);
        assert.equal([wrong.code, wrong.stdout], [1, '']);
        assert.match(
          wrong.stderr,
          /^error: no nodes found with role gpus\nhint: roles of this cluster: control-plane, gpu, master, worker\n/,
        );
      },
    ));

  test('are missing for a role without nodes, with a hint that lists the roles of the cluster', () =>
    withRoles([{ ...controlPlane, 'node-role.kubernetes.io/worker': '' }], async (tool) => {
      const { code, stderr } = await tool(['top', 'nodes', '--role', 'worker']);
      assert.is(code, 1);
      assert.match(stderr, /^hint: roles of this cluster: control-plane$/m);
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
  for (const command of ofPods)
    test(`changes the output, or is refused with an error that names it: ${command.join(' ')}`, () =>
      withPods(async (tool) => {
        for (const format of formats) {
          const given = [...command, '-o', format];
          const [own, all] = [await tool(given), await tool([...given, '-A'])];
          assert.not.equal(own, all, format);
          for (const option of options) {
            const [name] = option;
            const before = name === '--namespace' ? own : all;
            const args = [...given, ...(name === '--namespace' ? [] : ['-A']), ...option];
            const after = await tool(args);
            if (after.code === 2) assert.match(after.stderr.split('\n', 1)[0] ?? '', name);
            else
              assert.not.equal(
                [after.stdout, after.stderr],
                [before.stdout, before.stderr],
                args.join(' '),
              );
          }
        }
      }));
});
