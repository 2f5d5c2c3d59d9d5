import * as assert from 'uvu/assert';
import { series } from '../../src/commands/metrics/metrics-views.ts';
import { metricParts } from '../../src/text/render-metrics.ts';
import { metricsBody, rowsOf, usualParameters } from '../commands/metrics/recorded-metrics.ts';
import { recordedViews } from '../commands/shared/rows/recorded-views.ts';
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

function lintsOf(output: string): readonly string[] {
  return [...new Set(output.split('\n').map((line) => line.replace(/^3: /, '')))];
}

suite('promtool', (test) => {
  test('accepts metrics of nodes, and detects errors in them', async () => {
    const metrics = [...metricParts(nodeView, nodeRows)].join('');
    assert.is(await check(metrics), '');
    // Proves that promtool detects errors.
    assert.match(await check(metrics.replaceAll(/^# HELP.*\n/gm, '')), /^3: .* no help text/);
    assert.match(await check(metrics.replaceAll('_total', '_count_total_')), /^3: /);
    assert.match(await check(`${metrics}nonsense\n`), /^1: error while linting/);
  });

  test('accepts -o prometheus of every type of rows', async () => {
    for (const { kind, print } of await recordedViews())
      assert.is(await check(print('prometheus')), '', kind);
  });

  test('accepts certificates -o prometheus', () =>
    withSandbox({ nodes: ['none', 'expired', 'no-certificate'] }, async (_, tool) => {
      const { stdout } = await tool(['certificates', '-o', 'prometheus']);
      for (const name of ['expiry_timestamp_seconds', 'verified', 'san_match', 'request_pending'])
        assert.match(stdout, `\nkubeletaccess_certificate_${name}{`);
      assert.is(await check(stdout), '');
    }));

  test('accepts metrics -o prometheus, which keeps all series of kubelets', async () => {
    for (const name of ['metrics', 'cadvisor', 'probes']) {
      const bodies = ['1.31', '1.37'].map(
        (version) => [version, metricsBody(`${name}-${version}`)] as const,
      );
      const view = series(usualParameters);
      const rows = rowsOf(
        view,
        bodies.map(([version, body]) => [`node-${version}`, { body, extra: {} }] as const),
      );
      const exposed = [...(view.expose?.(rows) ?? [])].join('');
      assert.is(exposed.split('\n').filter((line) => /^[^#]/.test(line)).length, rows.length);
      // Kubelets themselves break some conventions.
      const known = new Set(
        (await Promise.all(bodies.map(([, body]) => check(body)))).flatMap(lintsOf),
      );
      assert.equal(
        lintsOf(await check(exposed)).filter((lint) => !known.has(lint)),
        [],
        name,
      );
    }
  });

  test('accepts labels with any characters', async () => {
    const view = series(usualParameters);
    const body =
      '# HELP a \x1b\\\\ \\n\n# TYPE a gauge\na{b="\x1b\\\\\\"\\n\u202e,node=",node="x"} NaN\na{b="\ud83d\ude00",node="1",exported_node="2"} +Inf\n';
    const exposed = [...(view.expose?.(rowsOf(view, [['"n\\', { body, extra: {} }]])) ?? [])];
    // One part is a comment about characters that are written as escapes.
    assert.is(exposed.length, 5);
    assert.is(await check(exposed.join('')), '');
  });

  for (const [title, bodies] of [
    [
      'a summary whose name looks like a part of another',
      ['# TYPE a_sum summary\na_sum{quantile="0.5"} 1\na_sum_sum 2\na_sum_count 3\n'],
    ],
    [
      'a histogram that has no type on another node',
      [
        '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
        'h_bucket{le="+Inf"} 2\n',
      ],
    ],
    [
      'a gauge that is a counter on another node',
      ['# TYPE g gauge\ng 1\n', '# TYPE g counter\ng 2\n'],
    ],
    [
      'a summary and a counter with the name of its sum',
      ['# TYPE s summary\ns_sum 1\ns_count 2\n', '# TYPE s_sum counter\ns_sum 3\n'],
    ],
  ] as const)
    test(`accepts metrics whose types differ between nodes: ${title}`, async () => {
      const view = series(usualParameters);
      const rows = rowsOf(
        view,
        bodies.map((body, index) => [`node-${index}`, { body, extra: {} }] as const),
      );
      // Lints about names are not errors: kubelets choose the names.
      const output = await check([...(view.expose?.(rows) ?? [])].join(''));
      assert.not.match(output, /^1: |error/);
    });

  test('accepts status -o prometheus', () =>
    withSandbox({ nodes: ['none', 'expired', 'no-addresses'] }, async (_, tool) => {
      const { stdout } = await tool(['status', '--timeout', '2s', '-o', 'prometheus']);
      assert.match(stdout, /^kubeletaccess_node_answers\{/m);
      assert.is(await check(stdout), '');
    }));
});
