import * as assert from 'uvu/assert';
import { printAll, readRecorded } from '../differential/templates/kubectl.ts';
import { suite } from '../kit/suite.ts';
import { buildCluster } from './build.ts';

suite('output of kubectl by templates', (test) => {
  test('equals the recording', async () => {
    assert.equal(await printAll((await buildCluster('1.37')).kubectl), readRecorded());
  });
});
