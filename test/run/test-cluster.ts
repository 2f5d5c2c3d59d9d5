// `npm run test:cluster -- 1.31|1.37 [PATTERN] [--times] [--built]`: builds the program, starts a real cluster, and runs the cluster suite.
// `--like NAME`: starts a cluster of this kind, and runs only the suite of first commands.
import { globSync } from 'node:fs';
import { goPlatform, root } from '../../scripts/paths.ts';
import { platformName } from '../../scripts/release/platforms.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { builtElsewhere } from '../cluster/build.ts';
import { abandonCluster } from '../cluster/current.ts';
import { prepareCluster, prepareLikeness, prepareSuite } from '../cluster/prepare.ts';
import { missingPrerequisite } from '../cluster/prerequisites.ts';
import { parseVersion } from '../cluster/versions.ts';
import { parseLikeness } from '../likeness/likenesses.ts';
import { exitWithout, npmRun, parseSuiteOptions, runSuiteHere } from './run-suite.ts';

process.chdir(root);
const usage = 'npm run test:cluster -- 1.31|1.37 [PATTERN] [--like NAME] [--built]';
const { positionals, built, like, ...options } = parseSuiteOptions(process.argv.slice(2), usage);
const [version = '', ...patterns] = positionals;
const minor = orUsage(() => parseVersion(version));
const likeness = orUsage(() => (like === undefined ? undefined : parseLikeness(like)));

exitWithout(await missingPrerequisite(), `the cluster suite of ${version}`);
if (!built) {
  await npmRun('build');
  await npmRun('release', '--', platformName(goPlatform));
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    process.stderr.write(`${signal}: stopping the cluster\n`);
    void abandonCluster().finally(() => process.exit(130));
  });

// Compiles everything before the tests, because their time limits do not include compilation. With --built, another job builds the
// agents, and the tests that need agents wait for them.
const task = { ...quietTask, note: (line: string) => void process.stdout.write(`${line}\n`) };
await (built ? prepareCluster : prepareSuite)(minor, task);
if (likeness !== undefined) await prepareLikeness(likeness, minor, task);
if (built) process.env[builtElsewhere] = 'true';

process.env['KUBELETACCESS_TEST_VERSION'] = version;
if (likeness !== undefined) process.env['KUBELETACCESS_TEST_LIKENESS'] = likeness;
await runSuiteHere(
  globSync(likeness === undefined ? 'test/cluster/*.cluster.ts' : 'test/cluster/*.like.ts')
    .sort()
    .reverse()
    // A file `NAME.1.37.cluster.ts` runs only on version 1.37.
    .filter((file) => !/\.\d+\.\d+\.cluster\.ts$/.test(file) || file.includes(`.${version}.`)),
  { ...options, patterns },
  abandonCluster,
);

function orUsage<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch {
    process.stderr.write(`usage: ${usage}\n`);
    process.exit(2);
  }
}
