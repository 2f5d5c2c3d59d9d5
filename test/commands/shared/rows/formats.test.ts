import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import { schemaErrors } from '../../../kit/json-schema.ts';
import { suite } from '../../../kit/suite.ts';
import { withSandbox } from '../../../kit/with-sandbox.ts';
import type { SandboxOptions } from '../../../sandbox/sandbox.ts';
import { sceneContents } from '../../../sandbox/scene/contents.ts';
import { type Answers, cellsOf, summary, withKubelets } from './kubelets.ts';

/** Returns the pods of each sandbox kubelet, with containers and volumes. */
const contentsOf: SandboxOptions['contentsOf'] = (node, { web }) =>
  sceneContents({ node, minor: 37, logOf: () => web, isReady: () => true });

/** Returns responses of a kubelet that reports this use of CPU and memory. If `cpu` is undefined, it reports no CPU. */
const using = (cpu: number | undefined, gib: number): Answers => ({
  '/stats/summary': {
    ...summary,
    node: {
      ...summary.node,
      cpu: { usageNanoCores: cpu && cpu * 1e9 },
      memory: { workingSetBytes: gib * 2 ** 30 },
    },
  },
});

const firstCells = (table: string) => cellsOf(table).map(([cell]) => cell);

suite('the order of rows', (test) => {
  const kubelets = [using(1, 4), using(undefined, 1), using(3, 2), using(3, 3)];

  test('is by the column that --sort-by names: by its head, its JSON name, or an unambiguous prefix', () =>
    withKubelets(kubelets, async (tool) => {
      for (const [column, expected] of [
        ['', ['node-1', 'node-2', 'node-3', 'node-4']],
        ['MEMORY', ['node-1', 'node-4', 'node-3', 'node-2']],
        ['working-set-bytes', ['node-1', 'node-4', 'node-3', 'node-2']],
        ['mem', ['node-1', 'node-4', 'node-3', 'node-2']],
        ['cpu', ['node-3', 'node-4', 'node-1', 'node-2']],
        ['node', ['node-1', 'node-2', 'node-3', 'node-4']],
      ] as const) {
        const args = column === '' ? [] : ['--sort-by', column];
        const { code, stdout, stderr } = await tool(['top', 'nodes', '--no-headers', ...args]);
        assert.is(code, 0, stderr);
        assert.equal(firstCells(stdout), expected, column);
      }
    }));

  test('is reversed by --reverse, but rows without a value stay at the end', () =>
    withKubelets(kubelets, async (tool) => {
      for (const [args, expected] of [
        ['--reverse', 'node-4 node-3 node-2 node-1'],
        ['--sort-by cpu --reverse', 'node-1 node-3 node-4 node-2'],
        ['--sort-by memory --reverse', 'node-2 node-3 node-4 node-1'],
        ['--sort-by node --reverse --limit 1', 'node-4'],
      ] as const)
        for (const format of ['table', 'csv']) {
          const { stdout } = await tool(`top nodes --no-headers -o ${format} ${args}`);
          const lines = stdout.trimEnd().split(/\r?\n/);
          const nodes = lines.map((line) => /^[\w-]+/.exec(line)?.[0]);
          assert.is(nodes.join(' '), expected, args);
        }
    }));

  test('decides which rows --limit keeps; the total covers all rows', () =>
    withKubelets(kubelets, async (tool) => {
      const args = ['top', 'nodes', '--sort-by', 'memory', '--limit', '2'];
      const { stdout } = await tool(args);
      assert.equal(firstCells(stdout), ['NODE', 'node-1', 'node-4', 'TOTAL (of 4)']);
      assert.match(stdout, /^TOTAL \(of 4\) +7 +60% +10Gi /m);
      const list = JSON.parse((await tool([...args, '-o', 'json'])).stdout);
      assert.equal([list.items.length, list.totals.cpuCores], [2, 7]);
      const more = await tool(['top', 'nodes', '--limit', '99', '--no-headers']);
      assert.is(cellsOf(more.stdout).length, 4);
      assert.is((await tool([...args, '-o', 'name'])).stdout, 'node/node-1\nnode/node-4\n');
    }));
});

