import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { root } from '../../../scripts/paths.ts';
import { schemaErrors } from '../../kit/json-schema.ts';
import { rowsOf, wordsOf } from '../../kit/line-table.ts';
import { sweeps } from '../../kit/random.ts';
import { type Script, type Scripted, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { withSandbox } from '../../kit/with-sandbox.ts';

/** Answers each request with the next body, and later requests with the last. */
const answering =
  (...bodies: readonly (string | number)[]): Script =>
  (_, response, count) => {
    const body = bodies[Math.min(count, bodies.length) - 1] ?? '';
    if (typeof body === 'number') response.writeHead(body).end('no');
    else response.setHeader('content-type', 'text/plain; version=0.0.4').end(body);
  };

const withKubelets = (
  kubelets: readonly Script[],
  use: (tool: Scripted['tool'], asked: Scripted['requests']) => Promise<void>,
) => withScriptedKubelets(kubelets, ({ tool, requests }) => use(tool, requests));

/** Returns metrics of a kubelet whose counters are proportional to `work`. */
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

const cells = (stdout: string) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/));

/** Command lines for two nodes, each followed by the first lines of its table. */
const tables = `
metrics cadvisor
  NODE METRIC VALUE LABELS
  node-1 work_total 10 container="main",namespace="shop",pod="web"
  node-1 work_total 1 namespace="shop",pod="web"
  node-1 work_total 0 container="main",namespace="ops",pod="log"
  node-1 broken NaN -
  node-1 request_seconds_bucket 5 path="/",le="0.1"
metrics --sort-by value --limit 3
  NODE METRIC VALUE LABELS
  node-2 work_total 20 container="main",namespace="shop",pod="web"
  node-2 request_seconds_bucket 20 path="/",le="1"
  node-2 request_seconds_bucket 20 path="/",le="+Inf"
metrics work_total --sort-by value --limit 2 --reverse
  NODE METRIC VALUE LABELS
  node-1 work_total 0 container="main",namespace="ops",pod="log"
  node-2 work_total 0 container="main",namespace="ops",pod="log"
metrics --filter 'work_total{namespace=~"sh.p",container!=""}' --filter broken
  NODE METRIC VALUE LABELS
  node-1 work_total 10 container="main",namespace="shop",pod="web"
  node-1 broken NaN -
  node-2 work_total 20 container="main",namespace="shop",pod="web"
  node-2 broken NaN -
metrics --by metric --filter '{pod!=""}'
  METRIC VALUE SERIES LABELS
  work_total 33 6 -
metrics --by 'namespace, pod' --filter '{pod!=""}'
  METRIC VALUE SERIES LABELS
  work_total 33 4 namespace="shop",pod="web"
  work_total 0 2 namespace="ops",pod="log"
metrics --by series --filter '{pod!=""}'
  METRIC VALUE SERIES LABELS
  work_total 30 2 container="main",namespace="shop",pod="web"
  work_total 3 2 namespace="shop",pod="web"
  work_total 0 2 container="main",namespace="ops",pod="log"
metrics --by node,namespace --filter '{pod!=""}'
  NODE METRIC VALUE SERIES LABELS
  node-1 work_total 11 2 namespace="shop"
  node-1 work_total 0 1 namespace="ops"
  node-2 work_total 22 2 namespace="shop"
  node-2 work_total 0 1 namespace="ops"
# Sums omit buckets, except sums by le.
metrics --by path --filter '{path="/"}'
  METRIC VALUE SERIES LABELS
  request_seconds_sum 6 2 path="/"
  request_seconds_count 30 2 path="/"
metrics --by le --filter '{path="/"}'
  METRIC VALUE SERIES LABELS
  request_seconds_bucket 15 2 le="0.1"
  request_seconds_bucket 30 2 le="1"
metrics --quantiles --filter request_seconds
  NODE METRIC COUNT P50(seconds) P90(seconds) P99(seconds) LABELS
  node-1 request_seconds 10 0.1 0.82 0.982 path="/"
  node-2 request_seconds 20 0.1 0.82 0.982 path="/"
metrics --quantiles --filter request_seconds --by metric
  METRIC COUNT P50(seconds) P90(seconds) P99(seconds) LABELS
  request_seconds 30 0.1 0.82 0.982 -
metrics --count
  METRIC SERIES SHARE NODES LABEL MAX VALUES/NODE
  work_total 6 33% 2 namespace 2
  request_seconds_bucket 6 33% 2 le 3
  broken 2 11% 2 - -
  request_seconds_sum 2 11% 2 path 1
  request_seconds_count 2 11% 2 path 1
  TOTAL 18 - - - -
metrics --count --by label --limit 2
  LABEL MAX VALUES/NODE SERIES MAX METRICS/NODE NODES
  le 3 6 1 2
  namespace 2 6 1 2
metrics --node node-1 --count --by node
  NODE SERIES METRICS LARGEST LARGEST SERIES
  node-1 9 5 work_total 3
metrics --count --by pod
  LABELS SERIES SHARE NODES
  - 12 67% 2
  pod="web" 4 22% 2
  pod="log" 2 11% 2
  TOTAL 18 - -
metrics --count --by namespace,node,metric --filter work_total --limit 2
  NODE METRIC LABELS SERIES SHARE NODES
  node-1 work_total namespace="shop" 2 33% 1
  node-2 work_total namespace="shop" 2 33% 1
  TOTAL (of 4) - - 6 - -
`;

