// `npm run differential [-- PATTERN]`: runs kubectl and our program, and prints the differences.
// `npm run differential -- --record`: records the results of kubectl.
import { inspect } from 'node:util';
import { compare } from 'uvu/diff';
import { executable } from '../../scripts/paths.ts';
import { buildCluster } from '../cluster/build.ts';
import { allCases } from './all-cases.ts';
import { type Case, usesDefaultServer } from './case.ts';
import { comparable, expectedOfUs } from './compare.ts';
import { writeFixture } from './fixture.ts';
import { observe, type Result } from './observe.ts';
import { findObstacles } from './obstacles.ts';
import { kubectl, kubeletaccess } from './programs.ts';
import type { Observation } from './recording.ts';
import { startAll } from './start-all.ts';
import { printAll, writeRecorded } from './templates/kubectl.ts';
import { makeWorld, type World } from './world.ts';

const [argument = ''] = process.argv.slice(2);
const print = (line: string) => process.stdout.write(`${line}\n`);

const judge = kubectl((await buildCluster('1.37')).kubectl);
const obstacle = await findObstacles();
const world = await makeWorld();
try {
  await (argument === '--record' ? record(world) : compareAll(world, argument));
} finally {
  world.stop();
}

/** Records the results of kubectl for all cases. Throws an error, without writing, if a case cannot run on this machine. */
async function record(shared: World): Promise<void> {
  const impossible = allCases.find((testCase) => obstacle(testCase) !== undefined);
  if (impossible) throw new Error(`${impossible.title}: ${obstacle(impossible)}`);
  const seen = startAll(allCases, (testCase) => observe(judge, testCase, shared));
  const cases = new Map<string, Observation>();
  for (const testCase of allCases) {
    const result = await seen(testCase.title);
    // Only cases with `default` in `starts` may call localhost:8080, because another case or program may listen there.
    if (!usesDefaultServer(testCase) && result.stderr.includes('localhost:8080'))
      throw new Error(`${testCase.title}: goes to the default server, and must say so`);
    cases.set(testCase.title, result.observation);
  }
  writeFixture(cases);
  writeRecorded(await printAll(judge.path ?? ''));
  const ok = [...cases.values()].filter(({ outcome }) => outcome === 'ok').length;
  print(`${allCases.length} cases: kubectl went through ${ok}, and refused the others`);
}

async function compareAll(shared: World, pattern: string): Promise<void> {
  const chosen = allCases.filter(
    (testCase) => testCase.title.includes(pattern) && obstacle(testCase) === undefined,
  );
  const both = startAll(chosen, async (testCase) => ({
    theirs: await observe(judge, testCase, shared),
    ours: await observe(kubeletaccess(executable), testCase, shared),
  }));
  let differing = 0;
  for (const testCase of chosen) {
    const { theirs, ours } = await both(testCase.title);
    if (!printDifference(testCase, theirs, ours, pattern !== '')) differing += 1;
  }
  print(`${chosen.length} cases, ${differing} differ`);
  if (differing > 0) process.exitCode = 1;
}

/** Prints a case if both results differ or if `all` is set. Returns whether the results are equal. */
function printDifference(testCase: Case, theirs: Result, ours: Result, all: boolean): boolean {
  const expected = expectedOfUs(testCase, theirs.observation);
  const actual = comparable(testCase, ours.observation);
  const same = JSON.stringify(sorted(expected)) === JSON.stringify(sorted(actual));
  if (!same) print(`\n${testCase.title}\n${compare(actual, expected)}`);
  else if (all) print(`\n${testCase.title}\n${inspect(theirs.observation, { depth: 9 })}`);
  if (all || !same)
    for (const [who, { stderr }] of Object.entries({ kubectl: theirs, ours }))
      print(stderr.trimEnd().replaceAll(/^/gm, `  ${who}: `));
  return same;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
