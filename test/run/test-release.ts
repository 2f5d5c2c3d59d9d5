// `npm run test:release [-- PATTERN...] [--native] [--times] [--built]`: makes a release for all platforms (with --native for this
// platform), and tests the files that users download.
import { globSync } from 'node:fs';
import { homedir } from 'node:os';
import { goPlatform, root } from '../../scripts/paths.ts';
import { platformName, platforms } from '../../scripts/release/platforms.ts';
import { needCommand } from '../../scripts/release/tools.ts';
import { missingPrerequisite } from '../cluster/prerequisites.ts';
import { exitWithout, npmRun, parseSuiteOptions, runSuite } from './run-suite.ts';

process.chdir(root);
const usage = 'npm run test:release [-- PATTERN...] [--native] [--built]';
const { positionals, native, built, ...options } = parseSuiteOptions(process.argv.slice(2), usage);
const missing =
  (await missingPrerequisite()) ??
  (process.arch === 'x64'
    ? undefined
    : `all programs of a release run on x64, not on ${process.arch}`);
exitWithout(missing, 'the release suite');
await needCommand('unzip', 'unzip');

const chosen = native ? [platformName(goPlatform)] : platforms.map(platformName);
if (!built) await npmRun('release', '--', ...chosen);
const patterns = positionals;
await runSuite(
  globSync('test/release/*.release.ts')
    .sort()
    // A file `NAME.all.release.ts` needs a release for all platforms.
    .filter((file) => !native || !file.includes('.all.')),
  { ...options, patterns },
  // Keeps HOME, because npm, Go and Cargo have their settings in the home folder.
  { TEST_PLATFORMS: chosen.join(), HOME: homedir() },
);
