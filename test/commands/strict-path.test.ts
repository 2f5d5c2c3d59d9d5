import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { withObstacle } from '../kit/obstacle.ts';
import { pairRule, rule, serviceAccount } from '../kit/rbac.ts';
import { withScriptedKubelet } from '../kit/scripted-kubelet.ts';
import { suite } from '../kit/suite.ts';
import { checkFailure } from '../kit/tool.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

inVirtualTime();

/** Returns the requests to the API server that it would relay to a kubelet. */
const relayed = ({ apiServer }: Sandbox) =>
  apiServer.requests.filter(({ line }) =>
    /\/(?:proxy|log|exec|attach|portforward)(?:[/?]|$)/.test(line),
  );

suite('a failure that is never retried through the API server', (test) => {
  test('is a 403 of a kubelet', () =>
    withSandbox(async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      allow(sandbox, 'dev', [rule('nodes,pods,pods/log', 'get,list')]);
      for (const line of [
        'top nodes',
        'get configz',
        'metrics resource',
        'curl /healthz --node node-1',
        'curl /healthz --all --via auto',
        'node-logs',
        'logs web',
        'logs web --node node-1',
      ]) {
        const { code, stdout, stderr } = await tool(line, 'dev');
        assert.equal([code, stdout], [1, ''], line);
        assert.match(stderr, /missing: get on nodes\/\S+/, line);
      }
      assert.equal(relayed(sandbox), []);
    }));

  test('is a certificate that differs from the fingerprint of a flag or file', () =>
    withSandbox({ nodes: ['self-signed'], verifyKubelets: false }, async (sandbox, tool) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      const file = join(sandbox.directory, 'kubelets');
      const other = `SHA256:${Array(32).fill('AB').join(':')}`;
      writeFileSync(file, `node-1=${other}\n`);
      for (const pin of [`@${file}`, `node-1=${other}`])
        for (const command of [
          ['top', 'nodes'],
          ['logs', 'web'],
          ['curl', '/healthz', '--all'],
        ]) {
          checkFailure(await tool([...command, '--kubelet-fingerprint', pin]), 'WARNING: ');
        }
      assert.equal(relayed(sandbox), []);
    }));

  test('is any failure after the request was sent', async () => {
    for (const fault of ['no-answer', 'cut', 'stall', 'unhealthy'] as const)
      await withSandbox({ nodes: [fault, fault] }, async (sandbox, tool) => {
        allow(sandbox, 'Kubernetes', [pairRule]);
        for (const which of ['--all', '--node node-1']) {
          const { code } = await tool(`curl /healthz ${which} --timeout 2s`);
          assert.is(code, 1, fault);
        }
        assert.equal(relayed(sandbox), [], fault);
      });
    await withScriptedKubelet(
      ({ socket }) => socket.destroy(),
      async ({ sandbox, tool }) => {
        const { stderr } = await tool('top nodes');
        assert.match(stderr, 'the connection was cut before an answer came');
        assert.equal(relayed(sandbox), []);
      },
    );
  });

  test('is a failure of a request that may have an effect, even with --via auto', () =>
    withObstacle('refused', {}, async ({ sandbox, tool }) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      for (const line of [
        'curl /healthz --node node-1 -X POST',
        'curl /healthz --node node-1 -d x',
        'curl /healthz --all -X PUT --via auto',
        'curl loglevel -X PUT -d 4 --allow-unsafe --node node-1 --via auto',
        'curl /run/default/web/web?cmd=ls --allow-unsafe --node node-1',
        'exec web --allow-exec -- ls',
        'attach web --allow-exec',
        'certificates --serving-only',
      ])
        assert.is((await tool(line)).code, 1, line);
      assert.equal(relayed(sandbox), []);
    }));

  test('is a failure of a request with its own credential', () =>
    withObstacle('unauthorized', {}, async ({ sandbox, tool, seen }) => {
      const line = ['curl', '/healthz', '--node', 'node-1', '-H', 'Authorization: Bearer mine'];
      assert.is((await tool(line)).code, 1);
      assert.equal([seen[0]?.authorization, relayed(sandbox)], ['Bearer mine', []]);
    }));

  test('is any failure with --via direct', () =>
    withObstacle('unauthorized', {}, async ({ sandbox, tool, seen }) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      for (const line of ['top nodes', 'curl /healthz --node node-1', 'logs web', 'node-logs']) {
        const { code, stderr } = await tool(`${line} --via direct`);
        assert.is(code, 1, line);
        assert.match(stderr, 'hint: through the API server: kubectl kubeletaccess ');
      }
      assert.equal([seen.length, relayed(sandbox)], [6, []]);
    }));
});

