import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { pair } from '../commands/status/given.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { startProcess } from '../kit/tool.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';

function start(sandbox: Sandbox, args: readonly string[]) {
  const env = { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory };
  return startProcess(executable, ['status', ...args], { env, stdin: null });
}

async function inSandbox(
  options: Omit<SandboxOptions, 'minor'>,
  use: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ minor: 37, cacheMs: { denied: 0, allowed: 0 }, ...options });
  for (const put of pair()) put(sandbox);
  try {
    await use(sandbox);
  } finally {
    await sandbox.stop();
  }
}

concurrentSuite('the executable and status', (test) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`prints the results so far and exits with 130 on ${signal} among silent nodes`, () =>
      inSandbox({ nodes: ['none', 'no-answer', 'silent'] }, async (sandbox) => {
        const { child, result } = start(sandbox, []);
        while (!sandbox.kubelets[1]?.requests.length) await sleep(20);
        await sleep(500);
        child.kill(signal);
        const { code, stdout, stderr } = await result;
        assert.equal([code, stderr], [130, '']);
        assert.match(stdout, /^node-1 .* ok +ok\n/m);
        assert.match(stdout, /^node-2 .* not asked +not asked\n/m);
        assert.match(stdout, '* warning: interrupted before all checks completed\n');
      }));

  test('ends status --watch with 130 on SIGINT', () =>
    inSandbox({}, async (sandbox) => {
      const running = start(sandbox, ['--watch=100ms']);
      while (!running.stdout().includes('node-2')) await sleep(20);
      running.interrupt();
      const { code, stdout, stderr } = await running.result;
      assert.equal([code, stderr], [130, '']);
      assert.is(stdout.match(/^NODE /gm)?.length, 1);
    }));
});
