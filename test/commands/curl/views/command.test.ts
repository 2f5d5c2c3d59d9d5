import { PassThrough, Writable } from 'node:stream';
import * as assert from 'uvu/assert';
import { run } from '../../../../src/run.ts';
import { schemaErrors } from '../../../kit/json-schema.ts';
import { type Script, type Scripted, withScriptedKubelets } from '../../../kit/scripted-kubelet.ts';
import { suite } from '../../../kit/suite.ts';

/** A GiB of memory and half a disk, on a kubelet that evicts at 10 % of the disk. */
const summary = {
  node: {
    nodeName: 'node-1',
    cpu: { usageNanoCores: 250_000_000 },
    memory: { workingSetBytes: 2 ** 30, availableBytes: 2 ** 30 },
    fs: { capacityBytes: 1000, availableBytes: 500, usedBytes: 400, inodes: 10, inodesFree: 10 },
  },
  pods: [
    {
      podRef: { namespace: 'shop', name: 'web', uid: 'a' },
      cpu: { usageNanoCores: 100_000_000 },
      memory: { workingSetBytes: 3 * 2 ** 20 },
      'ephemeral-storage': { usedBytes: 2 ** 20 },
    },
    {
      podRef: { namespace: 'shop', name: 'db', uid: 'b' },
      memory: { workingSetBytes: 5 * 2 ** 20 },
      'ephemeral-storage': { usedBytes: 7 * 2 ** 20 },
    },
    { podRef: { namespace: 'ops', name: 'log', uid: 'c' }, memory: { workingSetBytes: 2 ** 20 } },
  ],
};

const bodies: Readonly<Record<string, unknown>> = {
  '/stats/summary': summary,
  '/configz': { kubeletconfig: { evictionHard: { 'nodefs.available': '10%' } } },
  '/pods': { kind: 'PodList', items: [] },
};

const podList = {
  kind: 'PodList',
  items: ['shop', 'ops'].map((namespace) => ({
    metadata: { name: 'web', namespace, annotations: { 'kubernetes.io/config.source': 'file' } },
    spec: { containers: [{ name: 'c' }] },
    status: {
      phase: 'Running',
      containerStatuses: [{ name: 'c', ready: true, restartCount: 3, state: { running: {} } }],
    },
  })),
};

/** The configuration of one kubelet. */
const configured = (kubeletconfig: object): Answers => ({ '/configz': { kubeletconfig } });

/** The answers of one kubelet, by path: a number is a status, a text is the body as it is. */
type Answers = Readonly<Record<string, unknown>>;

const answering =
  (changed: Answers): Script =>
  ({ url = '' }, response) => {
    const answer = { ...bodies, ...changed }[url];
    if (typeof answer === 'number') response.writeHead(answer).end('no');
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  };

/** A cluster with a node for each, and what was sent to their kubelets. */
function withKubelets(
  kubelets: readonly Answers[],
  use: (curl: Scripted['curl'], asked: () => readonly string[]) => Promise<void>,
): Promise<void> {
  return withScriptedKubelets(kubelets.map(answering), ({ curl, requests }) =>
    use(curl, () => requests.map(({ line }) => line)),
  );
}

const labelledPod = {
  metadata: {
    ...{ name: 'web', namespace: 'shop', uid: 'a' },
    labels: { 'app.kubernetes.io/name': 'nginx' },
  },
  spec: { containers: [{ name: 'c' }] },
};

/** The last two of each line of a table. */
function lastCells(table: string): readonly string[] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {3,}/).slice(-2).join(' '));
}

const node = ['--node', 'node-1'];
const heads = 'NODE     CPU    MEMORY   DISK   HEADROOM   TIGHTEST\n';
const row = (name: string) => `${name}   250m   1.0Gi    50%    40%        nodefs.available\n`;

