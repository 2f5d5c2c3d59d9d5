import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import type { Report } from '../../../src/commands/status/report.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { rule } from '../../kit/rbac.ts';
import { atEnd, suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';
import { startSandbox } from '../../sandbox/sandbox.ts';
import { checkAlways } from './check.ts';
import { allow, user } from './given.ts';

inVirtualTime();

const sandbox = await startSandbox({
  minor: 37,
  nodes: ['none', 'expired', 'unauthorized'],
  cacheMs: { denied: 0, allowed: 0 },
});
atEnd(() => sandbox.stop());
for (const put of allow('devs', user('dev'), [rule('nodes/stats')])) put(sandbox);

const [good, expired, unauthorized] = sandbox.kubelets.map(({ host, port }) => `${host}:${port}`);
const down = ['--server', 'https://127.0.0.1:1'];

type Caller = 'admin' | 'dev';
const tool = (args: readonly string[], who: Caller = 'admin') =>
  runTool(['status', '--timeout', '2s', ...args], {
    env: { KUBECONFIG: sandbox.kubeconfigs[who] },
  });

async function look(address: string | undefined, more: readonly string[] = [], who?: Caller) {
  const args = ['--kubelet-address', address ?? '', ...more];
  const [table, json] = await Promise.all([tool(args, who), tool([...args, '-o', 'json'], who)]);
  assert.equal([table.stderr, json.stderr], ['', '']);
  const report = JSON.parse(json.stdout) as Report;
  checkAlways(report, table.stdout, table.code);
  assert.equal(
    schemaErrors(join(root, 'docs/schemas/KubeletAccessReport.schema.json'), report),
    [],
  );
  return { report, text: table.stdout, code: table.code };
}

const told = ({ findings }: Report) =>
  findings.map(({ cause, severity }) => `${severity}: ${cause}`);

suite('status --kubelet-address', (test) => {
  test('exits with 0 for a healthy kubelet, and sends no request through the API server', async () => {
    const before = sandbox.apiServer.count('proxied') + sandbox.apiServer.count('list');
    const { report, text, code } = await look(good);
    assert.equal([code, report.verdict, told(report)], [0, 'ok', []]);
    assert.match(
      text,
      /apiserver -> kubelets +unknown +not asked: the kubelet was given by its address\n/,
    );
    assert.match(text, /127\.0\.0\.1 +<none> +127\.0\.0\.1:\d+ +ok +not-asked\n/);
    assert.not.match(text, /OBJECT|cannot be reached/);
    assert.is(sandbox.apiServer.count('proxied') + sandbox.apiServer.count('list'), before);
  });

  test('checks the kubelet while the API server is down, and has the verdict unknown', async () => {
    const { report, text, code } = await look(good, down);
    assert.equal([code, report.verdict, told(report)], [1, 'unknown', ['error: unknown']]);
    assert.match(
      text,
      /caller -> apiserver +<none> +cannot reach the API server https:\/\/127\.0\.0\.1:1: connection refused\n/,
    );
    assert.match(text, /caller -> kubelets +<none> +ok\n/);
    assert.match(text, /run: kubectl config view --minify\n/);
    assert.match(text, 'allows only what it allowed to you in the last 5m');
  });

  test('suggests the fingerprints that were kept if the API server is down and the certificate is unknown', async () => {
    const { report } = await look(expired, down);
    const [api, kubelet] = report.findings;
    assert.equal(api?.evidence, []);
    assert.equal(
      [kubelet?.cause, kubelet?.commands],
      [
        'certificate-expired',
        [`kubectl kubeletaccess status --kubelet-address ${expired} --kubelet-fingerprint @FILE`],
      ],
    );
    assert.not.match(kubelet?.remedy ?? '', 'API server');
  });

  test('reports first the API server and then the kubelet if both are down', async () => {
    const { report, code } = await look('127.0.0.1:1', down);
    assert.is(code, 1);
    assert.equal(told(report), ['error: unknown', 'error: connection-refused']);
    assert.match(report.findings[1]?.message ?? '', 'but the connection was refused: ');
  });

  test('names the caller and the missing rule if the kubelet denies the caller', async () => {
    const { report, text, code } = await look(good, [], 'dev');
    assert.equal([code, report.verdict], [3, 'access-missing']);
    assert.equal(told(report), ['error: caller-forbidden-by-kubelets']);
    assert.match(text, 'kubelets deny you (user "dev")\n');
    assert.match(
      text,
      'missing rule: {apiGroups: [""], resources: ["nodes/healthz"], verbs: ["get"]}',
    );
    assert.match(text, 'run: kubectl create clusterrole kubelet-healthz:dev --verb=get ');
    assert.not.match(text, '--profile readonly');
  });

  for (const [title, address, cause] of [
    ['an expired certificate', expired, 'certificate-expired'],
    ['a kubelet that accepts no credential of the caller', unauthorized, 'no-credential-accepted'],
    ['a name that does not resolve', 'nowhere.invalid', 'name-does-not-resolve'],
  ] as const)
    test(`reports an error, not only a note, for ${title}`, async () => {
      const { report, code } = await look(address);
      assert.equal([code, report.verdict], [1, 'all-nodes-fail']);
      assert.equal(told(report), [`error: ${cause}`]);
    });

  test('accepts an expired certificate with -k', async () => {
    const { code } = await look(expired, ['-k']);
    assert.is(code, 0);
  });

  test('is suggested by a hint if the API server is down', async () => {
    const { code, stdout, stderr } = await tool(down);
    assert.equal([code, stdout], [1, '']);
    for (const words of [
      /^error: cannot reach the API server https:\/\/127\.0\.0\.1:1: connection refused\n/,
      /hint: without the API server: kubectl kubeletaccess status .*--kubelet-address HOST\n/,
    ])
      assert.match(stderr, words);
  });
});

suite('status of named nodes', (test) => {
  test('fails without a report if the only named node does not exist', async () => {
    const { code, stdout, stderr } = await tool(['--node', 'nope']);
    assert.equal([code, stdout], [1, '']);
    assert.match(stderr, /^Error from server \(NotFound\): nodes "nope" not found\n/);
  });

  test('reports a named node, warns about another that does not exist, and does not exit with 0', () =>
    withSandbox(async (_, run) => {
      const status = () => run(['status', '--node', 'node-1', '--node', 'nope']);
      const denied = await status();
      assert.is(denied.code, 3);
      assert.match(denied.stdout, '\nnode-1 ');
      const warning = 'warning: cannot check all nodes: nodes "nope" not found\n';
      assert.match(denied.stdout, warning);
      assert.is((await run(['grant', '--wait'])).code, 0);
      const granted = await status();
      assert.is(granted.code, 4);
      assert.match(granted.stdout, warning);
    }));
});

suite('status with options for kubelets', (test) => {
  test('rejects --kubelet-client-key without --kubelet-client-certificate', async () => {
    assert.is((await tool(['--kubelet-client-key', '/no/such/file'])).code, 2);
  });

  test('--as sends requests only through the API server', async () => {
    const { code, stdout } = await tool(
      '--as jane --as-group system:masters --node node-1'.split(' '),
    );
    assert.is(code, 3);
    assert.match(
      stdout,
      /caller -> kubelets +jane +not asked: impersonation does not work with kubelets/,
    );
    assert.match(stdout, /^node-1 .* not-asked +forbidden$/m);
  });
});
