import * as assert from 'uvu/assert';
import { metricParts } from '../../src/text/render-metrics.ts';
import { recordedViews } from '../commands/curl/views/recorded-views.ts';
import { suite } from '../kit/suite.ts';
import { runProcess } from '../kit/tool.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { nodeRows, nodeView } from '../text/view-of-nodes.ts';
import { needPromtool } from './promtool.ts';

const promtool = await needPromtool();

async function check(metrics: string): Promise<string> {
  const { code, stdout, stderr } = await runProcess(promtool, ['check', 'metrics'], {
    stdin: metrics,
  });
  return code === 0 ? stdout + stderr : `${code}: ${stdout}${stderr}`;
}

suite('metrics', (test) => {
  test('are as promtool wants them', async () => {
    const metrics = [...metricParts(nodeView, nodeRows)].join('');
    assert.is(await check(metrics), '');
    // It reads what it is given.
    assert.match(await check(metrics.replaceAll(/^# HELP.*\n/gm, '')), /^3: .* no help text/);
    assert.match(await check(metrics.replaceAll('_total', '_count_total_')), /^3: /);
    assert.match(await check(`${metrics}nonsense\n`), /^1: error while linting/);
  });

  test('of each view are, too', async () => {
    for (const { kind, print } of recordedViews())
      assert.is(await check(print('prometheus')), '', kind);
  });

  test('of certificates are, too', () =>
    withSandbox({ nodes: ['none', 'expired', 'no-certificate'] }, async (_, tool) => {
      const { stdout } = await tool(['certificates', '-o', 'prometheus']);
      for (const name of ['expiry_timestamp_seconds', 'verified', 'san_match', 'request_pending'])
        assert.match(stdout, `\nkubeletaccess_certificate_${name}{`);
      assert.is(await check(stdout), '');
    }));

  test('of status are, too', () =>
    withSandbox({ nodes: ['none', 'expired', 'no-addresses'] }, async (_, tool) => {
      const { stdout } = await tool(['status', '--timeout', '2s', '-o', 'prometheus']);
      assert.match(stdout, /^kubeletaccess_node_answers\{/m);
      assert.is(await check(stdout), '');
    }));
});
