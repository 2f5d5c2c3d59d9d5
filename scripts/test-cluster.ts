// `npm run test:cluster -- 1.31|1.37`: builds the program and the cluster, and runs the contract and more on the real thing.
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { abandonCluster } from '../test/cluster/current.ts';
import { missingPrerequisite } from '../test/cluster/prerequisites.ts';
import { parseVersion } from '../test/cluster/versions.ts';
import { formatCounts, runTestFiles } from '../test/kit/run.ts';
import { root } from './paths.ts';

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
  // A person without root or Go can go on; a CI that cannot run this suite has failed.
  const ci = process.env['CI'] === 'true';
  process.stdout.write(`skipped: the cluster suite of ${version}: ${missing}\n`);
  process.stdout.write(formatCounts({ passed: 0, failed: ci ? 1 : 0, skipped: ci ? 0 : 1 }));
  process.exit(ci ? 1 : 0);
}

for (const script of ['build', 'pack']) {
  const { status } = spawnSync('npm', ['run', '--silent', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) process.exit(1);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    process.stderr.write(`${signal}: taking the cluster down\n`);
    void abandonCluster().finally(() => process.exit(130));
  });

process.env['KUBELETACCESS_TEST_VERSION'] = version;
const files = globSync('test/cluster/*.cluster.ts')
  .sort()
  .reverse()
  // A file may be for one version alone, and then says so: `NAME.1.37.cluster.ts`.
  .filter((file) => !/\.\d+\.\d+\.cluster\.ts$/.test(file) || file.includes(`.${version}.`))
  .filter((file) => file.includes(pattern));
const counts = await runTestFiles(files.map((file) => join(root, file)));
process.stdout.write(formatCounts(counts));
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);
