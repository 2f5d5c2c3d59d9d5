import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { baselineOf, compareWithBaseline } from '../../../src/kubelet/baseline.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { usualConfiguration } from '../../sandbox/configz.ts';

const head = { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' };
const usual = usualConfiguration(37);

suite('diff configz --baseline', (test) => {
  test('prints settings that differ from a file, and exits 3', () =>
    withSandbox(async (sandbox, tool) => {
      const file = join(sandbox.directory, 'kubelet.yaml');
      const other = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } };
      const wanted = { ...head, maxPods: 77, rotateCertificates: usual['rotateCertificates'] };
      writeFileSync(file, `${dump(other)}---\n${dump(wanted)}`);
      const { code, stdout, stderr } = await tool(['diff', 'configz', '--baseline', file]);
      assert.is(code, 3, stderr);
      assert.equal(stdout.trimEnd().replaceAll(/ +/g, ' ').split('\n'), [
        'FIELD VALUE BASELINE NODES NAMES',
        'maxPods 110 77 1 node-1',
        'maxPods 250 77 1 node-2',
      ]);
      assert.match(
        stderr,
        'note: the baseline sets 2 settings; others are left to defaults, and not compared\n',
      );
      const json = await tool(['diff', 'configz', 'node-1', '--baseline', file, '-o', 'json']);
      const schema = join(root, 'docs/schemas/KubeletBaselineDifferenceList.schema.json');
      assert.equal(schemaErrors(schema, JSON.parse(json.stdout)), []);
      assert.is(json.code, 3);
      writeFileSync(file, dump({ ...head, maxPods: 110 }));
      const same = await tool(['diff', 'configz', 'node-1', '--baseline', file]);
      assert.equal([same.code, same.stdout, same.stderr], [0, '', 'no differences found\n']);
    }));

  test('reads files that curl and get wrote', () =>
    withSandbox(async (sandbox, tool) => {
      const file = join(sandbox.directory, 'written');
      const compare = (path: string) =>
        tool(['diff', 'configz', 'node-2', '--baseline', path, '-o', 'csv']);
      const differences =
        'field,value,baseline,nodeCount,nodeSummary,nodeNames\r\nmaxPods,250,110,1,node-2,node-2\r\n';
      await tool(['curl', 'configz', '--node', 'node-1', '--output-dir', file]);
      const paths = [join(file, 'node-1.json')];
      for (const format of ['json', 'yaml']) {
        const path = `${file}.${format}`;
        writeFileSync(path, (await tool(['get', 'configz', 'node-1', '-o', format])).stdout);
        paths.push(path);
      }
      for (const path of paths) {
        const { code, stdout, stderr } = await compare(path);
        assert.equal([code, stdout], [3, differences], `${path}: ${stderr}`);
      }
      writeFileSync(`${file}.json`, (await tool(['get', 'configz', '-o', 'json'])).stdout);
      assert.match(
        (await compare(`${file}.json`)).stderr,
        /^error: .* has several: node node-1 and node node-2\n/,
      );
    }));

  test("reads kubeadm's ConfigMap", () =>
    withSandbox(async (sandbox, tool) => {
      const baseline = ['diff', 'configz', '--baseline', 'kubelet-config'];
      const absent = await tool(baseline);
      assert.is(absent.code, 1);
      assert.match(
        absent.stderr,
        'error: kube-system has no ConfigMap kubelet-config with a KubeletConfiguration: kubeadm makes it\nhint: --baseline FILE\n',
      );
      const put = (kubelet: string) =>
        sandbox.store.put('configmaps', {
          ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { kubelet } },
          metadata: { name: 'kubelet-config', namespace: 'kube-system' },
        });
      put(dump({ ...head, serverTLSBootstrap: true }));
      const { code, stdout } = await tool([...baseline, '-o', 'csv']);
      assert.equal(
        [code, stdout],
        [
          3,
          'field,value,baseline,nodeCount,nodeSummary,nodeNames\r\nserverTLSBootstrap,,true,2,"node-1, node-2","node-1, node-2"\r\n',
        ],
      );
      put('kind: Namespace');
      assert.match(
        (await tool(baseline)).stderr,
        'error: ConfigMap kubelet-config has no KubeletConfiguration\n',
      );
      put('a: [');
      assert.match(
        (await tool(baseline)).stderr,
        'error: unable to read ConfigMap kubelet-config: ',
      );
    }));

  test('reports the error in an invalid file', () =>
    withSandbox(async (sandbox, tool) => {
      const file = join(sandbox.directory, 'a.yaml');
      const run = () => tool(['diff', 'configz', '--baseline', file]);
      assert.match(
        (await run()).stderr,
        /^error: unable to read .*: no such file or directory\nhint: .*: --baseline kubelet-config\n/,
      );
      writeFileSync(file, 'kind: Namespace\n');
      assert.match(
        (await run()).stderr,
        /^error: .* has no KubeletConfiguration\nhint: .*: --baseline kubelet-config\n/,
      );
      writeFileSync(file, `${dump(head)}---\n${dump(head)}`);
      assert.match((await run()).stderr, /^error: .* has several: .*, line 1 and .*, line \d+\n/);
      const flags = await tool(['diff', 'flagz', '--baseline', file]);
      assert.equal(
        [flags.code, flags.stderr.split('\n')[0]],
        [2, 'error: --baseline and flagz cannot be used together: it has settings'],
      );
    }));

  test('compares values as kubelets parse them', () => {
    const differ = (wanted: object, found: Record<string, unknown>) =>
      compareWithBaseline(found, baselineOf({ ...head, ...wanted })).map(({ field }) => field);
    const nothing: readonly string[] = [];
    assert.equal(differ({ syncFrequency: '1h' }, { syncFrequency: '1h0m0s' }), nothing);
    assert.equal(differ({ syncFrequency: '1h' }, { syncFrequency: '61m' }), ['syncFrequency']);
    // /configz omits zero values.
    for (const zero of [0, false, '', '0s', null, []])
      assert.equal(differ({ any: zero }, {}), nothing, JSON.stringify(zero));
    assert.equal(differ({ readOnlyPort: 0 }, { readOnlyPort: 10_255 }), ['readOnlyPort']);
    assert.equal(differ({ seccompDefault: true }, {}), ['seccompDefault']);
    assert.equal(
      differ(
        { evictionHard: { 'memory.available': '1Gi' }, featureGates: { A: true } },
        { evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '10%' } },
      ),
      ['evictionHard.memory.available', 'featureGates.A'],
    );
    // Settings that the baseline does not set are not compared.
    assert.equal(differ({}, { maxPods: 110 }), nothing);
  });
});