suite('an error of both paths', (test) => {
  test('names both hops with their errors', () =>
    withSandbox({ nodes: ['self-signed'] }, async (sandbox, tool) => {
      for (const line of ['top nodes', 'curl /stats/summary --node node-1', 'logs web']) {
        const { code, stdout, stderr } = await tool(line);
        assert.equal([code, stdout], [1, ''], line);
        assert.match(stderr, /^error: cannot read \/\S+ of node-1\ndirectly: .* is self-signed\n/);
        assert.match(stderr, /\nthrough the API server: .*x509: /, line);
        assert.not.match(stderr, 'note: ');
      }
      assert.is(relayed(sandbox).length, 3);
    }));

  test('names both hops if kube-apiserver receives no response', () =>
    withSandbox(
      { nodes: [['self-signed', 'no-answer']], verifyKubelets: false },
      async (_, tool) => {
        const { stderr } = await tool('curl /healthz --node node-1 --timeout 5s');
        assert.match(
          stderr,
          /\ndirectly: .* is self-signed\nthrough the API server: .* no answer /,
        );
      },
    ));

  test('names the smaller permission, too, if the API server denies the node proxy', () =>
    withObstacle('refused', {}, async ({ sandbox, tool }) => {
      allow(sandbox, 'dev', [rule('nodes', 'get,list')]);
      for (const [path, needs] of [
        ['/stats/summary', 'nodes/stats'],
        ['/metrics/cadvisor', 'nodes/metrics'],
        ['/pods', 'nodes/pods or nodes/proxy'],
      ] as const) {
        const { stderr } = await tool(['curl', path, '--node', 'node-1'], 'dev');
        assert.match(stderr, /\ndirectly: .*: connection refused\n/);
        assert.match(stderr, '\nthrough the API server: Error from server (Forbidden): ');
        assert.match(
          stderr,
          `\nmissing: user "dev" needs get on nodes/proxy (through the API server), or get on ${needs} and a direct path\n`,
        );
      }
    }));

  test('suggests --show-token for a token, and names the missing permission', () =>
    withObstacle('unauthorized', {}, async ({ sandbox, tool, seen, clear }) => {
      const agent = 'system:serviceaccount:shop:agent';
      sandbox.store.put('serviceaccounts', serviceAccount('agent', 'shop'));
      allow(sandbox, agent, [rule('nodes'), rule('nodes/stats')]);
      const line = ['curl', '/stats/summary', '--node', 'node-1'];
      await tool([...line, '--as-serviceaccount', 'shop/agent']);
      const token = seen[0]?.authorization?.replace('Bearer ', '') ?? '';
      const asAgent = [...line, '--token', token];
      const { code, stderr } = await tool(asAgent, 'token');
      assert.equal([code, seen.length], [1, 1]);
      assert.match(stderr, '\ndirectly: your token is not shown to kubelets, ');
      assert.match(
        stderr,
        `\nmissing: user "${agent}" needs get on nodes/proxy (through the API server), or get on nodes/stats and a direct path\n`,
      );
      assert.match(
        stderr,
        /^hint: show your token to kubelets .*: --show-token \(self-signed ones: kubectl kubeletaccess help trust\)$/m,
      );
      clear();
      assert.is((await tool([...asAgent, '--show-token'], 'token')).code, 0);
    }));

  test('names an authorizer other than RBAC, and suggests no grant', () =>
    withSandbox({ nodes: ['self-signed'], inBetween: 'authorizer' }, async (_, tool) => {
      const { stderr } = await tool('curl /stats/summary --node node-1');
      assert.match(stderr, '\nwhy: an authorizer beside RBAC denies it: no grant changes that\n');
      assert.not.match(stderr, /missing: |kubectl create clusterrole|kubeletaccess grant/);
    }));

  test('contains each hint only once', () =>
    withSandbox({ nodes: ['stopped'] }, async (_, tool) => {
      const { stderr } = await tool('curl /healthz --node node-1');
      const hints = stderr.split('\n').filter((line) => line.startsWith('hint: '));
      assert.equal(hints, [...new Set(hints)]);
    }));

  test('has the cause of the direct path if the caller may not use the node proxy', () =>
    withSandbox({ nodes: ['stopped'] }, async (sandbox, tool) => {
      allow(sandbox, 'dev', [rule('nodes', 'get,list'), rule('nodes/healthz')]);
      const { stdout } = await tool('curl /healthz --all -o json', 'dev');
      const { items } = JSON.parse(stdout) as { items: { cause: string }[] };
      assert.equal(
        items.map(({ cause }) => cause),
        ['connection-refused'],
      );
    }));
});
