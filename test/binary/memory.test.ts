import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { peakBytes } from '../kit/peak-bytes.ts';
import { suite } from '../kit/suite.ts';
import { startConfiguredKubelet } from '../sandbox/configured-kubelet.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

/** What the program prints, and its peak of memory in bytes. */
async function measure(args: readonly string[], kubeconfig: string) {
  const child = spawn(executable, args, {
    env: { KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, peakBytes(child.pid ?? 0));
  }, 5);
  let printed = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    printed += chunk.length;
    peak = Math.max(peak, peakBytes(child.pid ?? 0));
  }
  clearInterval(timer);
  return { printed, peak };
}

if (existsSync('/proc/self/status'))
  suite('an audit of a kubelet with 60,000 settings of its own', (test) => {
    for (const format of ['table', 'json', 'yaml', 'sarif'])
      test(
        `stays below 250 MB: -o ${format}`,
        async () => {
          const sandbox = await startSandbox({ minor: 37, nodes: [] });
          const settings = Object.fromEntries(
            Array.from({ length: 60_000 }, (_, index) => [`Key${index}`, index % 2 === 0]),
          );
          const configurations = [{ featureGates: settings }, {}, {}];
          const kubelets = await Promise.all(
            configurations.map((configuration, index) =>
              startConfiguredKubelet(sandbox, { name: `node-${index + 1}`, configuration }),
            ),
          );
          try {
            const args = ['audit', '-o', format];
            const { printed, peak } = await measure(args, sandbox.kubeconfigs.admin);
            process.stdout.write(`(${printed} bytes at ${Math.round(peak / 1e6)} MB) `);
            assert.ok(printed > (format === 'table' ? 500 : 5e6), `${printed}`);
            assert.ok(peak < 250e6, `it took ${peak} bytes`);
          } finally {
            await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
            await sandbox.stop();
          }
        },
        { timeoutMs: 60_000 },
      );
  });
