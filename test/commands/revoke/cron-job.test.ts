import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { suite } from '../../kit/suite.ts';
import { runTool } from '../../kit/tool.ts';

suite('revoke --expired --print-cronjob', (test) => {
  test('prints the CronJob of docs, without a cluster', async () => {
    const { code, stdout, stderr } = await runTool(['revoke', '--expired', '--print-cronjob']);
    const file = join(root, 'docs/revoke-expired.yaml');
    assert.equal([code, stdout, stderr], [0, readFileSync(file, 'utf8'), '']);
  });
});