suite('a view of a response', (test) => {
  test('is a table with the headroom to eviction, for which /configz is read', () =>
    withKubelets([{}], async (curl, asked) => {
      const result = await curl(['summary', ...node, '-o', 'table']);
      assert.equal([result.code, result.stdout, result.stderr], [0, heads + row('node-1'), '']);
      assert.equal(asked(), ['GET /stats/summary', 'GET /configz']);
    }));

  test('has labels of nodes: a column for each, or all of them in one', () =>
    withKubelets([{}, {}], async (curl) => {
      const all = ['--all', '-o', 'table'];
      const some = await curl(['summary', ...all, '-L', 'kubernetes.io/os,none', '--top', '1']);
      assert.is(lastCells(some.stdout)[0], 'OS NONE');
      assert.equal(lastCells(some.stdout).slice(1), ['linux -', '- -']);
      const shown = await curl(['summary', ...all, '--show-labels']);
      assert.match(shown.stdout, /^NODE .* LABELS\nnode-1 .* \S*,kubernetes.io\/os=linux\S*\n/);
      const json = await curl(['summary', '--all', '-o', 'json', '-L', 'kubernetes.io/os']);
      assert.is(JSON.parse(json.stdout).items[0].label_kubernetes_io_os, 'linux');
      assert.equal(
        schemaErrors('docs/KubeletNodeStatsList.schema.json', JSON.parse(json.stdout)),
        [],
      );
      const metrics = await curl([
        'summary',
        '--all',
        '-o',
        'prometheus',
        '-L',
        'kubernetes.io/os',
      ]);
      assert.match(
        metrics.stdout,
        'kubeletaccess_node_labels{node="node-1",label_kubernetes_io_os="linux"} 1\n',
      );
    }));

  test('looks up nodes for their labels, also where a name is enough for the request', () =>
    withKubelets([{}], async (curl) => {
      const via = ['--via', 'apiserver', '-o', 'table'];
      const result = await curl(['summary', ...node, ...via, '-L', 'kubernetes.io/os']);
      assert.equal(lastCells(result.stdout), ['TIGHTEST OS', 'nodefs.available linux']);
    }));

  test('has labels of pods in rows of pods', () =>
    withKubelets([{ '/pods': { kind: 'PodList', items: [labelledPod] } }], async (curl) => {
      const args = ['summary', ...node, '--pods', '-o', 'csv', '-L', 'app.kubernetes.io/name'];
      const result = await curl([...args, '--show-labels']);
      const [heads = '', ...rows] = result.stdout.trimEnd().split('\r\n');
      assert.match(heads, /,label_app_kubernetes_io_name,labels$/);
      assert.equal(
        rows.map((line) => line.split(',').slice(-2).join(' ')),
        ['nginx app.kubernetes.io/name=nginx', ' ', ' '],
      );
      const metrics = await curl([...args.slice(0, 4), '-o', 'prometheus', ...args.slice(6)]);
      assert.match(
        metrics.stdout,
        /^kubeletaccess_pod_owner\{.*pod="web",.*label_app_kubernetes_io_name="nginx"\} 1$/m,
      );
    }));

  test('has no labels of sums and differences', () =>
    withKubelets([{}], async (curl) => {
      for (const [args, message] of [
        [['summary', '--pods', '--by', 'namespace', '-L', 'a'], '--by and --label-columns'],
        [['configz', '--all', '--diff', '--show-labels'], '--diff and --show-labels'],
        [['summary', '-L', 'a=b'], 'invalid --label-columns value "a=b"'],
        [['runningpods', '--show-labels'], '--show-labels cannot be used with /runningpods/'],
        [['summary', '-L', ''], 'invalid --label-columns value ""'],
        [['metrics', '--filter', ''], 'invalid --filter value ""'],
        [['summary', '--show-labels', '-o', 'prometheus'], '--show-labels and --output prometheus'],
        [['summary', '--address', 'h', '-L', 'a'], '--address and --label-columns'],
        [['logs', '-L', 'a'], '--label-columns needs a view'],
        [['pods', '--compare', '-L', 'a'], '--compare and --label-columns'],
      ] as const) {
        const isComplete = args.some((each) => each === '--all' || each === '--address');
        const result = await curl([...args, ...(isComplete ? [] : node)]);
        assert.is(result.code, 2);
        assert.match(result.stderr, message);
      }
    }));

  test('has labels of keys that are alike apart', () =>
    withKubelets([{}], async (curl) => {
      const keys = ['-L', 'kubernetes.io/os,kubernetes.io_os', '-L', 'kubernetes_io.os'];
      const result = await curl(['summary', ...node, '-o', 'json', ...keys]);
      const [row] = JSON.parse(result.stdout).items;
      assert.equal(
        Object.entries(row).filter(([key]) => key.startsWith('label_')),
        [['label_kubernetes_io_os_conflict1', 'linux']],
      );
    }));

  test('has the nodes in their order, and their sums', () =>
    withKubelets([{}, {}], async (curl) => {
      const result = await curl(['/stats/summary', '--all', '-o', 'table']);
      const total = 'TOTAL    500m   2.0Gi    -      -          -\n';
      assert.is(result.stdout, heads + row('node-1') + row('node-2') + total);
      assert.is(result.stderr, '2 of 2 nodes answered\n');
    }));

  test('has what other nodes answer where one fails', () =>
    withKubelets([{ '/stats/summary': 500 }, {}], async (curl) => {
      const result = await curl(['summary', '--all', '-o', 'table']);
      assert.equal([result.code, result.stdout], [4, heads + row('node-2')]);
      assert.match(result.stderr, /^1 of 2 nodes answered/m);
    }));

  test('is not made of a redirect, or of a response without a body', () =>
    withKubelets([{ '/stats/summary': 302 }, { '/stats/summary': 204 }], async (curl) => {
      for (const [name, words] of Object.entries({
        'node-1': '302 Found',
        'node-2': '204 No Content',
      })) {
        const result = await curl(['summary', '--node', name, '-o', 'table']);
        assert.equal([result.code, result.stdout], [1, '']);
        assert.match(result.stderr, new RegExp(`of ${name} at \\S+ answered ${words}\n`));
      }
    }));

  test('says each reason why it goes without something', () =>
    withKubelets([{ '/configz': 404 }, { '/configz': '[]' }, { '/configz': 404 }], async (curl) => {
      const result = await curl(['summary', '--all', '-o', 'table']);
      assert.match(result.stderr, /^note: without \/configz of node-1, node-3: .*404/m);
      assert.match(result.stderr, /^note: without \/configz of node-2: .*sent/m);
    }));

  test('goes without what completes it, and says so once', () =>
    withKubelets([{ '/configz': 404 }, { '/configz': 404 }], async (curl) => {
      const result = await curl(['summary', '--all', '-o', 'csv']);
      assert.is(result.code, 0);
      const [first = '', ...rows] = result.stdout.trim().split('\r\n');
      const headroom = first.split(',').indexOf('tightestHeadroomPercent');
      assert.equal(
        rows.map((line) => line.split(',')[headroom]),
        ['', ''],
      );
      assert.match(result.stderr, /^note: without \/configz of node-1, node-2: .*404/m);
      assert.is(result.stderr.match(/configz of/g)?.length, 1);
    }));

  for (const [path, body, args, problem] of [
    ['/configz', '<html>', [], 'no configuration'],
    ['/configz', '{}', [], 'an unreadable configuration: kubeletconfig is missing'],
    [
      '/configz',
      '{"kubeletconfig":{"evictionHard":{"memory.available":"x"}}}',
      [],
      'unreadable eviction thresholds',
    ],
    ['/pods', '<html>', ['--pods'], 'no list of pods: not JSON'],
    ['/pods', '{"kind":"Status"}', ['--containers'], 'no list of pods: kind: '],
    ['/pods', '\0', ['--volumes'], '1 bytes that are not text'],
  ] as const)
    test(`says so if what completes it is of another kind: ${path} ${JSON.stringify(body)}`, () =>
      withKubelets([{ [path]: body }], async (curl) => {
        const result = await curl(['summary', ...node, '-o', 'csv', ...args]);
        assert.is(result.code, 0);
        const [first = '', ...more] = result.stderr.split('\n');
        assert.match(first, `note: without ${path} of node-1: the kubelet of node-1 at `);
        assert.match(first, ` sent ${problem}`);
        assert.not.match(more.join('\n'), 'hint:');
      }));

  test('names the nodes that lack something in their order', () =>
    withScriptedKubelets(
      [
        (request, response) => {
          const late = request.url === '/configz' ? 200 : 0;
          setTimeout(() => answering({ '/configz': 404 })(request, response, 1), late);
        },
        answering({ '/configz': 404 }),
      ],
      async ({ curl }) => {
        const { stderr } = await curl(['summary', '--all', '-o', 'table']);
        assert.match(stderr, /without \/configz of node-1, node-2: the kubelet of node-1 /);
      },
    ));

  test('ends at --max-time, also while it reads what completes it', () =>
    withScriptedKubelets(
      [
        (request, response) => {
          if (request.url === '/configz') response.write('{');
          else answering({})(request, response, 1);
        },
      ],
      async ({ curl }) => {
        const args = ['summary', ...node, '-o', 'table', '--max-time', '2s'];
        const result = await curl(args);
        assert.is(result.code, 0);
        assert.match(result.stderr, /^note: without \/configz of node-1: /);
      },
    ));

  test('is completed with the headers of the request', () =>
    withScriptedKubelets([answering({})], async ({ curl, requests }) => {
      await curl(['summary', ...node, '-o', 'table', '-H', 'Authorization: Bearer own-token']);
      assert.equal(
        requests.map(({ headers }) => headers['authorization']),
        ['Bearer own-token', 'Bearer own-token'],
      );
    }));

  test('sums the numbers of rows, too', () =>
    withKubelets([{}, {}], async (curl) => {
      const { stdout } = await curl(['summary', '--pods', '--all', '--by', 'namespace']);
      assert.match(stdout, /^TOTAL {7}6 /m);
    }));

  test('says of which rows a sum is', () =>
    withKubelets([{}, {}], async (curl) => {
      const result = await curl(['summary', '--pods', '--all']);
      assert.match(result.stderr, /^note: 4 of 6 pods report DISK$/m);
      assert.match(result.stderr, /^note: 2 of 6 pods report CPU$/m);
    }));

  test('has rows of pods, sorted, the first of them, and without heads', () =>
    withKubelets([{}], async (curl) => {
      const args = ['summary', '--pods', ...node];
      const names = async (...more: readonly string[]) => {
        const { stdout } = await curl([...args, '--no-headers', ...more]);
        return stdout.split('\n').flatMap((line) => line.split(/ +/)[1] ?? []);
      };
      assert.equal(await names(), ['web', 'db', 'log']);
      assert.equal(await names('--sort-by', 'disk'), ['db', 'web', 'log']);
      assert.equal(await names('--sort-by', 'workingSetBytes', '--top', '1'), ['db']);
      assert.equal(await names('--sort-by', 'pod'), ['db', 'log', 'web']);
    }));

  test('has bars of the sorted column, or of the first percentage, of a whole or of the largest', () =>
    withKubelets([{}, {}], async (curl) => {
      const bars = async (...args: readonly string[]) => {
        const { stdout } = await curl([...args, '--chart']);
        for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
        return stdout.split('\n').map((line) => line.split(/ {2,}/).at(-1));
      };
      const half = `${'#'.repeat(9)}${'.'.repeat(9)}`;
      assert.equal(await bars('summary', '--all'), ['DISK CHART', half, half, '-', '']);
      assert.equal(await bars('summary', ...node, '--pods', '--sort-by', 'disk'), [
        'DISK CHART',
        '#'.repeat(29),
        `####${'.'.repeat(25)}`,
        '-',
        '',
      ]);
    }));

  test('has sums by namespace', () =>
    withKubelets([{}], async (curl) => {
      const { stdout } = await curl(['summary', '--pods', ...node, '--by', 'namespace']);
      assert.equal(
        stdout.split('\n').map((line) => line.split(/ {2,}/)),
        [
          ['NAMESPACE', 'PODS', 'CPU', 'MEMORY', 'DISK'],
          ['shop', '2', '100m', '8.0Mi', '8.0Mi'],
          ['ops', '1', '-', '1.0Mi', '-'],
          [''],
        ],
      );
    }));

  test('prints its rows as JSON with the units in the names, and by a template', () =>
    withKubelets([{}], async (curl) => {
      const { stdout } = await curl(['summary', ...node, '-o', 'json']);
      const { kind, items } = JSON.parse(stdout);
      for (const [option, list] of [
        [[], 'KubeletNodeStatsList'],
        [['--pods'], 'KubeletPodStatsList'],
        [['--containers'], 'KubeletContainerStatsList'],
        [['--volumes'], 'KubeletVolumeStatsList'],
      ] as const) {
        const printed = (await curl(['summary', ...node, ...option, '-o', 'json'])).stdout;
        assert.equal(schemaErrors(`docs/${list}.schema.json`, JSON.parse(printed)), [], list);
      }
      assert.is(kind, 'KubeletNodeStatsList');
      assert.equal(items[0].workingSetBytes, 2 ** 30);
      const template = ['-o', 'jsonpath={.items[*].workingSetBytes}'];
      assert.is((await curl(['summary', ...node, ...template])).stdout, '1073741824');
    }));

  test('has pods as their kubelet has them, and their sums', () =>
    withKubelets([{ '/pods': podList }], async (curl, asked) => {
      const { stdout } = await curl(['/pods', ...node, '-o', 'table']);
      assert.is(
        stdout,
        `NAMESPACE   POD   NODE     READY   STATUS    RESTARTS
shop        web   node-1   1/1     Running   3
ops         web   node-1   1/1     Running   3
`,
      );
      const sums = await curl(['pods', ...node, '--by', 'namespace', '-o', 'csv']);
      assert.match(sums.stdout, /^namespace,rows,restarts,.*\r\nshop,1,3,/);
      const list = JSON.parse((await curl(['pods', ...node, '-o', 'json'])).stdout);
      assert.equal([list.kind, list.items[1].source], ['KubeletPodList', 'file']);
      assert.equal(asked(), Array(3).fill('GET /pods'));
    }));

  test('has settings, without sums where there is nothing to sum', () =>
    withKubelets([{}, {}], async (curl) => {
      const { stdout } = await curl(['configz', '--all', '-o', 'table']);
      assert.is(
        stdout,
        `NODE     FIELD                           VALUE
node-1   evictionHard.nodefs.available   "10%"
node-2   evictionHard.nodefs.available   "10%"
`,
      );
      const list = JSON.parse((await curl(['configz', '--all', '-o', 'json'])).stdout);
      assert.equal(Object.keys(list), ['apiVersion', 'kind', 'items']);
    }));

  test('has settings that differ, of nodes that answered', () =>
    withKubelets(
      [
        configured({ maxPods: 110, port: 10_250 }),
        configured({ maxPods: 110, port: 10_250, seccompDefault: true }),
        configured({}),
        { '/configz': 500 },
      ],
      async (curl) => {
        const { code, stdout } = await curl(['configz', '--all', '--diff']);
        assert.is(code, 4);
        assert.is(
          stdout,
          `FIELD            VALUE     NODES   NAMES
maxPods          110       2       node-1, node-2
maxPods          <unset>   1       node-3
port             10250     2       node-1, node-2
port             <unset>   1       node-3
seccompDefault   <unset>   2       node-1, node-3
seccompDefault   true      1       node-2
`,
        );
        const args = ['/configz', '--all', '--diff', '--sort-by', 'value', '--top', '1'];
        const { items } = JSON.parse((await curl([...args, '-o', 'json'])).stdout);
        assert.is(items.length, 1);
      },
    ));

  test('says if no settings differ, and if there is nothing to compare', () =>
    withKubelets([configured({ maxPods: 1 }), configured({ maxPods: 1 })], async (curl) => {
      const same = await curl(['configz', '--all', '--diff']);
      assert.equal([same.code, same.stdout], [0, '']);
      assert.is(same.stderr, 'no differences found\n2 of 2 nodes answered\n');
      const one = await curl(['configz', '-l', 'kubernetes.io/hostname=node-2', '--diff']);
      assert.equal([one.code, one.stdout], [0, '']);
      assert.match(one.stderr, /^note: nothing to compare: only node-2 answered$/m);
    }));

  test('is what a terminal gets for a short name, and no other reader', () =>
    withScriptedKubelets([answering({})], async ({ sandbox, curl }) => {
      const { admin } = sandbox.kubeconfigs;
      assert.is((await onTerminal(admin, ['summary', ...node])).stdout, heads + row('node-1'));
      const body = JSON.stringify(summary);
      for (const args of [['/stats/summary'], ['summary', '-o', 'raw'], ['stats/summary']])
        assert.is((await onTerminal(admin, [...args, ...node])).stdout, body, args[0]);
      assert.is((await curl(['summary', ...node])).stdout, body);
    }));

  test('has no rows of a response of another kind', () =>
    withKubelets([{ '/stats/summary': '<html>' }, {}], async (curl) => {
      const one = await curl(['summary', ...node, '-o', 'table']);
      assert.equal([one.code, one.stdout], [1, '']);
      assert.match(
        one.stderr,
        /^error: the kubelet of node-1 at \S+ sent no stats summary: not JSON\n/,
      );
      assert.match(one.stderr, /^hint: .*-o raw$/m);
      assert.is((await curl(['summary', '--all', '-o', 'table'])).code, 4);
    }));

  for (const [args, message] of [
    [['logs', '-o', 'table'], '--output table needs a view, and there is none of /logs/'],
    [
      ['/stats/summary', '-X', 'POST', '-o', 'wide'],
      '--output wide needs a view, and there is none of the response to POST',
    ],
    [['/healthz/x/y', '--pods'], '--pods needs a view, and there is none of /healthz/x/y'],
    [['healthz', '--pods'], '--pods cannot be used with /healthz'],
    [['pods', '--pods'], '--pods cannot be used with /pods'],
    [['summary', '--diff'], '--diff cannot be used with /stats/summary'],
    [['configz', '--diff'], '--diff compares several nodes'],
    [['configz', '--by', 'owner'], '--by needs rows of pods, containers or volumes'],
    [['summary', '--pods', '-o', 'ndjson'], '--pods and --output ndjson cannot be used together'],
    [['summary', '--pods', '--volumes'], '--pods and --volumes cannot be used together'],
    [['summary', '--by', 'owner'], '--by needs rows of pods, containers or volumes'],
    [['summary', '--pods', '--by', 'x'], 'invalid --by value "x": must be "namespace" or "owner"'],
    [
      ['summary', '--pods', '--top', '0'],
      'invalid --top value "0": must be a whole number of at least 1',
    ],
    [
      ['summary', '--pods', '--sort-by', 'memry'],
      'invalid --sort-by value "memry": must be the name of a column',
    ],
    [['summary', '--chart', '-o', 'csv'], '--chart and --output csv cannot be used together'],
    [
      ['summary', '--pods', '--by', 'owner', '-o', 'prometheus'],
      '--by and --output prometheus cannot be used together',
    ],
    [['summary', '--pods', '-o', 'yaml'], /^error: invalid --output value "yaml": must be "raw"/],
    [['summary', '--pods', '--timing'], '--timing cannot be used with a view'],
    [['summary', '-o', 'jsonpath={.items'], 'error parsing jsonpath {.items, unclosed action'],
  ] as const)
    test(`exits 2 before any request: ${args.join(' ')}`, () =>
      withKubelets([{}], async (curl, asked) => {
        const result = await curl([...args, ...node, '-v=6']);
        assert.equal([result.code, result.stdout], [2, ''], result.stderr);
        // With -v=6, a request to the API server would stand before it.
        const [first = ''] = result.stderr.split('\n');
        if (typeof message === 'string') assert.is(first, `error: ${message}`);
        else assert.match(first, message);
        assert.equal(asked(), []);
      }));
});

async function onTerminal(kubeconfig: string, args: readonly string[]) {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const code = await run(['curl', ...args], {
    ...{ env: { KUBECONFIG: kubeconfig }, stdin: new PassThrough(), colorDepth: 1, cwd: '/' },
    stdout: Object.assign(stdout, { isTTY: true }),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
  });
  return { code, stdout: Buffer.concat(chunks).toString('utf8') };
}
