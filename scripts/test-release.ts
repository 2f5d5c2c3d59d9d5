// `npm run test:release [-- PATTERN]`: makes a release of all platforms and tests what users download.
import { globSync } from 'node:fs';
import { missingPrerequisite } from '../test/cluster/prerequisites.ts';
import { root } from './paths.ts';
import { needArmEmulation, needCommand } from './release/tools.ts';
import { exitWithout, npmRun, runSuite } from './run-suite.ts';

process.chdir(root);
const missing =
  (await missingPrerequisite()) ??
  (process.arch === 'x64'
    ? undefined
    : `all programs of a release run on x64, not on ${process.arch}`);
exitWithout(missing, 'the release suite');
await needCommand('unzip', 'unzip');
await needArmEmulation();

npmRun('release');

const [pattern = ''] = process.argv.slice(2);
await runSuite(
  globSync('test/release/*.release.ts')
    .sort()
    .filter((file) => file.includes(pattern)),
);
