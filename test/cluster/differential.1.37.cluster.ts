import * as assert from 'uvu/assert';
import { allCases } from '../differential/all-cases.ts';
import { readFixture, recordedOf } from '../differential/fixture.ts';
import { observe } from '../differential/observe.ts';
import { findObstacles } from '../differential/obstacles.ts';
import { kubectl } from '../differential/programs.ts';
import { startAll } from '../differential/start-all.ts';
import { makeWorld } from '../differential/world.ts';
import { shareOf } from '../kit/random.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { buildCluster } from './build.ts';

// The recording is from the newest kubectl: kubectl 1.31 lacks flags, and has errors that were fixed later.
const program = kubectl((await buildCluster('1.37')).kubectl);
const obstacle = await findObstacles();
const world = await makeWorld();
atEnd(() => world.stop());
const fixture = readFixture();
const cases = shareOf(allCases, 2);
const theirs = startAll(
  cases.filter((testCase) => obstacle(testCase) === undefined),
  (testCase) => observe(program, testCase, world),
);

// `npm test` compares the plugin with the recording.
suite('recorded behavior of kubectl equals kubectl 1.37', (test) => {
  for (const testCase of cases) {
    const { title } = testCase;
    const reason = obstacle(testCase);
    if (reason !== undefined) test.skip(title, reason);
    else
      test(title, async () => {
        const { observation } = await theirs(title);
        assert.equal(observation, recordedOf(fixture, title));
      });
  }
});
