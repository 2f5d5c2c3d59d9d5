import * as assert from 'uvu/assert';
import { type Obstacle, withObstacle } from '../kit/obstacle.ts';
import { pairRule, rule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { runTool } from '../kit/tool.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { allow, type Tool, withSandbox } from '../kit/with-sandbox.ts';
import type { Fault } from '../sandbox/faults.ts';
import { type Sandbox, sandboxToken } from '../sandbox/sandbox.ts';

inVirtualTime();

const reading = [
  'top nodes',
  'get configz',
  'diff configz',
  'metrics resource',
  'curl /healthz --all',
  'curl /healthz --node node-1',
  'node-logs',
  'node-logs node-1',
  'logs web',
  'logs web --node node-1',
];

/** Faults of two nodes, each with the end of the note. */
const faults: Readonly<Partial<Record<Fault, string>>> = {
  'self-signed': 'their certificates are self-signed',
  'other-authority': 'their certificates are of an untrusted CA',
  'wrong-name': 'their certificates do not name their addresses',
  expired: 'their certificates have expired',
  'not-yet-valid': 'their certificates are not yet valid',
};

const obstacles: Readonly<Partial<Record<Obstacle, string>>> = {
  refused: 'they are unreachable from here',
  'black-hole': 'they are unreachable from here',
  silent: 'they do not complete a TLS handshake',
  alert: 'they have no serving certificate yet',
  plain: 'their ports do not speak TLS',
  unauthorized: 'they do not accept your credential',
};

const note = (words: string) => `note: 2 kubelets are read through the API server: ${words}\n`;

async function readsThroughApiServer({ apiServer }: Sandbox, tool: Tool, words: string) {
  const direct = await tool('top nodes --via direct');
  assert.equal([direct.code, direct.stdout, apiServer.count('proxied')], [1, '', 0]);
  const { code, stdout, stderr } = await tool('curl /healthz --all -o json');
  assert.equal([code, stderr], [0, `${note(words)}2 of 2 nodes answered\n`]);
  const { items } = JSON.parse(stdout) as { items: { via: string; body: string }[] };
  assert.equal(
    items.map(({ via, body }) => [via, body]),
    Array(2).fill(['apiserver', 'ok']),
  );
}

suite('a command that reads', (test) => {
  for (const [fault, words] of Object.entries(faults))
    test(`goes through the API server for certificates with the fault ${fault}`, () =>
      withSandbox({ nodes: Array(2).fill(fault), verifyKubelets: false }, (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', [pairRule]);
        return readsThroughApiServer(sandbox, tool, words);
      }));

  for (const [obstacle, words] of Object.entries(obstacles))
    test(`goes through the API server for the obstacle ${obstacle}`, () =>
      withObstacle(obstacle as Obstacle, {}, ({ sandbox, tool }) => {
        allow(sandbox, 'Kubernetes', [pairRule]);
        return readsThroughApiServer(sandbox, tool, words);
      }));

  test('prints the same as with --via apiserver, after a note on stderr', () =>
    withObstacle('unauthorized', {}, async ({ sandbox, tool, seen }) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      for (const line of reading) {
        const before = seen.length;
        const { code, stdout, stderr } = await tool(line);
        assert.is(code, 0, `${line}: ${stderr}`);
        assert.match(stderr, /^note: (?:node-1 is|2 kubelets are) read through the API server: /);
        assert.is(stderr.match(/^note: /gm)?.length, 1, stderr);
        const called = seen.length;
        assert.ok(called > before, line);
        const relayed = await tool(`${line.replace('web --node node-1', 'web')} --via apiserver`);
        assert.equal([relayed.stdout, relayed.stderr.includes('note: ')], [stdout, false], line);
        assert.is(seen.length, called, line);
      }
      assert.is((await tool('curl /healthz --all -X HEAD')).code, 0);
    }));

  test('prints the path of each node in JSON, and in a column if paths differ', () =>
    withSandbox(
      { nodes: ['none', 'self-signed'], verifyKubelets: false },
      async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', [pairRule]);
        const { answered } = JSON.parse((await tool('top nodes -o json')).stdout);
        assert.equal(answered, [
          { node: 'node-1', via: 'direct' },
          { node: 'node-2', via: 'apiserver' },
        ]);
        const { stdout, stderr } = await tool('top nodes -o wide');
        assert.equal(
          stdout.split('\n').map((line) => /\S*$/.exec(line)?.[0]),
          ['VIA', 'direct', 'apiserver', '-', ''],
        );
        assert.match(
          stderr,
          'note: node-2 is read through the API server: its certificate is self-signed\n',
        );
      },
    ));

  test('reads logs through pods/log, not through the node proxy', () =>
    withObstacle('refused', {}, async ({ sandbox, tool }) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      allow(sandbox, 'dev', [rule('nodes,pods,pods/log')]);
      for (const line of ['logs web --tail 1', 'logs web --node node-1']) {
        const { code, stderr } = await tool(line, 'dev');
        assert.is(code, 0, stderr);
      }
      const lines = sandbox.apiServer.requests.map((request) => request.line);
      assert.ok(
        lines.includes('GET /api/v1/namespaces/default/pods/web/log?container=web&tailLines=1'),
      );
      assert.not.match(lines.join('\n'), '/proxy/');
    }));

  test('does not send a token of the context to kubelets, and prints no note about it', () =>
    withObstacle('unauthorized', {}, async ({ sandbox, tool, seen }) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      for (const line of reading.filter((each) => !each.includes('web --node'))) {
        const { code, stderr } = await tool(line, 'token');
        assert.equal([code, stderr.includes('note: ')], [0, false], `${line}: ${stderr}`);
      }
      assert.is(seen.length, 0);
      const { stderr } = await tool('top nodes -v=1', 'token');
      assert.match(stderr, /^note: kubelets are read through the API server: your token is not/);
      assert.is((await tool('top nodes --via direct --show-token', 'token')).code, 1);
      assert.equal(
        seen.map(({ authorization }) => authorization),
        Array(2).fill(`Bearer ${sandboxToken}`),
      );
    }));

  test('goes through the API server as the user in --as', () =>
    withSandbox({ nodes: ['none'] }, async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      allow(sandbox, 'dev', [rule('nodes', 'list'), rule('nodes/proxy')]);
      const { code, stderr } = await tool('top nodes --as dev');
      assert.equal([code, stderr], [0, '1 of 1 node answered\n']);
      assert.is(sandbox.apiServer.count('proxied'), 2);
      assert.is((await tool('top nodes --as dev --via direct')).code, 2);
    }));
});

suite('KUBELETACCESS_VIA', (test) => {
  test('is the path of all commands that read, if the value is direct', () =>
    withSandbox({ nodes: ['none', 'self-signed'], verifyKubelets: false }, async (sandbox) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.token, KUBELETACCESS_VIA: 'direct' };
      assert.is((await runTool('top nodes --show-token', { env })).code, 4);
      assert.is(sandbox.apiServer.count('proxied'), 0);
    }));

  test('leads to a usage error before any request if its value is unknown', () =>
    withSandbox(async ({ apiServer, kubeconfigs }) => {
      const env = { KUBECONFIG: kubeconfigs.admin, KUBELETACCESS_VIA: 'nonsense' };
      for (const line of reading) {
        const { code, stderr } = await runTool(line, { env });
        assert.is(code, 2);
        assert.match(stderr, /^error: invalid KUBELETACCESS_VIA value "nonsense": must be /);
      }
      assert.equal(apiServer.requests, []);
    }));
});
