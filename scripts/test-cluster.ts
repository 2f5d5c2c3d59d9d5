// `npm run test:cluster -- 1.31|1.37 [PATTERN]`: builds the program and a real cluster, and runs the cluster suite.
import { globSync } from 'node:fs';
import { abandonCluster } from '../test/cluster/current.ts';
import { missingPrerequisite } from '../test/cluster/prerequisites.ts';
import { parseVersion } from '../test/cluster/versions.ts';
import { goPlatform, root } from './paths.ts';
import { platformName } from './release/platforms.ts';
import { exitWithout, npmRun, runSuite } from './run-suite.ts';

process.chdir(root);
const [version = '', pattern = ''] = process.argv.slice(2);
try {
  parseVersion(version);
} catch {
  process.stderr.write('usage: npm run test:cluster -- 1.31|1.37 [PATTERN]\n');
  process.exit(2);
}

exitWithout(await missingPrerequisite(), `the cluster suite of ${version}`);
npmRun('build');
npmRun('release', '--', platformName(goPlatform));

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    process.stderr.write(`${signal}: stopping the cluster\n`);
    void abandonCluster().finally(() => process.exit(130));
  });

process.env['KUBELETACCESS_TEST_VERSION'] = version;
await runSuite(
  globSync('test/cluster/*.cluster.ts')
    .sort()
    .reverse()
    // `NAME.1.37.cluster.ts` runs on that version only.
    .filter((file) => !/\.\d+\.\d+\.cluster\.ts$/.test(file) || file.includes(`.${version}.`))
    .filter((file) => file.includes(pattern)),
);
