import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { schemaErrors } from '../../../../kit/json-schema.ts';
import {
  type Script,
  type Scripted,
  withScriptedKubelets,
} from '../../../../kit/scripted-kubelet.ts';
import { suite } from '../../../../kit/suite.ts';

/** What a kubelet answers to its first request, its second and so on: the last again and again. */
const answering =
  (...bodies: readonly (string | number)[]): Script =>
  (_, response, count) => {
    const body = bodies[Math.min(count, bodies.length) - 1] ?? '';
    if (typeof body === 'number') response.writeHead(body).end('no');
    else response.setHeader('content-type', 'text/plain; version=0.0.4').end(body);
  };

const withKubelets = (
  kubelets: readonly Script[],
  use: (curl: Scripted['curl'], asked: Scripted['requests']) => Promise<void>,
) => withScriptedKubelets(kubelets, ({ curl, requests }) => use(curl, requests));

/** Of a kubelet that has done so much. */
const metrics = (work: number) => `# HELP work_total Work done.
# TYPE work_total counter
work_total{container="main",namespace="shop",pod="web"} ${10 * work}
work_total{container="",namespace="shop",pod="web"} ${work}
work_total{container="main",namespace="ops",pod="log"} 0
# TYPE broken gauge
broken NaN
# HELP request_seconds Latency.
# TYPE request_seconds histogram
request_seconds_bucket{path="/",le="0.1"} ${5 * work}
request_seconds_bucket{path="/",le="1"} ${10 * work}
request_seconds_bucket{path="/",le="+Inf"} ${10 * work}
request_seconds_sum{path="/"} ${2 * work}
request_seconds_count{path="/"} ${10 * work}
`;

const node = ['--node', 'node-1'];

/** The lines of a table as their cells. */
const cells = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));

