import { existsSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { runMeasured } from '../kit/peak-bytes.ts';
import { seed, sweeps } from '../kit/random.ts';
import { suite } from '../kit/suite.ts';
import { startConfiguredKubelet } from '../sandbox/configured-kubelet.ts';
import { startSandbox } from '../sandbox/sandbox.ts';

if (existsSync('/proc/self/status'))
  suite('an audit of a kubelet with 60,000 settings of its own', (test) => {
    // Half of them by the seed; in the sweep, all.
    const formats = ['table', 'json', 'yaml', 'sarif'];
    for (const format of formats.filter((_, index) => sweeps || (index + seed) % 2 === 0))
      test(`stays below 250 MB: -o ${format}`, async () => {
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
          const env = { KUBECONFIG: sandbox.kubeconfigs.admin };
          const { stdout, peak } = await runMeasured(executable, args, env);
          assert.ok(stdout.length > (format === 'table' ? 500 : 5e6), `${stdout.length}`);
          assert.ok(peak < 250e6, `it took ${peak} bytes`);
        } finally {
          await Promise.all(kubelets.map((kubelet) => kubelet.stop()));
          await sandbox.stop();
        }
      });
  });