suite('tables of metrics', (test) => {
  test('have the expected rows', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (tool) => {
      for (const [line, expected] of rowsOf(tables)) {
        const { code, stdout } = await tool(wordsOf(line));
        assert.is(code, 0, line);
        const found = stdout.replaceAll(/ {3,}/g, ' ').split('\n');
        assert.is(found.slice(0, expected.split('\n').length).join('\n'), expected, line);
      }
    }));
});

suite('metrics', (test) => {
  test('--count suggests a rule that drops the largest metric', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (tool) => {
      const { stderr } = await tool('metrics --count');
      assert.is(
        stderr,
        `note: 18 series of 5 metrics
hint: work_total has 6 of them; to drop it, in the scrape configuration of Prometheus:
metric_relabel_configs:
  - source_labels: [__name__]
    regex: work_total
    action: drop
2 of 2 nodes answered
`,
      );
      assert.is((await tool('metrics --node node-1 --count --by node')).stderr, '');
    }));

  test('requests the text format', () =>
    withKubelets([answering(metrics(1))], async (tool, asked) => {
      assert.is(cells((await tool('metrics')).stdout).length, 1 + 9);
      assert.is(asked[0]?.headers['accept'], 'text/plain;version=0.0.4');
    }));

  test('reports that no series matches, in every format', () =>
    withKubelets([answering(metrics(1))], async (tool) => {
      for (const [format, expected] of [
        ['table', /^$/],
        ['json', /"items": \[\]/],
        ['csv', /^node,metric,[^\n]*\r\n$/],
        ['prometheus', /^$/],
      ] as const) {
        const result = await tool(['metrics', ...node, '--filter', 'x{y="z"}', '-o', format]);
        assert.is(result.code, 0);
        assert.match(result.stdout, expected);
        assert.is(
          result.stderr,
          'no series match --filter x{y="z"}\nhint: all names: kubectl kubeletaccess metrics --node node-1 --count\n',
          format,
        );
      }
      const rate = ['--rate=1ms'];
      for (const [args, said] of [
        [
          ['--quantiles'],
          'no histograms or summaries match --filter broken\nhint: all names: kubectl kubeletaccess metrics --node node-1 --count\n',
        ],
        [rate, 'no changes of series that match --filter broken\n'],
        [[...rate, '--by', 'metric'], 'no changes of series that match --filter broken\n'],
        [
          ['--quantiles', ...rate],
          'no observations of series that match --filter broken\nhint: all names: kubectl kubeletaccess metrics --node node-1 --count\n',
        ],
      ] as const) {
        const none = await tool(['metrics', ...node, '--filter', 'broken', ...args]);
        assert.is(none.stderr, said);
      }
    }));

  test('marks a quantile above the last bound', () =>
    withKubelets(
      [
        answering(
          '# TYPE a_seconds histogram\na_seconds_bucket{le="1"} 900\na_seconds_bucket{le="10"} 986\na_seconds_bucket{le="+Inf"} 1000\na_seconds_sum 9\na_seconds_count 1000\n',
        ),
      ],
      async (tool) => {
        const args = ['metrics', '--quantiles'];
        const [, row] = cells((await tool(args)).stdout);
        assert.equal(row?.slice(3, 6), ['0.55556', '1', '>10']);
        const { items } = JSON.parse((await tool([...args, '-o', 'json'])).stdout);
        assert.equal([items[0].p99, items[0].p99Above, items[0].p90Above], [10, 10, undefined]);
      },
    ));

  test('prints changes between two responses over one connection', () =>
    withScriptedKubelets(
      [answering(metrics(1), metrics(3)), answering(metrics(2), metrics(1))],
      async ({ tool }) => {
        const args = ['metrics', '--rate=300ms'];
        const { items } = JSON.parse((await tool([...args, '-o', 'json'])).stdout);
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
            // The kubelet restarted between these two.
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

  test('prints quantiles and sums of changes, or reports that nothing has changed', () =>
    withKubelets([answering(...[1, 1, 1, 1, 1, 2].map(metrics))], async (tool) => {
      const args = ['metrics', ...node, '--rate=100ms'];
      const none = await tool(args);
      assert.equal([none.code, none.stdout, none.stderr], [0, '', 'no changes found\n']);
      // A histogram that observed nothing is there, so no other name is suggested.
      assert.is(
        (await tool([...args, 'request_seconds', '--quantiles'])).stderr,
        'no observations of series that match --filter request_seconds\n',
      );
      const [, ...rows] = cells((await tool([...args, '--quantiles'])).stdout);
      assert.equal(rows, [['node-1', 'request_seconds', '10', '0.1', '0.82', '0.982', 'path="/"']]);
    }));

  test('suggests a filter for a part of a name', () =>
    withKubelets([answering(metrics(1))], async (tool) => {
      const args = ['metrics', ...node, '--quantiles', '--filter'];
      const { stderr } = await tool([...args, 'second']);
      const [, found = ''] =
        /^no histograms or summaries match --filter second\nhint: names with second in them, such as request_seconds: kubectl kubeletaccess metrics --node node-1 --quantiles --filter '(.*)'\n$/.exec(
          stderr,
        ) ?? [];
      assert.match((await tool([...args, found])).stdout, /^node-1 +request_seconds /m);
    }));

  test('suggests the metric that was meant if no series matches', () =>
    withKubelets([answering(metrics(1))], async (tool) => {
      for (const [args, hint] of [
        [
          ['work_totel', '--by', 'namespace'],
          'did you mean: kubectl kubeletaccess metrics --node node-1 --by namespace --filter work_total',
        ],
        [
          ['work_total{namespace="nowhere"}'],
          'work_total has series, but none with these labels: kubectl kubeletaccess metrics --node node-1 --filter work_total',
        ],
        [
          ['request_seconds'],
          'request_seconds is a histogram or summary: add _bucket, _sum or _count to its name, or --quantiles',
        ],
        [
          ['container_memory_rss'],
          'metrics that begin so are of another endpoint: kubectl kubeletaccess metrics cadvisor --node node-1 --filter container_memory_rss',
        ],
        [
          ['cadvisor', 'kubelet_running_pods'],
          'metrics that begin so are of another endpoint: kubectl kubeletaccess metrics --node node-1 --filter kubelet_running_pods',
        ],
        [
          ['cadvisor', 'container_memory_rss'],
          'all names: kubectl kubeletaccess metrics cadvisor --node node-1 --count',
        ],
      ] as const) {
        const { code, stderr } = await tool(['metrics', ...node, ...args]);
        assert.is(code, 0, stderr);
        assert.match(
          stderr,
          new RegExp(`^no series match --filter .*\nhint: ${RegExp.escape(hint)}\n$`),
        );
      }
    }));

  test('prints series for Prometheus, with a label for the node and grouped by family', () =>
    withKubelets(
      [answering(metrics(1)), answering('work_total{path="/,node=",node="x"} 5\nbroken 1\n')],
      async (tool) => {
        const { stdout } = await tool(['metrics', '-o', 'prometheus']);
        assert.is(
          stdout,
          `# of work_total, nodes disagree on the type: here it has none
# HELP work_total Work done.
# TYPE work_total untyped
work_total{node="node-1",container="main",namespace="shop",pod="web"} 10
work_total{node="node-1",namespace="shop",pod="web"} 1
work_total{node="node-1",container="main",namespace="ops",pod="log"} 0
work_total{node="node-2",path="/,node=",exported_node="x"} 5
# of broken, nodes disagree on the type: here it has none
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

  test('ignores the order of labels', () =>
    withKubelets([answering('a{b="1",c="2"} 1\na{c="2",b="1"} 5\n')], async (tool) => {
      const { stdout } = await tool(['metrics', '--node', 'node-1', '-o', 'csv']);
      assert.is(stdout.trim().split('\n').length, 2, stdout);
    }));

  for (const [title, bodies, expected] of [
    [
      'a summary with a name that ends in _sum',
      ['# TYPE a_sum summary\na_sum{quantile="0.5"} 1\na_sum_sum 2\na_sum_count 3\n'],
      `# TYPE a_sum summary
a_sum{node="node-1",quantile="0.5"} 1
a_sum_sum{node="node-1"} 2
a_sum_count{node="node-1"} 3
`,
    ],
    [
      'a histogram that is untyped on another node',
      [
        '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
        'h_bucket{le="+Inf"} 2\n',
      ],
      `# of h_bucket, nodes disagree on the type: here it has none
# TYPE h_bucket untyped
h_bucket{node="node-1",le="+Inf"} 1
h_bucket{node="node-2",le="+Inf"} 2
# of h_sum, nodes disagree on the type: here it has none
# TYPE h_sum untyped
h_sum{node="node-1"} 1
# of h_count, nodes disagree on the type: here it has none
# TYPE h_count untyped
h_count{node="node-1"} 1
`,
    ],
  ] as const)
    test(`prints valid Prometheus text for ${title}`, () =>
      withKubelets(
        bodies.map((body) => answering(body)),
        async (tool) => {
          assert.is((await tool(['metrics', '-o', 'prometheus'])).stdout, expected);
        },
      ));

  test('prints JSON that conforms to the schema of each list', () =>
    withKubelets(
      [
        answering(metrics(1), metrics(2), metrics(3)),
        answering(metrics(1), metrics(3), metrics(4)),
      ],
      async (tool) => {
        const rate = ['--rate=50ms'];
        for (const [args, kind] of [
          [['-o', 'json'], 'KubeletSeriesList'],
          [['--by', 'pod'], 'KubeletSeriesSumList'],
          [['--by', 'node'], 'KubeletSeriesSumList'],
          [rate, 'KubeletSeriesChangeList'],
          [[...rate, '--by', 'pod'], 'KubeletSeriesChangeSumList'],
          [['--quantiles'], 'KubeletQuantileList'],
          [['--quantiles', '--by', 'metric'], 'KubeletQuantileList'],
          [['--count'], 'KubeletSeriesCountList'],
          [['--count', '--by', 'label'], 'KubeletLabelCountList'],
          [['--count', '--by', 'path'], 'KubeletSeriesGroupList'],
          [['--count', '--by', 'node'], 'KubeletNodeSeriesCountList'],
        ] as const) {
          const { stdout, stderr } = await tool(['metrics', ...args, '-o', 'json']);
          const list = JSON.parse(stdout);
          assert.is(list.kind, kind, stderr);
          assert.equal(schemaErrors(`docs/schemas/${kind}.schema.json`, list), [], kind);
          assert.not.match(stdout, /NaN|Infinity|undefined|null/);
        }
      },
    ));

  test('ends at an interrupt between two responses', () =>
    withKubelets([answering(metrics(1))], async (tool) => {
      const { code } = await tool(['metrics', '--rate=10m'], { signal: AbortSignal.timeout(500) });
      assert.is(code, 130);
    }));

  test('prints no changes of a kubelet whose second response fails', () =>
    withKubelets([answering(metrics(1), 500), answering(metrics(1), metrics(2))], async (tool) => {
      const { code, stdout, stderr } = await tool(['metrics', '--rate=50ms']);
      assert.is(code, 4);
      assert.not.match(stdout, 'node-1');
      assert.match(stderr, /^1 of 2 nodes answered/m);
    }));

  test('prints each series once, and escapes control characters', () =>
    withKubelets([answering('a{b="\x1b[31m\\n"} 1\na{b="\x1b[31m\\n"} 2\na 3\n')], async (tool) => {
      const rows = cells((await tool(['metrics', ...node])).stdout);
      assert.equal(rows.slice(1), [
        ['node-1', 'a', '1', String.raw`b="\x1b[31m\n"`],
        ['node-1', 'a', '3', '-'],
      ]);
      const exposed = await tool(['metrics', ...node, '-o', 'prometheus']);
      assert.match(exposed.stdout, String.raw`a{node="node-1",b="\\x1b[31m\n"} 1`);
    }));

  // Reading two million rows takes six seconds.
  if (sweeps)
    test('fails if there are more rows than memory can hold', () => {
      const body = Array.from({ length: 210_000 }, (_, index) => `a{b="${index}"} 1\n`).join('');
      const kubelets = Array.from({ length: 10 }, () => answering(body));
      return withKubelets(kubelets, async (tool) => {
        const all = await tool(['metrics', 'slis', '-o', 'csv']);
        assert.equal([all.code, all.stdout], [1, '']);
        assert.match(all.stderr, /^error: the nodes have more than 2000000 series\nhint: /m);
      });
    });

  test('reports that there are no series', () =>
    withKubelets([answering('')], async (tool) => {
      for (const [args, words] of [
        [[], 'no series found\n'],
        [['--quantiles'], 'no histograms or summaries found\n'],
        [['--count'], 'no metrics found\n'],
        [['--by', 'metric'], 'no series found\n'],
      ] as const) {
        const result = await tool(['metrics', 'probes', ...node, ...args]);
        assert.equal([result.code, result.stdout, result.stderr], [0, '', words]);
      }
    }));

  test('prints a note if no series has the labels in --by', () =>
    withKubelets([answering('a{b="c"} 1\n')], async (tool) => {
      for (const args of [[], ['--count'], ['--quantiles', '--filter', 'a']]) {
        const { stderr } = await tool(['metrics', ...node, ...args, '--by', 'pod,b']);
        assert.not.match(stderr, 'no series has');
      }
      for (const args of [[], ['--count']]) {
        const { code, stderr } = await tool(['metrics', ...node, '--by', 'pod,namespace', ...args]);
        assert.is(code, 0);
        assert.is(
          stderr,
          `note: no series has the label pod or namespace\nhint: series of pods: kubectl kubeletaccess metrics cadvisor --node node-1 --by pod,namespace${['', ...args].join(' ')}\nhint: labels that series have: kubectl kubeletaccess metrics --node node-1 --count --by label\n`,
        );
        const ofMetrics = await tool(['metrics', ...node, ...args, '--by', 'metric']);
        assert.not.match(ofMetrics.stderr, 'no series has');
      }
    }));

  test('says why series of cAdvisor have no pod, beside their sum', () =>
    withKubelets(
      [answering('container_a{namespace="x"} 1\ncontainer_a{id="/"} 2\n')],
      async (tool) => {
        const { stderr } = await tool(['metrics', ...node, '--by', 'namespace']);
        assert.match(
          stderr,
          /^note: 50% of the series of cAdvisor \(1 of 2\) have no such label: they are of cgroups outside pods, or /,
        );
        const ofPods = ['--by', 'namespace', '--filter', '{namespace!=""}'];
        assert.is((await tool(['metrics', ...node, ...ofPods])).stderr, '');
      },
    ));

  test('accepts a kind of metrics before or after nodes, and suggests the right word for a mistyped kind', () =>
    withKubelets([answering(metrics(1)), answering(metrics(2))], async (tool, asked) => {
      const lines = async (...args: readonly string[]) => {
        asked.length = 0;
        const { stdout } = await tool(['metrics', ...args, '--filter', 'broken', '--no-headers']);
        return [
          [...new Set(asked.map(({ line }) => line))].join(),
          cells(stdout)
            .map(([name]) => name)
            .join(),
        ];
      };
      assert.equal(await lines(), ['GET /metrics', 'node-1,node-2']);
      assert.equal(await lines('node-2'), ['GET /metrics', 'node-2']);
      assert.equal(await lines('resource', 'node-2'), ['GET /metrics/resource', 'node-2']);
      for (const kind of ['cadvisor', 'resource', 'probes', 'slis'])
        assert.equal(await lines(kind), [`GET /metrics/${kind}`, 'node-1,node-2']);
      const wrong = await tool(['metrics', 'cadvisr']);
      assert.is(wrong.code, 2);
      assert.match(wrong.stderr, 'did you mean: kubectl kubeletaccess metrics cadvisor\n');
      assert.equal(await lines('node-2', 'slis'), ['GET /metrics/slis', 'node-2']);
      assert.match(
        (await tool(['metrics', 'slis', 'cadvisor'])).stderr,
        'cadvisor and slis cannot be used together\n',
      );
      const of = async (...args: readonly string[]) => (await tool(['metrics', ...args])).stdout;
      const filtered = await of(
        'node-2',
        '--filter',
        'work_total',
        '--filter',
        'request_seconds_sum',
      );
      assert.is(await of('work_total', 'node-2', 'request_seconds_sum'), filtered);
      assert.is(cells(filtered).length, 5);
    }));
});

suite('recipes', (test) => {
  const recorded = (name: string) =>
    readFileSync(join(root, 'test/kubelet/bodies/recorded', `${name}-1.37.txt`), 'utf8');
  const failed =
    'prober_probe_total{container="web",namespace="shop",pod="web-1",pod_uid="u",probe_type="Liveness",result="failed"} 7\n';
  const readonly =
    'kubelet_http_requests_total{long_running="false",method="GET",path="metrics",server_type="readonly"} 5\n';

  for (const [recipe, body, row] of [
    [
      [
        'metrics',
        'probes',
        '--filter',
        'prober_probe_total{result="failed"}',
        '--by',
        'namespace,pod',
      ],
      recorded('probes') + failed,
      /^prober_probe_total +7 +1 +namespace="shop",pod="web-1"$/m,
    ],
    [
      [
        'metrics',
        '--filter',
        'kubelet_http_requests_total{server_type="readonly"}',
        '--by',
        'node,path',
      ],
      recorded('metrics') + readonly,
      /^node-1 +kubelet_http_requests_total +5 +1 +path="metrics"$/m,
    ],
  ] as const)
    test(recipe.join(' '), () =>
      withKubelets([answering(body)], async (tool) => {
        const { code, stdout } = await tool(recipe);
        assert.is(code, 0);
        assert.match(stdout, row);
        assert.is(stdout.trimEnd().split('\n').length, 2, stdout);
      }),
    );

  test('rows of several contexts name their servers', () =>
    withSandbox({ nodes: ['none'] }, (_, one) =>
      withSandbox({ nodes: ['none'] }, async (_, other) => {
        const servers = [one, other].map(async (tool) => {
          const { stdout } = await tool('metrics --count --limit 1 -o ndjson');
          return JSON.parse(stdout).server as string;
        });
        assert.is(new Set(await Promise.all(servers)).size, 2);
      }),
    ));
});
