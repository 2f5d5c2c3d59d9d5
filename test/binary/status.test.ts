import { type ChildProcess, spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { pair } from '../commands/status/given.ts';
import { concurrentSuite } from '../kit/suite.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';

interface Started {
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  out(): string;
  err(): string;
}

function start(sandbox: Sandbox, args: readonly string[]): Started {
  const env = { KUBECONFIG: sandbox.kubeconfigs.admin, HOME: sandbox.directory };
  const child = spawn(executable, ['status', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.out += chunk.toString('utf8');
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.err += chunk.toString('utf8');
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, code, out: () => texts.out, err: () => texts.err };
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

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

concurrentSuite('the executable and status', (test) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    test(`prints the results so far and exits with 130 on ${signal} among silent nodes`, () =>
      inSandbox({ nodes: ['none', 'no-answer', 'silent'] }, async (sandbox) => {
        const { child, code, out, err } = start(sandbox, []);
        while (!sandbox.kubelets[1]?.requests.length) await pause(20);
        await pause(500);
        child.kill(signal);
        assert.equal([await code, err()], [130, '']);
        assert.match(out(), /^node-1 .* ok +ok\n/m);
        assert.match(out(), /^node-2 .* not asked +not asked\n/m);
        assert.match(out(), '* warning: interrupted before all checks completed\n');
      }));

  test('ends a watch with 130 on SIGINT', () =>
    inSandbox({}, async (sandbox) => {
      const { child, code, out, err } = start(sandbox, ['--watch=100ms']);
      while (!out().includes('node-2')) await pause(20);
      child.kill('SIGINT');
      assert.equal([await code, err()], [130, '']);
      assert.is(out().match(/^NODE /gm)?.length, 1);
    }));
});
