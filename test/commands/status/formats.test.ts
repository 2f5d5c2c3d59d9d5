import { load } from 'js-yaml';
import * as assert from 'uvu/assert';
import type { Report } from '../../../src/commands/status/report.ts';
import { atEnd, suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { pair } from './given.ts';

const sandbox = await startSandbox({
  minor: 37,
  nodes: ['none', 'ipv6-only', 'expired', 'no-addresses', ['windows', 'not-ready']],
  cacheMs: { denied: 0, allowed: 0 },
});
atEnd(() => sandbox.stop());
for (const put of pair()) put(sandbox);

async function print(format: string): Promise<string> {
  const { stdout, stderr } = await runTool(['status', '-o', format], {
    env: { KUBECONFIG: sandbox.kubeconfigs.admin },
  });
  assert.is(stderr, '');
  return stdout;
}

/** Returns the cells of the row that begins with `first`. Keys are the column headings. */
function row(text: string, first: string): Readonly<Record<string, string>> {
  const cells = (line = '') => line.trim().split(/ {3,}/);
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.startsWith(`${first} `));
  const head = lines.slice(0, at).findLastIndex((line) => /^[A-Z]/.test(line));
  const values = cells(lines[at]);
  return Object.fromEntries(cells(lines[head]).map((name, index) => [name, values[index] ?? '']));
}

suite('status -o', (test) => {
  test('wide prints address type, readiness, system, times and certificate of each node', async () => {
    const text = await print('wide');
    const first = row(text, 'node-1');
    assert.equal(
      { ...first, ADDRESS: '', DIRECT: '', 'VIA API SERVER': '', 'SHA-256': '', 'DAYS LEFT': '' },
      {
        NODE: 'node-1',
        READY: 'True',
        VERSION: 'v1.37.2',
        OS: 'linux',
        ADDRESS: '',
        TYPE: 'InternalIP',
        DIRECT: '',
        'VIA API SERVER': '',
        'CERTIFICATE OF': 'CN=system:node:node-1,O=system:nodes',
        ISSUER: 'CN=sandbox-ca',
        'DAYS LEFT': '',
        'SHA-256': '',
      },
    );
    assert.match(first['DIRECT'] ?? '', /^ok \(\d+ ms\)$/);
    assert.match(first['VIA API SERVER'] ?? '', /^ok \(\d+ ms\)$/);
    assert.match(first['SHA-256'] ?? '', /^[0-9a-f]{16}$/);
    assert.match(first['DAYS LEFT'] ?? '', /^36[45]$/);
    assert.match(row(text, 'node-2')['ADDRESS'] ?? '', /^\[::1\]:\d+$/);
    const expired = row(text, 'node-3');
    assert.match(expired['DIRECT'] ?? '', /^certificate-expired \(\d+ ms\)$/);
    assert.match(expired['DAYS LEFT'] ?? '', /^-[12]$/);
    assert.match(expired['SHA-256'] ?? '', /^[0-9a-f]{16}$/);
    const nowhere = row(text, 'node-4');
    assert.equal(
      [nowhere['ADDRESS'], nowhere['TYPE'], nowhere['SHA-256']],
      Array(3).fill('<none>'),
    );
    const windows = row(text, 'node-5');
    assert.equal([windows['OS'], windows['READY']], ['windows', 'Unknown']);
  });

  test('wide prints the access of kube-apiserver and of the caller, even if everything is ok', async () => {
    const text = await print('wide');
    assert.equal(row(text, 'get nodes/proxy'), {
      ACCESS: 'get nodes/proxy',
      'user:Kubernetes (kube-apiserver)': 'allowed',
      'user:admin (you)': 'allowed',
    });
    assert.not.match(await print('table'), 'ACCESS');
  });

  test('wide prints all lines of evidence; a table prints only the first lines', async () => {
    const many = await startSandbox({
      minor: 37,
      nodes: Array.from({ length: 4 }, () => 'expired'),
      cacheMs: { denied: 0, allowed: 0 },
    });
    try {
      const env = { KUBECONFIG: many.kubeconfigs.admin };
      const [table, wide] = await Promise.all(
        ['table', 'wide'].map(async (format) => runTool(['status', '-o', format], { env })),
      );
      const certificates = (text = '') => text.match(/^ {2}certificate of /gm)?.length ?? 0;
      assert.equal([certificates(table?.stdout), certificates(wide?.stdout)], [0, 3]);
      assert.match(wide?.stdout ?? '', 'node-1, node-2, node-3 and 1 more: ');
    } finally {
      await many.stop();
    }
  });

  test('yaml and -o json print the same object, with whole fingerprints', async () => {
    const [json, yaml] = await Promise.all([print('json'), print('yaml')]);
    const timeless = (value: unknown) =>
      JSON.stringify(value).replaceAll(/"ms":\d+|"time":"[^"]+"|current time \S+/g, '');
    const report = JSON.parse(json) as Report;
    assert.is(timeless(load(yaml)), timeless(report));
    assert.match(
      report.nodes[0]?.certificate?.fingerprint ?? '',
      /^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/,
    );
  });

  test('prometheus prints the verdict, and the answer of each node on each path', async () => {
    const lines = (await print('prometheus')).split('\n');
    const verdicts = lines.filter((line) => line.startsWith('kubeletaccess_status_verdict{'));
    assert.equal(
      verdicts.filter((line) => line.endsWith(' 1')),
      ['kubeletaccess_status_verdict{verdict="some-nodes-fail"} 1'],
    );
    assert.is(verdicts.length, 7);
    const answers = lines.filter((line) => line.startsWith('kubeletaccess_node_answers{'));
    assert.ok(answers.includes('kubeletaccess_node_answers{node="node-1",path="direct"} 1'));
    assert.ok(answers.includes('kubeletaccess_node_answers{node="node-4",path="direct"} 0'));
    const [, seconds = ''] =
      /^kubeletaccess_node_certificate_expiry_timestamp_seconds\{node="node-1"\} (\d+)$/m.exec(
        lines.join('\n'),
      ) ?? [];
    const days = (Number(seconds) - Date.now() / 1000) / 86_400;
    assert.ok(days > 364 && days < 366, seconds);
    assert.ok(lines.includes('# TYPE kubeletaccess_node_answer_seconds gauge'));
  });
});
