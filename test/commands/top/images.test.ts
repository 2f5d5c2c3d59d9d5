import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';
import { cellsOf, summary, withKubelets } from '../shared/rows/kubelets.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

const pod = (name: string, image: string, imageID: string) => ({
  metadata: { name, namespace: 'shop', uid: name },
  spec: { containers: [{ name: 'c' }] },
  status: { containerStatuses: [{ name: 'c', image, imageID }] },
});

const kubelet = {
  '/stats/summary': {
    ...summary,
    node: {
      ...summary.node,
      runtime: { imageFs: { capacityBytes: 1000, availableBytes: 300, usedBytes: 500 } },
    },
  },
  '/configz': { kubeletconfig: { imageGCHighThresholdPercent: 85, nodeStatusMaxImages: 3 } },
  '/pods': {
    kind: 'PodList',
    items: [
      pod('a', 'other:1', `reg/web@${digest('a')}`),
      pod('b', 'reg/web:1', digest('9')),
      pod('c', 'reg/db:1', ''),
    ],
  },
};

const images = [
  { names: [`mirror/web@${digest('a')}`, 'reg/web:1'], sizeBytes: 3 * 2 ** 20 },
  { names: [`reg/old@${digest('b')}`], sizeBytes: 2 ** 20 },
];

suite('top images', (test) => {
  test('has the pods that use each image, what is unused, and what is left until garbage collection', () =>
    withKubelets([kubelet, { ...kubelet, '/pods': 403 }], async (tool, _, { store }) => {
      for (const name of ['node-1', 'node-2']) {
        const node = store.get('nodes', name);
        assert.ok(node);
        const extra = name === 'node-1' ? [{ names: ['reg/db:1'], sizeBytes: 1024 }] : [];
        store.put('nodes', {
          ...node,
          status: { ...(node['status'] as object), images: [...images, ...extra] },
        });
      }
      const { code, stdout, stderr } = await tool('top images');
      assert.equal(
        [code, cellsOf(stdout).slice(0, -1)],
        [
          0,
          [
            ['NODE', 'IMAGE', 'SIZE', 'PODS', 'UNUSED', 'UNTIL GC'],
            ['node-1', 'reg/web:1', '3.0Mi', '2', '0', '15%'],
            ['node-1', `reg/old@${digest('b')}`, '1.0Mi', '0', '1.0Mi', '15%'],
            ['node-1', 'reg/db:1', '1.0Ki', '1', '0', '15%'],
            ['node-2', 'reg/web:1', '3.0Mi', '-', '-', '15%'],
            ['node-2', `reg/old@${digest('b')}`, '1.0Mi', '-', '-', '15%'],
          ],
        ],
      );
      assert.match(stderr, /nodeStatusMaxImages\): node-1 may have more\n/);
      assert.match(stderr, 'note: without /pods of node-2');
      const sums = await tool('top images --by image --no-headers --node node-1,node-2');
      assert.equal(cellsOf(sums.stdout)[0], ['reg/web:1', '2', '6.0Mi', '2', '0']);
      const list = JSON.parse((await tool('top images -o json')).stdout);
      assert.equal(schemaErrors('docs/schemas/KubeletImageList.schema.json', list), []);
    }));

  test('needs Node objects', () =>
    withKubelets([kubelet], async (tool) => {
      const { code, stderr } = await tool('top images --kubelet-address 127.0.0.1');
      assert.is(code, 2);
      assert.match(stderr, 'hint: images are in Node objects: --node NAME\n');
    }));
});
