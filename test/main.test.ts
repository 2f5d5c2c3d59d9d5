import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { executable } from '../scripts/paths.ts';
import { concurrentSuite } from './kit/suite.ts';
import { withSandbox } from './kit/with-sandbox.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

const size = 20_000_000;
const zeros = ['curl', `/logs/zeros?bytes=${size}`];

/** Starts the program. Nobody reads its standard output yet. */
async function unread(args: readonly string[], { kubeconfigs, kubelets }: Sandbox) {
  const child = spawn(executable, args, {
    env: { ...process.env, KUBECONFIG: kubeconfigs.admin },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  while (kubelets.every(({ requests }) => requests.length === 0)) await sleep(20);
  await sleep(1000);
  return child;
}

concurrentSuite('the exit of the process while nobody reads its output', (test) => {
  for (const args of [
    ['--node', 'node-1'],
    ['--node', 'node-1', '-i'],
    ['--all', '-o', 'json'],
    ['--all', '-o', 'ndjson'],
  ])
    test(`follows soon after a signal: ${args.join(' ')}`, () =>
      withSandbox(async (sandbox) => {
        const child = await unread([...zeros, ...args], sandbox);
        try {
          assert.is(child.exitCode, null);
          const ended = once(child, 'exit');
          // If the program hangs, it is killed so that it does not outlive the test. The test then fails because of the signal.
          setTimeout(() => child.kill('SIGKILL'), 100_000).unref();
          child.kill('SIGTERM');
          assert.equal(await ended, [130, null]);
        } finally {
          child.kill('SIGKILL');
        }
      }));

  test('waits for the reader if no signal comes, and loses no output', () =>
    withSandbox(async (sandbox) => {
      const child = await unread([...zeros, '--all', '-o', 'ndjson'], sandbox);
      await sleep(2500);
      let bytes = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      const [code] = (await once(child, 'close')) as [number];
      // The output has the bytes of each node as base64.
      assert.ok(code === 0 && bytes > 2 * size, `${code} ${bytes}`);
    }));
});
