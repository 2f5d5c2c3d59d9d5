import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { parseFeatureGates } from '../../../src/kubelet/bodies/feature-gates.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { cellsOf, withKubelets } from '../shared/rows/kubelets.ts';

const line = (name: string, stage: string, value: number) =>
  `kubernetes_feature_enabled{name="${name}",stage="${stage}"} ${value}\n`;

suite('feature gates', (test) => {
  test('are read from metrics, sorted by name', () => {
    const body = `# HELP a b\nup 1\n${line('B', 'BETA', 0)}${line('A', '', 1)}other{a="b"} 2\n`;
    assert.equal(parseFeatureGates(body), {
      decoded: {
        value: [
          { name: 'A', stage: 'GA', enabled: true },
          { name: 'B', stage: 'BETA', enabled: false },
        ],
      },
    });
    for (const other of [
      '',
      'up 1\n',
      line('A', '', 1).trimEnd(),
      'x{kubernetes_feature_enabled} 1\n',
    ])
      assert.ok('problem' in parseFeatureGates(other), other);
  });

  test('are printed by get, and by diff if kubelets differ', () =>
    withSandbox({ nodes: ['none', 'no-finer-permissions'], minor: 34 }, async (_, tool) => {
      const { code, stdout } = await tool('get featuregates -o json');
      assert.is(code, 0);
      const schema = join(root, 'docs/schemas/KubeletFeatureGateList.schema.json');
      assert.equal(schemaErrors(schema, JSON.parse(stdout)), []);
      const differ = await tool('diff featuregates -o json');
      const differences = join(root, 'docs/schemas/KubeletFeatureGateDifferenceList.schema.json');
      assert.equal(schemaErrors(differences, JSON.parse(differ.stdout)), []);
      const table = await tool('get gates --node node-1');
      assert.equal(table.stdout.trimEnd().replaceAll(/ +/g, ' ').split('\n'), [
        'NODE GATE STAGE ENABLED',
        'node-1 KubeletFineGrainedAuthz GA true',
      ]);
    }));

  test('with --set, are those of the configuration, with the stages of metrics', () => {
    const configz = { kubeletconfig: { featureGates: { B: false, C: true } } };
    const metrics = line('A', '', 1) + line('B', 'BETA', 0) + line('C', 'ALPHA', 1);
    return withKubelets(
      [{ '/configz': configz, '/metrics': metrics }, { '/configz': configz, '/metrics': 403 }, {}],
      async (tool) => {
        const { stdout, stderr } = await tool('get featuregates --set --no-headers');
        assert.equal(cellsOf(stdout), [
          ['node-1', 'B', 'BETA', 'false'],
          ['node-1', 'C', 'ALPHA', 'true'],
          ['node-2', 'B', '-', 'false'],
          ['node-2', 'C', '-', 'true'],
        ]);
        assert.match(stderr, 'note: without /metrics of node-2');
        const none = await tool('get gates --set --node node-3');
        assert.match(none.stderr, 'no feature gates are set in the configuration\n');
      },
    );
  });
});