suite('a view of metrics', (test) => {
  test('has a row for each series, in the order served', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (curl, asked) => {
      const { code, stdout } = await curl(['/metrics/cadvisor', '--all', '-o', 'table']);
      assert.is(code, 0);
      assert.equal(cells(stdout).slice(0, 6), [
        ['NODE', 'METRIC', 'VALUE', 'LABELS'],
        ['node-1', 'work_total', '10', 'container="main",namespace="shop",pod="web"'],
        ['node-1', 'work_total', '1', 'namespace="shop",pod="web"'],
        ['node-1', 'work_total', '0', 'container="main",namespace="ops",pod="log"'],
        ['node-1', 'broken', 'NaN', '-'],
        ['node-1', 'request_seconds_bucket', '5', 'path="/",le="0.1"'],
      ]);
      assert.is(cells(stdout).length, 1 + 2 * 9);
      assert.is(asked[0]?.headers['accept'], 'text/plain;version=0.0.4');
    }));

  test('asks with the Accept header of the caller instead', () =>
    withKubelets([answering(metrics(1))], async (curl, asked) => {
      await curl(['metrics', ...node, '-o', 'table', '-H', 'Accept: text/plain']);
      assert.is(asked[0]?.headers['accept'], 'text/plain');
    }));

  test('has the largest, also of several nodes, and only of what a filter matches', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (curl) => {
      const rows = async (...args: readonly string[]) =>
        cells((await curl(['metrics', '--all', '--no-headers', ...args])).stdout);
      const largest = await rows('--sort-by', 'value', '--top', '3');
      assert.equal(
        largest.map(([name, metric, value]) => [name, metric, value]),
        [
          ['node-2', 'work_total', '20'],
          ['node-2', 'request_seconds_bucket', '20'],
          ['node-2', 'request_seconds_bucket', '20'],
        ],
      );
      const matching = await rows(
        ...['--filter', 'work_total{namespace=~"sh.p",container!=""}', '--filter', 'broken'],
      );
      assert.equal(
        matching.map(([name, metric]) => [name, metric]),
        [
          ['node-1', 'work_total'],
          ['node-1', 'broken'],
          ['node-2', 'work_total'],
          ['node-2', 'broken'],
        ],
      );
    }));

  test('says if nothing matches, whatever is printed', () =>
    withKubelets([answering(metrics(1))], async (curl) => {
      for (const [format, expected] of [
        ['table', /^$/],
        ['json', /"items": \[\]/],
        ['csv', /^node,metric,[^\n]*\r\n$/],
        ['prometheus', /^$/],
      ] as const) {
        const result = await curl(['metrics', ...node, '--filter', 'x{y="z"}', '-o', format]);
        assert.is(result.code, 0);
        assert.match(result.stdout, expected);
        assert.is(
          result.stderr,
          'no series match --filter x{y="z"}\nhint: those of a histogram are NAME_bucket, NAME_sum and NAME_count; with --quantiles, NAME is enough\n',
          format,
        );
      }
      const diff = ['--diff', '--interval', '1ms'];
      for (const [args, said] of [
        [['--quantiles'], 'no histograms or summaries match --filter broken\n'],
        [diff, 'no changes of series that match --filter broken\n'],
        [[...diff, '--by', 'metric'], 'no changes of series that match --filter broken\n'],
        [['--quantiles', ...diff], 'no observations of series that match --filter broken\n'],
      ] as const) {
        const none = await curl(['metrics', ...node, '--filter', 'broken', ...args]);
        assert.is(none.stderr, said);
      }
    }));

  test('has bars of a column of numbers, and says which where none is sorted by', () =>
    withKubelets([answering(metrics(1))], async (curl) => {
      const chart = [...node, '--filter', 'work_total', '--chart'];
      const sorted = await curl(['metrics', ...chart, '--sort-by', 'value']);
      assert.match(sorted.stdout, /VALUE CHART\n.*##########\n/);
      for (const more of [[], ['--sort-by', 'labels']]) {
        const none = await curl(['metrics', ...chart, ...more]);
        assert.is(none.code, 2);
        assert.match(none.stderr, '--chart needs a column of numbers');
        assert.match(none.stderr, 'hint: --chart --sort-by value');
      }
      const texts = await curl(['configz', ...node, '--chart']);
      assert.match(texts.stderr, '--chart cannot be used with a view that has no numbers');
    }));

  test('sums by labels, by metric, by series, and by node', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (curl) => {
      const rows = async (by: string) =>
        cells(
          (await curl(['metrics', '--all', '--no-headers', '--by', by, '--filter', '{pod!=""}']))
            .stdout,
        );
      assert.equal(await rows('metric'), [['work_total', '33', '6', '-']]);
      assert.equal(await rows('namespace, pod'), [
        ['work_total', '33', '4', 'namespace="shop",pod="web"'],
        ['work_total', '0', '2', 'namespace="ops",pod="log"'],
      ]);
      assert.equal(await rows('series'), [
        ['work_total', '30', '2', 'container="main",namespace="shop",pod="web"'],
        ['work_total', '3', '2', 'namespace="shop",pod="web"'],
        ['work_total', '0', '2', 'container="main",namespace="ops",pod="log"'],
      ]);
      assert.equal(await rows('node,namespace'), [
        ['node-1', 'work_total', '11', '2', 'namespace="shop"'],
        ['node-1', 'work_total', '0', '1', 'namespace="ops"'],
        ['node-2', 'work_total', '22', '2', 'namespace="shop"'],
        ['node-2', 'work_total', '0', '1', 'namespace="ops"'],
      ]);
    }));

  test('leaves buckets out of sums, unless they are by their bounds', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (curl) => {
      const rows = async (by: string) => {
        const args = ['metrics', '--all', '--no-headers', '--by', by];
        return cells((await curl([...args, '--filter', '{path="/"}'])).stdout);
      };
      assert.equal(
        (await rows('path')).map(([metric, value]) => [metric, value]),
        [
          ['request_seconds_sum', '6'],
          ['request_seconds_count', '30'],
        ],
      );
      assert.equal((await rows('le')).slice(0, 2), [
        ['request_seconds_bucket', '15', '2', 'le="0.1"'],
        ['request_seconds_bucket', '30', '2', 'le="1"'],
      ]);
    }));

  test('has histograms as quantiles, of one node and of all', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (curl) => {
      const args = ['metrics', '--all', '--quantiles', '--filter', 'request_seconds'];
      assert.equal(cells((await curl(args)).stdout), [
        ['NODE', 'METRIC', 'COUNT', 'P50', 'P90', 'P99', 'LABELS'],
        ['node-1', 'request_seconds', '10', '0.1', '0.82', '0.982', 'path="/"'],
        ['node-2', 'request_seconds', '20', '0.1', '0.82', '0.982', 'path="/"'],
      ]);
      assert.equal(cells((await curl([...args, '--by', 'metric'])).stdout), [
        ['METRIC', 'COUNT', 'P50', 'P90', 'P99', 'LABELS'],
        ['request_seconds', '30', '0.1', '0.82', '0.982', '-'],
      ]);
    }));

  test('has what changes between two responses over one connection', () =>
    withScriptedKubelets(
      [answering(metrics(1), metrics(3)), answering(metrics(2), metrics(1))],
      async ({ curl }) => {
        const args = ['metrics', '--all', '--diff', '--interval', '300ms'];
        const { items } = JSON.parse((await curl([...args, '-o', 'json'])).stdout);
        assert.equal(
          items
            .filter(({ metric }: { metric: string }) => !metric.startsWith('request'))
            .map(({ node: name, metric, change }: Record<string, unknown>) => [
              name,
              metric,
              change,
            ]),
          [
            ['node-1', 'work_total', 20],
            ['node-1', 'work_total', 2],
            // It has started again.
            ['node-2', 'work_total', 10],
            ['node-2', 'work_total', 1],
          ],
        );
        for (const { change, perSecond, seconds } of items) {
          assert.ok(seconds >= 0.29 && seconds < 30, String(seconds));
          assert.ok(Math.abs(perSecond * seconds - change) < 1e-6);
        }
      },
    ));

  test('has quantiles and sums of changes, and says if there are none', () =>
    withKubelets([answering(metrics(1), metrics(1), metrics(1), metrics(2))], async (curl) => {
      const args = ['metrics', ...node, '--diff', '--interval', '100ms'];
      const none = await curl(args);
      assert.equal([none.code, none.stdout, none.stderr], [0, '', 'no changes found\n']);
      const [, ...rows] = cells((await curl([...args, '--quantiles'])).stdout);
      assert.equal(rows, [['node-1', 'request_seconds', '10', '0.1', '0.82', '0.982', 'path="/"']]);
    }));

  test('counts series by metric, with the rule that drops the most, by label and by node', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (curl) => {
      const counts = await curl(['metrics', '--all', '--series']);
      assert.equal(cells(counts.stdout), [
        ['METRIC', 'SERIES', 'SHARE', 'NODES', 'LABEL', 'VALUES'],
        ['work_total', '6', '33%', '2', 'namespace', '2'],
        ['request_seconds_bucket', '6', '33%', '2', 'le', '3'],
        ['broken', '2', '11%', '2', '-', '-'],
        ['request_seconds_sum', '2', '11%', '2', 'path', '1'],
        ['request_seconds_count', '2', '11%', '2', 'path', '1'],
        ['TOTAL', '18', '-', '-', '-', '-'],
      ]);
      assert.is(
        counts.stderr,
        `note: 18 series of 5 metrics
hint: work_total has 6 of them; to drop it, in the scrape configuration of Prometheus:
metric_relabel_configs:
  - source_labels: [__name__]
    regex: work_total
    action: drop
2 of 2 nodes answered
`,
      );
      const labels = await curl(['metrics', '--all', '--series', '--by', 'label', '--top', '2']);
      assert.equal(cells(labels.stdout), [
        ['LABEL', 'VALUES', 'SERIES', 'METRICS', 'NODES'],
        ['le', '3', '6', '1', '2'],
        ['namespace', '2', '6', '1', '2'],
      ]);
      const nodes = await curl(['metrics', ...node, '--series', '--by', 'node']);
      assert.equal(
        [cells(nodes.stdout)[1], nodes.stderr],
        [['node-1', '9', '5', 'work_total', '3'], ''],
      );
    }));

  test('prints series again for Prometheus, with the node as a label and families together', () =>
    withKubelets(
      [answering(metrics(1)), answering('work_total{path="/,node=",node="x"} 5\nbroken 1\n')],
      async (curl) => {
        const { stdout } = await curl(['metrics', '--all', '-o', 'prometheus']);
        assert.is(
          stdout,
          `# HELP work_total Work done.
# TYPE work_total untyped
work_total{node="node-1",container="main",namespace="shop",pod="web"} 10
work_total{node="node-1",namespace="shop",pod="web"} 1
work_total{node="node-1",container="main",namespace="ops",pod="log"} 0
work_total{node="node-2",path="/,node=",exported_node="x"} 5
# TYPE broken untyped
broken{node="node-1"} NaN
broken{node="node-2"} 1
# HELP request_seconds Latency.
# TYPE request_seconds histogram
request_seconds_bucket{node="node-1",path="/",le="0.1"} 5
request_seconds_bucket{node="node-1",path="/",le="1"} 10
request_seconds_bucket{node="node-1",path="/",le="+Inf"} 10
request_seconds_sum{node="node-1",path="/"} 2
request_seconds_count{node="node-1",path="/"} 10
`,
        );
      },
    ));

  test('is as its schema says', () =>
    withKubelets(
      [
        answering(metrics(1), metrics(2), metrics(3)),
        answering(metrics(1), metrics(3), metrics(4)),
      ],
      async (curl) => {
        const diff = ['--diff', '--interval', '50ms'];
        for (const [args, kind] of [
          [['-o', 'json'], 'KubeletSeriesList'],
          [['--by', 'pod'], 'KubeletSeriesSumList'],
          [['--by', 'node'], 'KubeletSeriesSumList'],
          [diff, 'KubeletSeriesChangeList'],
          [[...diff, '--by', 'pod'], 'KubeletSeriesChangeSumList'],
          [['--quantiles'], 'KubeletQuantileList'],
          [['--quantiles', '--by', 'metric'], 'KubeletQuantileList'],
          [['--series'], 'KubeletSeriesCountList'],
          [['--series', '--by', 'label'], 'KubeletLabelCountList'],
          [['--series', '--by', 'node'], 'KubeletNodeSeriesCountList'],
        ] as const) {
          const { stdout, stderr } = await curl(['metrics', '--all', ...args, '-o', 'json']);
          const list = JSON.parse(stdout);
          assert.is(list.kind, kind, stderr);
          assert.equal(schemaErrors(`docs/${kind}.schema.json`, list), [], kind);
          assert.not.match(stdout, /NaN|Infinity|undefined|null/);
        }
      },
    ));

  test('is watched: rows whose value changes are printed again', () =>
    withKubelets([answering(metrics(1), metrics(1), metrics(2))], async (curl, asked) => {
      const ending = new AbortController();
      const watching = curl(
        ['metrics', ...node, '--watch', '--interval', '100ms', '--filter', 'work_total'],
        { signal: ending.signal },
      );
      while (asked.length < 5) await sleep(50);
      ending.abort();
      const { stdout } = await watching;
      const rows = cells(stdout).map(([, ...row]) => row.slice(1, 3).join(' '));
      assert.equal(rows, [
        'METRIC VALUE',
        ...['work_total 10', 'work_total 1', 'work_total 0'],
        ...['work_total 20', 'work_total 2'],
      ]);
    }));

  test('ends when it is interrupted between two responses', () =>
    withKubelets([answering(metrics(1))], async (curl) => {
      const { code } = await curl(
        ['metrics', '--all', '--diff', '--interval', '10m', '--timeout', '11m'],
        {
          signal: AbortSignal.timeout(500),
        },
      );
      assert.is(code, 130);
    }));

  test('has no changes of a kubelet whose second answer fails', () =>
    withKubelets([answering(metrics(1), 500), answering(metrics(1), metrics(2))], async (curl) => {
      const { code, stdout, stderr } = await curl([
        'metrics',
        '--all',
        '--diff',
        '--interval',
        '50ms',
      ]);
      assert.is(code, 4);
      assert.not.match(stdout, 'node-1');
      assert.match(stderr, /^1 of 2 nodes answered/m);
    }));

  for (const [body, problem] of [
    ['<html>\n', 'no metrics: line 1: "<html>" in place of the name of a metric'],
    ['a 1\nb{c="', 'no metrics: line 2: its end is missing'],
    ['a{b="\x1b[31m"} x\n', 'no metrics: line 1: "x" in place of a value'],
    [`a{${'b="c",'.repeat(1_000_000)}} 1\n`, 'no metrics: line 1: more than 1000 labels'],
    ['\0\n', '2 bytes that are not text'],
  ] as const)
    test(`has no rows of what is no metrics: ${JSON.stringify(body.slice(0, 20))}`, () =>
      withKubelets([answering(body)], async (curl) => {
        const result = await curl(['metrics', ...node, '-o', 'table']);
        assert.equal([result.code, result.stdout], [1, '']);
        assert.ok(result.stderr.includes(` sent ${problem}\n`), result.stderr);
        assert.match(result.stderr, /^hint: .*(?:-o raw|--output-dir DIR)$/m);
      }));

  test('has each series once, and escapes what a terminal would obey', () =>
    withKubelets([answering('a{b="\x1b[31m\\n"} 1\na{b="\x1b[31m\\n"} 2\na 3\n')], async (curl) => {
      const rows = cells((await curl(['metrics', ...node, '-o', 'table'])).stdout);
      assert.equal(rows.slice(1), [
        ['node-1', 'a', '1', String.raw`b="\x1b[31m\n"`],
        ['node-1', 'a', '3', '-'],
      ]);
      const exposed = await curl(['metrics', ...node, '-o', 'prometheus']);
      assert.match(exposed.stdout, String.raw`a{node="node-1",b="\\x1b[31m\n"} 1`);
    }));

  test('has no more rows than memory holds', () => {
    const body = Array.from({ length: 700_000 }, (_, index) => `a{b="${index}"} 1\n`).join('');
    return withKubelets([answering(body), answering(body), answering(body)], async (curl) => {
      const all = await curl(['slis', '--all', '-o', 'csv']);
      assert.equal([all.code, all.stdout], [1, '']);
      assert.match(all.stderr, /^error: the nodes have more than 2000000 series\nhint: /m);
    });
  });

  test('of nothing says so', () =>
    withKubelets([answering('')], async (curl) => {
      for (const [args, words] of [
        [[], 'no series found\n'],
        [['--quantiles'], 'no histograms or summaries found\n'],
        [['--series'], 'no metrics found\n'],
        [['--by', 'metric'], 'no series found\n'],
      ] as const) {
        const result = await curl(['probes', ...node, '-o', 'table', ...args]);
        assert.equal([result.code, result.stdout, result.stderr], [0, '', words]);
      }
    }));

  for (const [args, message] of [
    [['--filter', 'x{'], 'invalid --filter value "x{" at character 3: it is incomplete'],
    [
      ['--by', 'a-b'],
      'invalid --by value "a-b": must be "metric", "series", "node" or names of labels',
    ],
    [['--series', '--by', 'pod'], 'invalid --by value "pod": must be "metric", "label" or "node"'],
    [['--series', '--diff'], '--series and --diff cannot be used together'],
    [['--series', '--quantiles', '--diff'], '--quantiles and --series cannot be used together'],
    [['--pods'], '--pods cannot be used with /metrics'],
    [
      ['--quantiles', '-o', 'prometheus'],
      '--quantiles and --output prometheus cannot be used together',
    ],
    [['--diff', '-o', 'prometheus'], '--diff and --output prometheus cannot be used together'],
    [['--by', 'pod', '-o', 'prometheus'], '--by and --output prometheus cannot be used together'],
    [['--interval', '5s'], '--interval requires --watch, or --diff of metrics'],
    [['--diff', '--interval', '0'], '--interval must be greater than 0'],
    [
      ['--diff', '--interval', '10s', '--max-time', '10s'],
      '--interval 10s does not fit --max-time 10s, which is for both responses of a node',
    ],
    [['--filter', 'x', '-o', 'raw'], '--filter and --output raw cannot be used together'],
    [
      ['-o', 'table', '--show-labels'],
      '--show-labels cannot be used with /metrics: its labels are those of series',
    ],
  ] as const)
    test(`exits 2 before any request: ${args.join(' ')}`, () =>
      withKubelets([answering('')], async (curl, asked) => {
        const { code, stderr } = await curl(['metrics', ...node, ...args]);
        assert.is(code, 2);
        assert.is(stderr.split('\n')[0], `error: ${message}`);
        assert.equal(asked, []);
      }));

  test('exits 2 if two responses do not fit the time limit of several nodes', () =>
    withKubelets([answering('')], async (curl) => {
      const { code, stderr } = await curl(['metrics', '--all', '--diff', '--interval', '1m']);
      assert.is(code, 2);
      assert.match(stderr, /^error: --interval 1m0s does not fit --timeout 30s, /);
      assert.match(stderr, /^hint: allow more time: --timeout 1m30s$/m);
      const other = await curl(['summary', ...node, '--filter', 'x']);
      assert.match(other.stderr, /^error: --filter cannot be used with \/stats\/summary\n/);
    }));
});
