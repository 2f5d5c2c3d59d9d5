import * as assert from 'uvu/assert';
import { quantiles, series } from '../../src/commands/metrics/metrics-views.ts';
import { readSeries } from '../../src/commands/metrics/node-series.ts';
import type { Bodies } from '../../src/commands/shared/rows/body-view.ts';
import { metricsBody, rowsOf, usualParameters } from '../commands/metrics/recorded-metrics.ts';
import { suite } from '../kit/suite.ts';
import { withFiles } from '../kit/temporary.ts';
import { runProcess } from '../kit/tool.ts';
import { needPromtool } from './promtool.ts';

const promtool = await needPromtool();

interface Expected {
  readonly expr: string;
  readonly samples: readonly (readonly [labels: string, value: number])[];
}

type Database = ReadonlyMap<string, number>;

/** Returns what promtool reports; empty if Prometheus computes the same values. */
async function differences(database: Database, expected: readonly Expected[]): Promise<string> {
  const tests = {
    rule_files: [],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: [...database].map(([name, value]) => ({ series: name, values: `${value}` })),
        promql_expr_test: expected.map(({ expr, samples }) => ({
          expr,
          eval_time: '0m',
          exp_samples: samples.map(([labels, value]) => ({ labels, value })),
        })),
      },
    ],
  };
  // JSON is valid YAML.
  return withFiles({ 'tests.yml': JSON.stringify(tests) }, async (cwd) => {
    const args = ['test', 'rules', 'tests.yml'];
    const { code, stdout, stderr } = await runProcess(promtool, args, { cwd });
    return code === 0 ? '' : stdout + stderr;
  });
}

const names = ['metrics-1.31', 'metrics-1.37', 'cadvisor-1.31', 'cadvisor-1.37', 'probes-1.31'];

function databaseOf(body: string): Database {
  const database = new Map<string, number>();
  const problem = readSeries(
    body,
    () => true,
    ({ metric, text, value }) => database.set(`${metric}{${text}}`, Number(value)),
  );
  if (problem !== undefined) throw new Error(problem);
  return database;
}

const strange = String.raw`a{b="x",c="1\"}\\\n"} 1
a{b="xy"} 2
a{c="é"} 3
b{b="x"} 4
`;

suite('metrics compared with Prometheus', (test) => {
  test('--filter matches the series that PromQL matches', async () => {
    const bodies = [...names.map(metricsBody), strange];
    for (const body of bodies) {
      const database = databaseOf(body);
      const expected = [
        '{__name__=~"container_(cpu|mem).*"}',
        '{__name__=~".+",pod!=""}',
        '{__name__=~".+",pod=""}',
        '{__name__=~".*_bucket",le=~"0\\\\.0.*|1"}',
        '{__name__=~".*_bucket",le!~`0\\.0.*|1`}',
        "kubelet_runtime_operations_total{operation_type=~'(?i)LIST_.*'}",
        'container_tasks_state{state!~"r.*|s.*"}',
        '{__name__!~"[a-k].*",__name__!=""}',
        'a{b=~"x"}',
        'a{b=~"x."}',
        'a{c="1\\"}\\\\\\n"}',
        // Since Prometheus 3.0 a dot also matches a line break.
        'a{c=~"(?s)1.*"}',
        'a{c=~"."}',
        'a{c=~"\\\\p{L}"}',
        '{b!~"x",__name__=~"a|b"}',
        // This byte is not UTF-8.
        'a{b="\\xff"}',
        'a{b!="\\xff"}',
      ].map((expr): Expected => {
        const view = series({ ...usualParameters, filters: [expr] });
        const rows = rowsOf(view, [['n', { body, extra: {} }]]);
        return {
          expr,
          samples: rows.map(({ metric, labels, value }) => [
            `${metric}{${labels ?? ''}}`,
            Number(value),
          ]),
        };
      });
      assert.is(await differences(database, expected), '');
    }
    // Proves that promtool detects errors.
    const wrong: Expected = { expr: 'a', samples: [['a{b="xy"}', 3]] };
    assert.match(await differences(databaseOf(strange), [wrong]), /FAILED/);
  });

  test('--quantiles prints what histogram_quantile computes, also for several kubelets', async () => {
    const answers = ['metrics-1.31', 'metrics-1.37', 'probes-1.31'].map(
      (name): readonly [string, Bodies] => [name, { body: metricsBody(name), extra: {} }],
    );
    const database = new Map(
      answers.flatMap(([name, { body }]) =>
        [...databaseOf(body)].map(([each, value]) => {
          const labels = each.replace('{', `{instance="${name}"${each.endsWith('{}') ? '' : ','}`);
          return [labels, value] as const;
        }),
      ),
    );
    const ofNodes = rowsOf(quantiles(usualParameters), answers);
    const ofAll = rowsOf(quantiles({ ...usualParameters, by: 'operation_type' }), answers);
    const expected = [
      ...ofNodes.map((row) => ({ row, by: '', matchers: [`instance="${row['node']}"`] })),
      ...ofAll.map((row) => ({ row, by: ' by (le, operation_type)', matchers: [] })),
    ]
      .filter(({ row }) => row['type'] === 'histogram')
      .flatMap(({ row, by, matchers }) =>
        (
          [
            ['p50', 0.5],
            ['p90', 0.9],
            ['p99', 0.99],
          ] as const
        ).flatMap(([key, q]): Expected[] => {
          const value = row[key];
          const labels = row['labels'] === undefined ? [] : [String(row['labels'])];
          const selector = `${row['metric']}_bucket{${[...matchers, ...labels].join(',')}}`;
          if (value === undefined) return [];
          const expr = `histogram_quantile(${q}, ${by === '' ? selector : `sum${by} (${selector})`})`;
          return [{ expr, samples: [[`{${[...matchers, ...labels].join(',')}}`, Number(value)]] }];
        }),
      );
    assert.ok(expected.length > 15, String(expected.length));
    assert.is(await differences(database, expected), '');
  });
});
