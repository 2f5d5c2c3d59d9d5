import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../kit/suite.ts';
import { currentCluster } from './current.ts';
import { toolOf } from './world.ts';

const cluster = await currentCluster();
const tool = toolOf(cluster);
const fileOf = (node: string) => join(cluster.directory, node, 'kubelet.json');

interface Difference {
  readonly field: string;
  readonly value?: unknown;
  readonly baseline: unknown;
  readonly nodeNames: readonly string[];
}

async function differences(file: string, ...args: readonly string[]) {
  const result = await tool(['diff', 'configz', '--baseline', file, '-o', 'json', ...args]);
  const { items } = JSON.parse(result.stdout) as { readonly items: readonly Difference[] };
  return { ...result, items };
}

suite(`diff configz --baseline, ${cluster.version}`, (test) => {
  test('finds no difference from the file that a kubelet was started with', async () => {
    for (const node of cluster.nodes) {
      const { code, items, stderr } = await differences(fileOf(node), node);
      assert.equal(items, [], stderr);
      assert.is(code, 0);
    }
  });

  test('prints changed values, but not equal values in another notation', async () => {
    const file = join(cluster.directory, 'baseline.yaml');
    const usual = JSON.parse(readFileSync(fileOf('node-2'), 'utf8')) as object;
    const more = { syncFrequency: '60s', maxPods: 50, readOnlyPort: 0 };
    writeFileSync(file, JSON.stringify({ ...usual, ...more }));
    try {
      await cluster.restartKubelet('node-2', (settings) => ({ ...settings, maxPods: 50 }));
      const same = await differences(file, 'node-2');
      assert.equal([same.code, same.items], [0, []]);
      await cluster.restartKubelet('node-2', (settings) => ({ ...settings, maxPods: 51 }));
      const { code, items } = await differences(file, 'node-2');
      assert.is(code, 3);
      assert.equal(items, [{ ...items[0], field: 'maxPods', value: 51, baseline: 50 }]);
    } finally {
      await cluster.restartKubelet('node-2');
    }
  });

  test('get and diff featuregates list and compare feature gates', async () => {
    const { code, stdout, stderr } = await tool('get featuregates --node node-1 -o csv');
    assert.is(code, 0, stderr);
    assert.match(stdout, /^node-1,NodeLogQuery,(?:BETA|GA),true\r$/m);
    assert.is((await tool('diff featuregates')).stdout, '');
    const gate = 'CPUManagerPolicyAlphaOptions';
    try {
      await cluster.restartKubelet('node-2', (settings) => ({
        ...settings,
        featureGates: { ...settings.featureGates, [gate]: true },
      }));
      const differ = await tool('diff featuregates -o json');
      const { items } = JSON.parse(differ.stdout) as {
        readonly items: readonly { readonly nodeSummary: string }[];
      };
      assert.equal(
        items.map(({ nodeSummary: _, ...item }) => item),
        [
          { gate, value: false, nodeCount: 1, nodeNames: ['node-1'] },
          { gate, value: true, nodeCount: 1, nodeNames: ['node-2'] },
        ],
      );
    } finally {
      await cluster.restartKubelet('node-2');
    }
  });
});
