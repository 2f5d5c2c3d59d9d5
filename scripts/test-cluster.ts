// `npm run test:cluster -- 1.31|1.37 [PATTERN]`: builds the program and a real cluster, and runs the cluster suite.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { abandonCluster } from '../test/cluster/current.ts';
import { missingPrerequisite } from '../test/cluster/prerequisites.ts';
import { parseVersion } from '../test/cluster/versions.ts';
import { formatCounts, runTestFiles } from '../test/kit/run.ts';
import { goPlatform, root } from './paths.ts';
import { platformName } from './release/platforms.ts';

process.chdir(root);
const [version = '', pattern = ''] = process.argv.slice(2);
try {
  parseVersion(version);
} catch {
  process.stderr.write('usage: npm run test:cluster -- 1.31|1.37 [PATTERN]\n');
  process.exit(2);
}

const missing = await missingPrerequisite();
if (missing !== undefined) {
  // Skipped for a person without root or Go, a failure in CI.
  const ci = process.env['CI'] === 'true';
  process.stdout.write(`skipped: the cluster suite of ${version}: ${missing}\n`);
  process.stdout.write(formatCounts({ passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 }));
  process.exit(ci ? 1 : 0);
}

for (const args of [['build'], ['release', '--', platformName(goPlatform)]]) {
  const { status } = spawnSync('npm', ['run', '--silent', ...args], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    process.stderr.write(`${signal}: stopping the cluster\n`);
    void abandonCluster().finally(() => process.exit(130));
  });

process.env['KUBELETACCESS_TEST_VERSION'] = version;
const files = globSync('test/cluster/*.cluster.ts')
  .sort()
  .reverse()
  // `NAME.1.37.cluster.ts` runs on that version only.
  .filter((file) => !/\.\d+\.\d+\.cluster\.ts$/.test(file) || file.includes(`.${version}.`))
  .filter((file) => file.includes(pattern));
const counts = await runTestFiles(files.map((file) => join(root, file)));
process.stdout.write(formatCounts(counts));
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
