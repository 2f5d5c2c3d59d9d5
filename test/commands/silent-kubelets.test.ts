import * as assert from 'uvu/assert';
import { withObstacle } from '../kit/obstacle.ts';
import { pairRule, rule } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { foundNote, reads, timedRun } from '../kit/timed-run.ts';
import { inVirtualTime } from '../kit/virtual-time.ts';
import { allow, withSandbox } from '../kit/with-sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

inVirtualTime();

suite('a node that does not answer', (test) => {
  test('is called only directly if its Node object reports that it has stopped', () =>
    withSandbox({ nodes: [['not-ready', 'black-hole'], 'none'] }, async (sandbox) => {
      for (const line of ['top nodes -v=1', 'curl /healthz --node node-1', 'top nodes -v=1']) {
        const { stderr, proxied } = await timedRun(sandbox)(line);
        assert.is(proxied, 0);
        assert.match(stderr, '\nwhy: node-1 is not ready: Kubelet stopped posting node status.\n');
      }
      const { stderr } = await timedRun(sandbox)('curl /healthz --node node-1');
      assert.match(
        stderr,
        'hint: through the API server, which may wait for 30s: --via apiserver\n',
      );
    }));

  test('takes no longer than --timeout, on both paths together', () =>
    withSandbox({ nodes: ['black-hole', 'black-hole'] }, async (sandbox) => {
      const run = timedRun(sandbox);
      for (const [timeout, most] of [
        ['35s', 35_000],
        ['20s', 20_000],
        ['900ms', 900],
      ] as const)
        for (const which of ['--all', '-l kubernetes.io/os=linux', '--node node-1']) {
          const args = `curl /healthz ${which} --via auto --timeout ${timeout}`;
          const { code, ms } = await run(args);
          assert.is(code, 1);
          assert.ok(ms <= most + 50, `${args}: ${ms} ms`);
        }
    }));
});

suite('a slow kubelet', (test) => {
  const forDev = (sandbox: Sandbox) => allow(sandbox, 'dev', [rule('nodes', 'get,list')]);

  test('answers directly if the API server denies nodes/proxy; the next run does not try nodes/proxy', () =>
    withFiles({}, (home) =>
      withObstacle('slow', {}, async ({ sandbox }) => {
        forDev(sandbox);
        const run = timedRun(sandbox, home);
        const first = await run('curl /healthz --all', 'dev');
        reads(first, '2 of 2 nodes answered\n');
        assert.ok(first.proxied > 0 && first.ms >= 8000 && first.ms < 9000, `${first.ms} ms`);
        const second = await run('curl /healthz --all', 'dev');
        reads(second, '2 of 2 nodes answered\n');
        assert.ok(second.proxied === 0 && second.ms < 6000, `${second.ms} ms`);
      }),
    ));

  test('is read through the API server if the user may use nodes/proxy', () =>
    withObstacle('slow', {}, async ({ sandbox }) => {
      allow(sandbox, 'Kubernetes', [pairRule]);
      const result = await timedRun(sandbox)('curl /healthz --all');
      reads(result, foundNote);
      assert.ok(result.proxied === 2 && result.ms < 3500, `${result.ms} ms`);
    }));

  test('is called directly once more, but not for longer than --timeout', () =>
    withObstacle('black-hole', {}, async ({ sandbox }) => {
      forDev(sandbox);
      const run = timedRun(sandbox);
      for (const [timeout, least, most] of [
        ['35s', 11_000, 11_500],
        ['8s', 7000, 8050],
      ] as const)
        for (const which of ['--all', '-l kubernetes.io/os=linux', '--node node-1']) {
          const { code, stderr, ms } = await run(
            `curl /healthz ${which} --timeout ${timeout}`,
            'dev',
          );
          assert.is(code, 1);
          assert.match(
            stderr,
            'missing: user "dev" needs get on nodes/proxy (through the API server)',
          );
          assert.ok(ms >= least && ms <= most, `${which} ${timeout}: ${ms} ms`);
        }
    }));

  test('does not keep other kubelets from being read, even if three of them hang', () =>
    withSandbox({ nodes: [...Array(3).fill('no-answer'), 'none'] }, async (_, tool) => {
      const { code, stdout } = await tool('curl /healthz --all');
      assert.equal([code, stdout], [4, 'node-4 ok\n']);
    }));

  test('leads to an error with the exceeded time limit', () =>
    withSandbox({ nodes: ['black-hole'] }, async (_, tool) => {
      const { stderr } = await tool('curl /healthz --node node-1');
      assert.match(stderr, /^directly: .*: no connection within 1 s$/m);
    }));
});
