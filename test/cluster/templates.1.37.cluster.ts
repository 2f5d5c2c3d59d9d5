import * as assert from 'uvu/assert';
import { printAll, readRecorded } from '../differential/templates/kubectl.ts';
import { suite } from '../kit/suite.ts';
import { buildCluster } from './build.ts';

suite('recorded output of kubectl templates', (test) => {
  test('equals the output of kubectl 1.37', async () => {
    assert.equal(await printAll((await buildCluster('1.37')).kubectl), readRecorded());
  });
});
