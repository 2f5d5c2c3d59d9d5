import * as assert from 'uvu/assert';
import { suite } from '../../kit/suite.ts';
import { cellsOf, summary, withKubelets } from '../shared/rows/kubelets.ts';

const gpu = 'nvidia.com/gpu';

const pod = (name: string, uid: string, health: string) => ({
  metadata: { name, namespace: 'shop', uid },
  spec: {
    containers: [{ name: 'c', resources: { requests: { [gpu]: '2', 'hugepages-2Mi': '4Mi' } } }],
  },
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'c',
        state: { running: {} },
        allocatedResourcesStatus: [
          { name: gpu, resources: [{ resourceID: `GPU-${name}`, health }] },
        ],
      },
    ],
  },
});

const kubelet = {
  '/stats/summary': summary,
  '/pods': { kind: 'PodList', items: [pod('web', 'a', 'Healthy'), pod('db', 'b', 'Unhealthy')] },
};

suite('extended resources', (test) => {
  test('are requested of allocatable ones in rows of nodes, and unhealthy devices have a note', () =>
    withKubelets([kubelet], async (tool, _, { store }) => {
      const node = store.get('nodes', 'node-1');
      assert.ok(node);
      const status = node['status'] as { readonly allocatable: object };
      const allocatable = {
        ...status.allocatable,
        ...{ [gpu]: '8', 'example.com/nic': '1', 'kubernetes.io/batch': '5' },
      };
      store.put('nodes', { ...node, status: { ...status, allocatable } });
      const shown = async (type: string) => {
        const { stdout, stderr } = await tool(`top ${type} -o wide`);
        const [heads = [], ...rows] = cellsOf(stdout);
        const columns = ['EXTENDED', 'UNHEALTHY'].map((head) => heads.indexOf(head));
        return { cells: rows.map((row) => columns.map((at) => row[at])), stderr };
      };
      const nodes = await shown('nodes');
      assert.equal(nodes.cells, [['example.com/nic=0/1, nvidia.com/gpu=4/8', `${gpu} GPU-db`]]);
      assert.match(nodes.stderr, `note: unhealthy devices: node-1 (${gpu} GPU-db)\n`);
      const pods = await shown('pods -A');
      assert.equal(pods.cells.slice(0, 3), [
        ['nvidia.com/gpu=2', '-'],
        ['nvidia.com/gpu=2', `${gpu} GPU-db`],
        ['-', '-'],
      ]);
      assert.match(pods.stderr, `note: unhealthy devices: shop/db (${gpu} GPU-db)\n`);
    }));
});
