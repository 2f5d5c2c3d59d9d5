import * as assert from 'uvu/assert';
import { executable } from '../../scripts/paths.ts';
import { isShared } from '../kit/random.ts';
import { atEnd, suite } from '../kit/suite.ts';
import { allCases } from './all-cases.ts';
import type { Case } from './case.ts';
import { comparable, expectedOfUs, refusesInWords } from './compare.ts';
import { readFixture, recordedOf } from './fixture.ts';
import { observe } from './observe.ts';
import { findObstacles } from './obstacles.ts';
import { kubeletaccess } from './programs.ts';
import { startAll } from './start-all.ts';
import { makeWorld } from './world.ts';

const obstacle = await findObstacles();
const world = await makeWorld();
atEnd(() => world.stop());
const fixture = readFixture();

/** Whether a case needs its own process, because it has a mount, or because a process reads or caches trusted certificates only once. */
const needsProcess = (testCase: Case) =>
  testCase.mount !== undefined || /SSL_CERT_|[iI]ntermediate/.test(JSON.stringify(testCase));

/** Cases that need their own process, and a third of the other cases. */
const cases = allCases.filter((testCase, index) => needsProcess(testCase) || isShared(index, 3));

/** Whether a case runs the executable. Cases that need their own process do, and a tenth of the other cases. */
const isExecuted = (testCase: Case) =>
  needsProcess(testCase) || isShared(cases.indexOf(testCase), 10);
const ours = startAll(
  cases.filter((testCase) => obstacle(testCase) === undefined),
  (testCase) =>
    observe(kubeletaccess(isExecuted(testCase) ? executable : undefined), testCase, world),
);

suite('the same connection as kubectl', (test) => {
  for (const testCase of cases) {
    const reason = obstacle(testCase);
    if (reason === undefined)
      test(testCase.title, async () => {
        const { observation, stderr } = await ours(testCase.title);
        const kubectl = recordedOf(fixture, testCase.title);
        assert.equal(comparable(testCase, observation), expectedOfUs(testCase, kubectl));
        if (observation.outcome === 'refused') assert.ok(refusesInWords(stderr), stderr);
      });
    else test.skip(testCase.title, reason);
  }

  test('the fixture has a result for each case, and no other results', () => {
    assert.equal([...fixture.keys()].sort(), allCases.map(({ title }) => title).sort());
  });
});
