import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { rowsOf } from '../../kit/line-table.ts';
import { withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { withFiles } from '../../kit/temporary.ts';
import { inVirtualTime } from '../../kit/virtual-time.ts';
import type { NodeObject } from '../../sandbox/node-object.ts';
import { answering, cellsOf, withKubelets } from '../shared/rows/kubelets.ts';

inVirtualTime();

const labelledPod = {
  metadata: {
    ...{ name: 'web', namespace: 'shop', uid: 'a' },
    labels: { 'app.kubernetes.io/name': 'nginx' },
  },
  spec: { containers: [{ name: 'c' }] },
};

const status = (phase: string, ...states: readonly object[]) => ({
  phase,
  containerStatuses: states.map((state, index) => ({ name: `c${index}`, state })),
});
const crashed = { waiting: { reason: 'CrashLoopBackOff' } };
const podOf = (namespace: string, name: string, uid: string, status: object, volumes = {}) => ({
  metadata: { namespace, name, uid },
  spec: {
    containers: [
      { name: 'c0', resources: { requests: { memory: '1Mi' } } },
      { name: 'c1', resources: {} },
    ],
    ...volumes,
  },
  status,
});
const running = { running: {} };
const done = { terminated: { exitCode: 0, reason: 'Completed' } };
const claimed = { persistentVolumeClaim: { claimName: 'data' } };
const volumes = {
  volumes: [
    { name: 'v', ...claimed },
    { name: 'h', hostPath: {} },
  ],
};

/** The summary has pod web, with container c0, alone. */
const unmeasuredPods = {
  '/stats/summary': {
    node: { nodeName: 'node-1' },
    pods: [
      {
        podRef: { namespace: 'shop', name: 'web', uid: 'a' },
        memory: { workingSetBytes: 2 ** 20 },
        containers: [{ name: 'c0', memory: { workingSetBytes: 2 ** 20 } }],
      },
    ],
  },
  '/pods': {
    kind: 'PodList',
    items: [
      podOf('shop', 'web', 'a', status('Running', running, crashed)),
      podOf('shop', 'leaky', 'b', status('Running', crashed, done), volumes),
      podOf('shop', 'new', 'c', { phase: 'Pending' }),
      podOf('shop', 'job', 'd', status('Succeeded', done, done)),
    ],
  },
};

/** Command lines, each followed by its output and stderr. */
const unmeasured = `
top pods -n shop
  NAMESPACE POD NODE CPU MEMORY %MEM/L DISK
  shop web node-1 - 1.0Mi - -
  shop leaky node-1 - - - -
  shop new node-1 - - - -
  note: not measured: shop/leaky (CrashLoopBackOff), shop/new (Pending)
  note: not shown: 1 pod that ended
top pods -n shop --by namespace
  NAMESPACE PODS CPU MEMORY DISK
  shop 3 - 1.0Mi -
  note: not measured: shop/leaky (CrashLoopBackOff), shop/new (Pending)
  note: not shown: 1 pod that ended
top pods leaky job -n shop -o wide
  NAMESPACE POD NODE CPU MEMORY %MEM/L DISK MEMORY REQUESTED OWNER NOT MEASURED
  shop leaky node-1 - - - - 1.0Mi Pod/leaky CrashLoopBackOff
  shop job node-1 - - - - 1.0Mi Pod/job Completed
  note: not measured: shop/leaky (CrashLoopBackOff), shop/job (Completed)
top containers -n shop
  NAMESPACE POD CONTAINER CPU MEMORY %MEM/L DISK
  shop web c0 - 1.0Mi - -
  shop web c1 - - - -
  shop leaky c0 - - - -
  shop new c0 - - - -
  shop new c1 - - - -
  note: not measured: shop/web/c1 (CrashLoopBackOff), shop/leaky/c0 (CrashLoopBackOff), shop/new/c0 (Pending), shop/new/c1 (Pending)
  note: not shown: 1 pod that ended
top volumes -n shop -o wide
  NAMESPACE POD VOLUME NODE TYPE CLAIM USED USE % OWNER NOT MEASURED
  shop leaky v node-1 persistentVolumeClaim data - - Pod/leaky CrashLoopBackOff
  note: not measured: shop/leaky (CrashLoopBackOff)
  note: not shown: 1 pod that ended
`;

const lastCells = (table: string) => cellsOf(table).map((cells) => cells.slice(-2).join(' '));

const node = ['--node', 'node-1'];

/** Command lines for two nodes, each followed by its output. */
const tables = `
top nodes --node node-1
  NODE CPU CPU% MEMORY MEMORY% DISK HEADROOM TIGHTEST
  node-1 250m 6.4% 1.0Gi 13% 50% 40% nodefs.available
top nodes
  NODE CPU CPU% MEMORY MEMORY% DISK HEADROOM TIGHTEST
  node-1 250m 6.4% 1.0Gi 13% 50% 40% nodefs.available
  node-2 250m 6.4% 1.0Gi 13% 50% 40% nodefs.available
  TOTAL 500m 6.4% 2.0Gi 13% - - -
top nodes -L kubernetes.io/os,none --limit 1 --no-headers
  node-1 250m 6.4% 1.0Gi 13% 50% 40% nodefs.available linux -
top pods -A --by namespace
  NAMESPACE PODS CPU MEMORY DISK
  shop 4 200m 16Mi 16Mi
  ops 2 - 2.0Mi -
  TOTAL 6 200m 18Mi 16Mi
# Bars are relative to 100% or to the largest value. If the sorted column has no numbers, bars are of a summed column.
top nodes --node node-1 --chart
  NODE CPU CPU% MEMORY MEMORY% DISK HEADROOM TIGHTEST CHART
  node-1 250m 6.4% 1.0Gi 13% 50% 40% nodefs.available #.......
top pods -A --node node-1 --sort-by disk --chart
  NAMESPACE POD NODE CPU MEMORY %MEM/L DISK DISK CHART
  shop db node-1 - 5.0Mi - 7.0Mi ####################
  shop web node-1 100m 3.0Mi - 1.0Mi ###.................
  ops log node-1 - 1.0Mi - - -
top pods -A --node node-1 --sort-by pod --chart --limit 1
  NAMESPACE POD NODE CPU MEMORY %MEM/L DISK CPU CHART
  shop db node-1 - 5.0Mi - 7.0Mi -
top pods -A --node node-1 --sort-by memory --chart --limit 1
  NAMESPACE POD NODE CPU MEMORY %MEM/L DISK MEMORY CHART
  shop db node-1 - 5.0Mi - 7.0Mi #####################
top pods -A --by namespace --chart
  NAMESPACE PODS CPU MEMORY DISK PODS CHART
  shop 4 200m 16Mi 16Mi ######################################
  ops 2 - 2.0Mi - ###################...................
  TOTAL 6 200m 18Mi 16Mi -
`;

suite('top', (test) => {
  test('prints tables with totals and bars, in 80 columns', () =>
    withKubelets([{}, {}], async (tool) => {
      for (const [line, expected] of rowsOf(tables)) {
        const { code, stdout } = await tool(line);
        assert.is(code, 0, line);
        const rows = stdout.trimEnd().split('\n');
        assert.is(rows.join('\n').replaceAll(/ {2,}/g, ' '), expected, line);
        for (const row of rows) assert.ok(row.length <= 80 || line.includes(' -L '), row);
      }
    }));

  test('prints pods, containers and volumes that the kubelet does not measure', () =>
    withKubelets([unmeasuredPods], async (tool) => {
      for (const [line, expected] of rowsOf(unmeasured)) {
        const { code, stdout, stderr } = await tool(`${line} --node node-1`);
        assert.is(code, 0, line);
        assert.is(`${stdout}${stderr}`.trimEnd().replaceAll(/ {2,}/g, ' '), expected, line);
      }
      const { stdout } = await tool('top pods leaky -n shop -o json');
      assert.equal(JSON.parse(stdout).items, [
        {
          ...{ namespace: 'shop', pod: 'leaky', node: 'node-1' },
          ...{ memoryRequestedBytes: 2 ** 20, owner: 'Pod/leaky', unmeasured: 'CrashLoopBackOff' },
        },
      ]);
    }));

  test('nodes has shares of what the Node object has now, also if its address is cached', () =>
    withFiles({}, (home) =>
      withKubelets([{}], async (tool, _, sandbox) => {
        const env = { XDG_CACHE_HOME: home, KUBECONFIG: sandbox.kubeconfigs.admin };
        const maxPods = async () => {
          const { stdout } = await tool(['top', 'nodes', ...node, '-o', 'json'], { env });
          return JSON.parse(stdout).items[0].maxPods;
        };
        assert.is(await maxPods(), 110);
        const object = sandbox.store.get('nodes', 'node-1') as unknown as NodeObject;
        const changed = { ...object.status, allocatable: { pods: '7' } };
        Object.assign(object, { status: changed });
        assert.is(await maxPods(), 7);
        await sandbox.apiServer.stop();
        assert.is(await maxPods(), undefined);
      }),
    ));

  test('nodes reads /configz', () =>
    withKubelets([{}], async (tool, asked) => {
      const result = await tool(['top', 'nodes', ...node]);
      assert.equal([result.code, result.stderr], [0, '']);
      assert.equal(asked(), ['GET /stats/summary', 'GET /configz']);
    }));

  test('prints a note about a nearly full resource without an eviction threshold', () => {
    const node = {
      memory: { time: '2026-11-26T05:10:00Z', availableBytes: 500, workingSetBytes: 500 },
      fs: { availableBytes: 1, capacityBytes: 100 },
    };
    const kubelet = {
      '/stats/summary': { node: { nodeName: 'node-1', ...node }, pods: [] },
      '/configz': { kubeletconfig: { evictionHard: { 'memory.available': '100' } } },
    };
    return withKubelets([kubelet], async (tool) => {
      const { stdout, stderr } = await tool(['top', 'nodes', '--node', 'node-1']);
      assert.equal(lastCells(stdout), ['HEADROOM TIGHTEST', '40% memory.available']);
      assert.is(
        stderr,
        'note: nearly full, and no pods are evicted for it (evictionHard does not name it): node-1 (nodefs.available: 1% left)\n',
      );
      const { items } = JSON.parse((await tool(['top', 'nodes', '-o', 'json'])).stdout);
      assert.equal(
        [items[0].unwatchedSignal, items[0].unwatchedLeftPercent],
        ['nodefs.available', 1],
      );
    });
  });

  test('nodes prints labels in each format', () =>
    withKubelets([{}, {}], async (tool) => {
      const shown = await tool(['top', 'nodes', '--show-labels']);
      assert.match(shown.stdout, /^NODE .* LABELS\nnode-1 .* \S*,kubernetes.io\/os=linux\S*\n/);
      const json = await tool(['top', 'nodes', '-o', 'json', '-L', 'kubernetes.io/os']);
      assert.is(JSON.parse(json.stdout).items[0].label_kubernetes_io_os, 'linux');
      assert.equal(
        schemaErrors('docs/schemas/KubeletNodeStatsList.schema.json', JSON.parse(json.stdout)),
        [],
      );
      const metrics = await tool(['top', 'nodes', '-o', 'prometheus', '-L', 'kubernetes.io/os']);
      assert.match(
        metrics.stdout,
        'kubeletaccess_node_labels{node="node-1",label_kubernetes_io_os="linux"} 1\n',
      );
    }));

  test('nodes -L reads the Node object, although the node proxy needs only its name', () =>
    withKubelets([{}], async (tool) => {
      const via = ['--via', 'apiserver', '-L', 'kubernetes.io/os'];
      const result = await tool(['top', 'nodes', ...node, ...via]);
      assert.equal(lastCells(result.stdout), ['TIGHTEST OS', 'nodefs.available linux']);
    }));

  test('pods -L prints labels of pods', () =>
    withKubelets([{ '/pods': { kind: 'PodList', items: [labelledPod] } }], async (tool) => {
      const args = ['top', 'pods', '-A', ...node, '-L', 'app.kubernetes.io/name'];
      const result = await tool([...args, '-o', 'csv', '--show-labels']);
      const [heads = '', ...rows] = result.stdout.trimEnd().split('\r\n');
      assert.match(heads, /,label_app_kubernetes_io_name,labels$/);
      assert.equal(
        rows.map((line) => line.split(',').slice(-2).join(' ')),
        ['nginx app.kubernetes.io/name=nginx', ' ', ' '],
      );
      const metrics = await tool([...args, '-o', 'prometheus']);
      assert.match(
        metrics.stdout,
        /^kubeletaccess_pod_owner\{.*pod="web",.*label_app_kubernetes_io_name="nginx"\} 1$/m,
      );
    }));

  test('-L uses different JSON fields for labels whose keys differ only in punctuation', () =>
    withKubelets([{}], async (tool) => {
      const keys = ['-L', 'kubernetes.io/os,kubernetes.io_os', '-L', 'kubernetes_io.os'];
      const result = await tool(['top', 'nodes', ...node, '-o', 'json', ...keys]);
      const [row] = JSON.parse(result.stdout).items;
      assert.equal(
        Object.entries(row).filter(([key]) => key.startsWith('label_')),
        [['label_kubernetes_io_os_conflict1', 'linux']],
      );
    }));

  for (const [type, path, body, problem] of [
    ['nodes', '/configz', '<html>', 'no configuration'],
    ['nodes', '/configz', '{}', 'an unreadable configuration: kubeletconfig is missing'],
    [
      'nodes',
      '/configz',
      '{"kubeletconfig":{"evictionHard":{"memory.available":"x"}}}',
      'unreadable eviction thresholds',
    ],
    ['pods', '/pods', '<html>', 'no list of pods: not JSON'],
    ['containers', '/pods', '{"kind":"Status"}', 'no list of pods: kind: '],
    ['volumes', '/pods', '\0', '1 bytes that are not text'],
  ] as const)
    test(`${type} prints a note if ${path} sends ${JSON.stringify(body)}`, () =>
      withKubelets([{ [path]: body }], async (tool) => {
        const result = await tool(['top', type, ...node, '-o', 'csv']);
        assert.is(result.code, 0);
        const [first = '', ...more] = result.stderr.split('\n');
        assert.match(first, `note: without ${path} of node-1: the kubelet of node-1 at `);
        assert.match(first, ` sent ${problem}`);
        assert.not.match(more.join('\n'), 'hint:');
      }));

  test('prints rows even if /configz cannot be read, and a note for each reason with its nodes in order', () =>
    withScriptedKubelets(
      [
        (request, response) => {
          const late = request.url === '/configz' ? 200 : 0;
          setTimeout(() => answering({ '/configz': 404 })(request, response, 1), late);
        },
        answering({ '/configz': '[]' }),
        answering({ '/configz': 404 }),
      ],
      async ({ tool }) => {
        const { code, stdout, stderr } = await tool(['top', 'nodes', '-o', 'csv']);
        assert.is(code, 0);
        const [first = '', ...rows] = stdout.trim().split('\r\n');
        const headroom = first.split(',').indexOf('tightestHeadroomPercent');
        assert.equal(
          rows.map((line) => line.split(',')[headroom]),
          ['', '', ''],
        );
        assert.match(
          stderr,
          /^note: without \/configz of node-1, node-3: the kubelet of node-1 .*404/m,
        );
        assert.match(stderr, /^note: without \/configz of node-2: .*sent/m);
        assert.is(stderr.match(/configz of/g)?.length, 2);
      },
    ));

  test('ends at --timeout while /configz is still being read', () =>
    withScriptedKubelets(
      [
        (request, response) => {
          if (request.url === '/configz') response.write('{');
          else answering({})(request, response, 1);
        },
      ],
      async ({ tool }) => {
        const result = await tool(['top', 'nodes', ...node, '--timeout', '2s']);
        assert.is(result.code, 0);
        assert.match(result.stderr, /^note: without \/configz of node-1: /);
      },
    ));

  test('reads /configz with the credential of the first request', () =>
    withScriptedKubelets([answering({})], async ({ tool, requests, sandbox }) => {
      const env = { KUBECONFIG: sandbox.kubeconfigs.token };
      await tool(['top', 'nodes', ...node, '--show-token'], { env });
      const sent = requests.map(({ headers }) => headers['authorization']);
      assert.match(String(sent[0]), /^Bearer ./);
      assert.equal(sent, [sent[0], sent[0]]);
    }));

  test('prints a note if some pods lack a figure of the TOTAL row', () =>
    withKubelets([{}, {}], async (tool) => {
      const result = await tool(['top', 'pods', '-A']);
      assert.match(result.stderr, /^note: 4 of 6 pods report DISK$/m);
      assert.match(result.stderr, /^note: 2 of 6 pods report CPU$/m);
    }));

  test('-o json prints fields whose names contain their units, and templates can use the fields', () =>
    withKubelets([{}], async (tool) => {
      for (const [type, list] of [
        ['nodes', 'KubeletNodeStatsList'],
        ['pods', 'KubeletPodStatsList'],
        ['containers', 'KubeletContainerStatsList'],
        ['volumes', 'KubeletVolumeStatsList'],
      ] as const) {
        const printed = JSON.parse((await tool(['top', type, ...node, '-o', 'json'])).stdout);
        assert.is(printed.kind, list);
        assert.equal(schemaErrors(`docs/schemas/${list}.schema.json`, printed), [], list);
      }
      const { stdout } = await tool(['top', 'nodes', ...node, '-o', 'json']);
      assert.equal(JSON.parse(stdout).items[0].workingSetBytes, 2 ** 30);
      const template = ['-o', 'jsonpath={.items[*].workingSetBytes}'];
      assert.is((await tool(['top', 'nodes', ...node, ...template])).stdout, '1073741824');
    }));

  test('suggests the curl command for a response of another kind', () =>
    withKubelets([{ '/stats/summary': '<html>' }], async (tool) => {
      const { stderr } = await tool(['top', 'nodes', ...node]);
      assert.match(
        stderr,
        /^hint: see the response: kubectl kubeletaccess curl \/stats\/summary --node node-1$/m,
      );
    }));
});
