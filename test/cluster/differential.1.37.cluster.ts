import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { allCases } from '../differential/all-cases.ts';
import { comparable, expectedOfUs, refusesInWords } from '../differential/compare.ts';
import { readFixture, recordedOf } from '../differential/fixture.ts';
import { observe } from '../differential/observe.ts';
import { findObstacles } from '../differential/obstacles.ts';
import { kubectl, kubeletaccess } from '../differential/programs.ts';
import { startAll } from '../differential/start-all.ts';
import { makeWorld } from '../differential/world.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { buildCluster } from './build.ts';

// The newest kubectl is the judge. That of 1.31 lacks flags, and differs where it was mended since.
const program = kubectl((await buildCluster('1.37')).kubectl);
const obstacle = await findObstacles();
const world = await makeWorld();
atEnd(() => world.stop());
const fixture = readFixture();
const both = startAll(
  allCases.filter((testCase) => obstacle(testCase) === undefined),
  async (testCase) => ({
    theirs: await observe(program, testCase, world),
    ours: await observe(kubeletaccess(executable), testCase, world),
  }),
);

suite('the fixture has what kubectl does', (test) => {
  for (const testCase of allCases) {
    const { title } = testCase;
    const reason = obstacle(testCase);
    if (reason !== undefined) test.skip(title, reason);
    else
      test(title, async () => {
        const { theirs } = await both(title);
        assert.equal(theirs.observation, recordedOf(fixture, title).observation);
      });
  }
});

suite('the connection is the one that kubectl makes', (test) => {
  for (const testCase of allCases.filter((one) => obstacle(one) === undefined))
    test(testCase.title, async () => {
      const { theirs, ours } = await both(testCase.title);
      assert.equal(
        comparable(testCase, ours.observation),
        expectedOfUs(testCase, theirs.observation),
      );
      if (ours.observation.outcome === 'refused')
        assert.ok(refusesInWords(ours.stderr), ours.stderr.join('\n'));
    });
});