suite('rows as objects', (test) => {
  test('are the same in YAML as in JSON', () =>
    withKubelets([{}, { '/stats/summary': 500 }], async (tool) => {
      for (const args of [
        ['top', 'nodes'],
        ['top', 'pods', '-A'],
        ['get', 'configz'],
        ['get', 'pods', '-A'],
      ]) {
        const json = await tool([...args, '-o', 'json']);
        const yaml = await tool([...args, '-o', 'yaml']);
        assert.is(yaml.code, json.code);
        const withoutPorts = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, 'ADDRESS');
        assert.equal(load(withoutPorts(yaml.stdout)), JSON.parse(withoutPorts(json.stdout)));
        assert.match(
          yaml.stdout,
          /^apiVersion: kubeletaccess\/v1alpha1\nkind: Kubelet\w+List\nserver: .*\nitems:/,
        );
        const lines = (await tool([...args, '-o', 'ndjson'])).stdout.split('\n').filter(Boolean);
        const { server } = JSON.parse(json.stdout);
        assert.match(server, /^https:/);
        for (const line of lines) assert.is(JSON.parse(line).server, server);
      }
    }));

  test('keep every digit', () => {
    const pods = [
      {
        podRef: { namespace: 'a', name: 'b' },
        memory: { workingSetBytes: 1, rssBytes: 1 },
        'ephemeral-storage': { usedBytes: 1 },
      },
    ];
    const body = JSON.stringify({ node: summary.node, pods }).replaceAll(
      '"workingSetBytes":1,',
      '"workingSetBytes":9007199254740993,',
    );
    return withKubelets([{ '/stats/summary': body }], async (tool) => {
      for (const [format, line] of [
        ['json', '"workingSetBytes": 9007199254740993,'],
        ['yaml', 'workingSetBytes: 9007199254740993\n'],
        ['csv', ',9007199254740993,'],
      ] as const)
        assert.match((await tool(['top', 'pods', '-A', '-o', format])).stdout, line);
    });
  });

  for (const [words, kind] of [
    ['top pods', 'KubeletPodStatsSumList'],
    ['top containers', 'KubeletContainerStatsSumList'],
    ['top volumes', 'KubeletVolumeStatsSumList'],
    ['get pods', 'KubeletPodSumList'],
    ['get runningpods', 'KubeletRunningPodSumList'],
  ] as const)
    test(`have a schema if they are summed: ${words}`, () =>
      withSandbox({ nodes: ['none'], contentsOf }, async (_, tool) => {
        const args = [...words.split(' '), '-A', '--by', 'namespace', '-o', 'json'];
        const { code, stdout, stderr } = await tool(args);
        assert.is(code, 0, stderr);
        const list = JSON.parse(stdout) as { readonly kind: string; readonly items: object[] };
        assert.equal([list.kind, list.items.length > 0], [kind, true]);
        assert.equal(schemaErrors(`docs/schemas/${kind}.schema.json`, list), []);
        // The schema allows no other figure in a sum.
        const more = { ...list, items: [{ ...list.items[0], other: 1 }] };
        assert.not.equal(schemaErrors(`docs/schemas/${kind}.schema.json`, more), []);
      }));

  test('let a template print the failed nodes', () =>
    withKubelets([{}, { '/stats/summary': 500 }, { '/stats/summary': '<html>' }], async (tool) => {
      const words = await tool(['top', 'nodes', '-o', 'jsonpath={.failed[*].node}']);
      assert.equal([words.code, words.stdout], [4, 'node-2 node-3']);
      const pods = await tool(['top', 'pods', '-A', '-o', 'jsonpath={.failed[*].cause}']);
      // Notes about totals are printed only for formats that print totals.
      assert.not.match(pods.stderr, / pods report /);
    }));

  test('have an empty list of failed nodes if no node failed', () =>
    withKubelets([{ '/metrics': 'a 1\n' }, { '/metrics': 'a 1\n' }], async (tool) => {
      for (const args of [
        ['top', 'nodes'],
        ['top', 'nodes', 'node-1'],
        ['get', 'configz'],
        ['diff', 'configz'],
        ['metrics'],
        ['metrics', '--count'],
      ])
        assert.equal(JSON.parse((await tool([...args, '-o', 'json'])).stdout).failed, []);
    }));

  test('are a list even if all nodes failed, with exit code 1', () =>
    withKubelets([{ '/configz': 403 }, { '/configz': 403 }], async (tool) => {
      for (const args of [[], ['node-1']]) {
        const json = await tool(['get', 'configz', ...args, '-o', 'json']);
        assert.is(json.code, 1);
        const list = JSON.parse(json.stdout);
        assert.equal([list.kind, list.items], ['KubeletSettingList', []]);
        assert.is(list.failed.length, args.length === 0 ? 2 : 1);
        assert.equal(schemaErrors('docs/schemas/KubeletSettingList.schema.json', list), []);
        const yaml = await tool(['get', 'configz', ...args, '-o', 'yaml']);
        assert.is(yaml.code, 1);
        assert.is((load(yaml.stdout) as typeof list).failed.length, list.failed.length);
        const table = await tool(['get', 'configz', ...args]);
        assert.equal([table.code, table.stdout], [1, '']);
      }
      const diff = await tool(['diff', 'configz', '-o', 'json']);
      assert.equal([diff.code, JSON.parse(diff.stdout).failed.length], [1, 2]);
    }));
});

suite('rows as names', (test) => {
  test('are the names of pods and nodes, each once', () =>
    withKubelets([{}, {}], async (tool) => {
      for (const [args, expected] of [
        [['top', 'nodes'], 'node/node-1\nnode/node-2\n'],
        [['top', 'pods', '-A', '--node', 'node-1'], 'pod/web\npod/db\npod/log\n'],
        [['top', 'pods', '-A'], 'pod/web\npod/db\npod/log\n'],
        [['get', 'configz'], 'node/node-1\nnode/node-2\n'],
        [['top', 'nodes', '-l', 'kubernetes.io/hostname=node-2'], 'node/node-2\n'],
      ] as const) {
        const { code, stdout } = await tool([...args, '-o', 'name']);
        assert.equal([code, stdout], [0, expected]);
      }
    }));
});

suite('rows as a table', (test) => {
  test('have all columns with -o wide, except columns that are empty in all rows', () =>
    withKubelets([{}], async (tool) => {
      const heads = async (...args: readonly string[]) =>
        cellsOf((await tool([...args])).stdout)[0] ?? [];
      const table = await heads('top', 'pods', '-A');
      const wide = await heads('top', 'pods', '-A', '-o', 'wide');
      // This kubelet reports no requests, limits or network.
      assert.equal(wide, table);
      const nodes = await heads('top', 'nodes', '-o', 'wide');
      assert.ok(nodes.includes('PODS'), nodes.join());
      assert.is(nodes.length, 14);
    }));

  test('show an empty text as "", and a missing value as a dash', () =>
    withKubelets([{ '/configz': { kubeletconfig: { a: '', b: 0 } } }], async (tool) => {
      const { stdout } = await tool(['get', 'configz', '--no-headers']);
      assert.is(stdout, 'node-1   a   ""\nnode-1   b   0\n');
      const pods = await tool(['top', 'pods', '-n', 'ops', '--no-headers']);
      assert.is(pods.stdout, 'ops   log   node-1   -   1.0Mi   -   -\n');
    }));
});
