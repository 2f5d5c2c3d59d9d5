import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';
import { cellsOf, withKubelets } from '../shared/rows/kubelets.ts';

const podList = {
  kind: 'PodList',
  items: ['shop', 'ops'].map((namespace) => ({
    metadata: {
      ...{ name: 'web', namespace },
      labels: { 'app.kubernetes.io/name': `${namespace}-web` },
      annotations: { 'kubernetes.io/config.source': 'file' },
    },
    spec: { containers: [{ name: 'c' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'c', ready: true, restartCount: 3, state: { running: {} } }],
    },
  })),
};

const node = ['--node', 'node-1'];

suite('get pods', (test) => {
  test('prints pods as their kubelet reports them, and sums with --by', () =>
    withKubelets([{ '/pods': podList }], async (tool, asked) => {
      const { stdout } = await tool(['get', 'pods', '-A', ...node]);
      assert.is(
        stdout,
        `NAMESPACE   POD   NODE     READY   STATUS    RESTARTS
shop        web   node-1   1/1     Running   3
ops         web   node-1   1/1     Running   3
`,
      );
      const sums = await tool(['get', 'pods', '-A', ...node, '--by', 'namespace', '-o', 'csv']);
      assert.match(sums.stdout, /^namespace,rows,restarts,.*\r\nshop,1,3,/);
      const list = JSON.parse((await tool(['get', 'pods', '-A', ...node, '-o', 'json'])).stdout);
      assert.equal([list.kind, list.items[1].source], ['KubeletPodList', 'file']);
      assert.equal(schemaErrors('docs/schemas/KubeletPodList.schema.json', list), []);
      assert.equal(asked(), Array(3).fill('GET /pods'));
    }));

  test('prints labels of pods without another request', () =>
    withKubelets([{ '/pods': podList }], async (tool, asked) => {
      const { stdout } = await tool(['get', 'po', '-A', '-L', 'app.kubernetes.io/name']);
      assert.equal(
        cellsOf(stdout)
          .slice(0, 3)
          .map((cells) => cells.at(-1)),
        ['NAME', 'shop-web', 'ops-web'],
      );
      assert.equal(asked(), ['GET /pods']);
    }));
});

suite('get configz', (test) => {
  test('prints settings without a TOTAL row', () =>
    withKubelets([{}, {}], async (tool) => {
      const { stdout } = await tool(['get', 'configz']);
      assert.is(
        stdout,
        `NODE     FIELD                           VALUE
node-1   evictionHard.nodefs.available   "10%"
node-2   evictionHard.nodefs.available   "10%"
`,
      );
      const list = JSON.parse((await tool(['get', 'configz', '-o', 'json'])).stdout);
      assert.equal(Object.keys(list), [
        'apiVersion',
        'kind',
        'server',
        'items',
        'answered',
        'failed',
      ]);
      assert.equal(schemaErrors('docs/schemas/KubeletSettingList.schema.json', list), []);
    }));

  test('prints only settings of --field, by parts of their names', () =>
    withKubelets(
      [60, 70].map((maxPods) => ({
        '/configz': { kubeletconfig: { maxPods, enableServer: true, evictionHard: { a: '1' } } },
      })),
      async (tool) => {
        const { stdout } = await tool('get configz --field maxpods,EvictionHard --no-headers');
        assert.equal(cellsOf(stdout), [
          ['node-1', 'maxPods', '60'],
          ['node-1', 'evictionHard.a', '"1"'],
          ['node-2', 'maxPods', '70'],
          ['node-2', 'evictionHard.a', '"1"'],
        ]);
        assert.match(
          (await tool('get configz --field nope')).stderr,
          'no settings match --field nope: ',
        );
        const other = await tool('get pods --field x');
        assert.equal(
          [other.code, other.stderr.split('\n')[0]],
          [2, 'error: --field needs rows of configz, not pods'],
        );
      },
    ));

  test('prints exact values with their types in JSON and YAML, and as JSON in tables', () => {
    const body = '{"kubeletconfig":{"a":9007199254740993,"b":"1","c":["x",2],"d":false,"e":""}}';
    return withKubelets([{ '/configz': body }], async (tool) => {
      const table = await tool(['get', 'configz', '--no-headers']);
      assert.equal(
        cellsOf(table.stdout).map((cells) => cells.slice(1).join(' ')),
        ['a 9007199254740993', 'b "1"', 'c ["x",2]', 'd false', 'e ""'],
      );
      const json = await tool(['get', 'configz', '-o', 'json']);
      assert.match(json.stdout, '"value": 9007199254740993\n');
      assert.equal(
        JSON.parse(json.stdout)
          .items.slice(1)
          .map(({ value }: { value: unknown }) => value),
        ['1', ['x', 2], false, ''],
      );
      const yaml = await tool(['get', 'configz', '-o', 'yaml']);
      assert.match(yaml.stdout, /field: a\n +value: 9007199254740993\n/);
      assert.match(yaml.stdout, /field: b\n +value: '1'\n/);
    });
  });
});
