import * as assert from 'uvu/assert';
import { schemaErrors } from '../../kit/json-schema.ts';
import { account, binding, put, role, rule, user } from '../../kit/rbac.ts';
import { type Script, type Scripted, withScriptedKubelets } from '../../kit/scripted-kubelet.ts';
import { suite } from '../../kit/suite.ts';
import { cellsOf } from '../shared/rows/kubelets.ts';

const live = ['who-used', '--live=50ms'];

/** Returns metrics of a kubelet with these request counters. Keys are such as `GET pods`. */
const counters = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([key, count]) => {
      const [method, path] = key.split(' ');
      return `kubelet_http_requests_total{method="${method}",path="${path}",server_type="readwrite"} ${count}\n`;
    })
    .join('');

interface Lived {
  /** Requests that the kubelet gets between the first and the second time that its metrics are read. */
  readonly counts: Readonly<Record<string, number>>;
  /** Log lines about these requests, such as `GET /pods 10.244.0.7 Agent/1 200`; or a function that answers the log query. */
  readonly log: readonly string[] | ((...args: Parameters<Script>) => void);
}

/** Makes a kubelet whose log also contains the two requests that read its metrics. */
function living({ counts, log }: Lived): Script {
  let read = 0;
  let mark = '';
  const line = (text: string) => {
    const [method, uri, host = '', agent, status] = text.split(' ');
    const at = host.includes(':') ? `[${host}]` : host;
    return `Dec 01 09:21:39.603000 node-1 kubelet[12]: I1201 09:21:39.601655   25277 httplog.go:135] "HTTP" verb="${method}" URI="${uri}" latency="1ms" userAgent="${agent}" audit-ID="" srcIP="${at}:1234" resp=${status}\n`;
  };
  return (request, response, count) => {
    const { url = '' } = request;
    if (url.startsWith('/metrics?live=')) {
      mark = url;
      read += 1;
      response.end(counters(read === 1 ? { 'GET metrics': 5 } : { 'GET metrics': 6, ...counts }));
    } else if (!url.startsWith('/logs/?query=kubelet&')) response.writeHead(404).end();
    else if (typeof log === 'function') log(request, response, count);
    else {
      const reading = `GET ${mark} 10.0.0.1 us 200`;
      response.end([reading, ...log, reading].map(line).join(''));
    }
  };
}

const pod = (name: string, ip: string, labels = {}, phase = 'Running') => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'mon', labels } },
  spec: { serviceAccountName: 'agent', containers: [{ name: 'main', image: 'example.com/own:1' }] },
  status: { phase, podIP: ip, podIPs: [{ ip }] },
});

const prometheus = { 'app.kubernetes.io/name': 'prometheus' };

const withLiving = (
  kubelets: readonly Lived[],
  use: (tool: Scripted['tool'], scripted: Scripted) => Promise<void>,
) => withScriptedKubelets(kubelets.map(living), (scripted) => use(scripted.tool, scripted));

const later = 'note: what was not called in 50ms may be called at another time\n';

suite('who-used --live', (test) => {
  test('names callers by pods, nodes and addresses, and counts requests that are not in the kubelet log', () =>
    withLiving(
      [
        {
          counts: { 'GET pods': 4, 'GET metrics/cadvisor': 1 },
          log: [
            'GET /pods 10.244.0.7 own/1 200',
            'GET /pods 10.244.0.7 own/1 403',
            'GET /metrics/cadvisor 10.244.0.8 Prometheus/3.5.0 200',
            'GET /pods 127.0.0.1 kubectl/v1.37 200',
          ],
        },
        {
          counts: { 'GET pods': 1, 'POST exec': 1 },
          log: ['GET /pods 10.244.0.7 own/1 200', 'POST /exec/a/b/c?command=secret 10.9.9.9 x 200'],
        },
      ],
      async (tool, { sandbox }) => {
        put(
          sandbox,
          ...[pod('own-1', '10.244.0.7'), pod('gone', '10.244.0.7', {}, 'Succeeded')],
          pod('prometheus-0', '10.244.0.8', prometheus),
        );
        const { code, stdout, stderr } = await tool(live);
        assert.is(code, 0, stderr);
        assert.equal(cellsOf(stdout), [
          ['CALLER', 'AGENT', 'METHOD', 'PATH', 'REQUESTS', 'NODES'],
          ['10.9.9.9', '-', 'POST', '/exec', '1', '1'],
          // The caller is printed as an address, because both nodes have this address.
          ['127.0.0.1', '-', 'GET', '/pods', '1', '1'],
          ['serviceaccount:mon:agent', 'Prometheus', 'GET', '/metrics/cadvisor', '1', '1'],
          ['serviceaccount:mon:agent', '-', 'GET', '/pods', '3', '2'],
          ['<unknown>', '-', 'GET', '/pods', '1', '1'],
        ]);
        assert.is(stderr, `${later}2 of 2 nodes answered\n`);
        const { stdout: json } = await tool([
          ...live,
          '-o',
          'json',
          '--subject',
          'serviceaccount:mon:agent',
        ]);
        assert.equal(
          schemaErrors('docs/schemas/KubeletCallList.schema.json', JSON.parse(json)),
          [],
        );
        assert.not.match(json, 'secret');
      },
    ));

  test('prints permissions, answers, pods and addresses with -o json', () =>
    withLiving(
      [
        {
          counts: { 'GET pods': 3, 'GET healthz': 1 },
          log: [
            ...['GET /pods 10.244.0.7 own/1 200', 'GET /pods 10.244.0.7 own/1 403'],
            'GET /healthz 127.0.0.1 Go-http-client/2.0 200',
          ],
        },
      ],
      async (tool, { sandbox }) => {
        put(sandbox, pod('own-1', '10.244.0.7'));
        const { stdout, stderr } = await tool([...live, '-o', 'json']);
        const { items } = JSON.parse(stdout) as { items: object[] };
        assert.is(
          stderr,
          `note: node:NAME is whatever sends from the address of that node: its own programs such as kube-apiserver, pods in its network, pods behind address translation\n${later}1 of 1 node answered\n`,
        );
        assert.equal(items, [
          {
            ...{ caller: 'node:node-1', method: 'GET', path: '/healthz', requests: 1, nodes: 1 },
            ...{ permission: 'get nodes/healthz', answers: '200 (1)' },
            ...{ userAgent: 'Go-http-client/2.0', addresses: '127.0.0.1' },
            ...{ isReadOnlyPort: false, nodeNames: 'node-1' },
          },
          {
            ...{ caller: 'serviceaccount:mon:agent', method: 'GET', path: '/pods', requests: 2 },
            ...{ nodes: 1, permission: 'get nodes/pods', answers: '200 (1), 403 (1)' },
            ...{ userAgent: 'own/1', pods: 'mon/own-1', addresses: '10.244.0.7' },
            ...{ isReadOnlyPort: false, nodeNames: 'node-1' },
          },
          {
            ...{ method: 'GET', path: '/pods', requests: 1, nodes: 1 },
            ...{ permission: 'get nodes/pods', isReadOnlyPort: false, nodeNames: 'node-1' },
          },
        ]);
      },
    ));

  const counts = { 'GET pods': 1 };
  for (const [title, log, note] of [
    [
      'whose log level is too low',
      [],
      'note: callers are unknown on node-1: a kubelet logs requests from level 3 on (--v=3)\n',
    ],
    [
      'that has log queries off',
      (_, response) => response.end('<!doctype html>\n<pre>\n<a href="pods/">pods/</a>\n</pre>\n'),
      /^note: without \/logs\/\S+ of node-1: the kubelet of node-1 at \S+ sent the list of \/var\/log in place of its log: log queries are off \(enableSystemLogQuery\)\n/m,
    ],
    [
      'without a journal',
      (_, response) => response.end('\nlog not found for kubelet\n'),
      /^note: without \/logs\/\S+ of node-1: the kubelet of node-1 at \S+ sent no log: log not found for kubelet\n/m,
    ],
    [
      'whose journal has no such unit',
      (_, response) =>
        response.end(
          '\noptions present and query resolved to log files for [kubelet]\ntry without specifying options\n',
        ),
      /^note: without \/logs\/\S+ of node-1: the kubelet of node-1 at \S+ sent no log: its journal has no unit kubelet\n/m,
    ],
    [
      'whose log may not be read',
      (_, response) =>
        response
          .writeHead(403)
          .end('Forbidden (user=x, verb=get, resource=nodes, subresource=log)'),
      /^note: without \/logs\/\S+ of node-1: .* 403/m,
    ],
  ] as readonly (readonly [string, Lived['log'], string | RegExp])[])
    test(`notes why callers are unknown for a kubelet ${title}`, () =>
      withScriptedKubelets([notLogging(counts, log)], async ({ tool }) => {
        const { code, stdout, stderr } = await tool(live);
        assert.is(code, 0, stderr);
        assert.equal(cellsOf(stdout).slice(1), [['<unknown>', '-', 'GET', '/pods', '1', '1']]);
        if (typeof note === 'string') assert.ok(stderr.startsWith(note), stderr);
        else assert.match(stderr, note);
      }));

  test('prints addresses in place of callers if the user may not list pods', () =>
    withLiving([{ counts, log: ['GET /pods 10.244.0.7 own/1 200'] }], async (tool, { sandbox }) => {
      put(
        sandbox,
        role('nodes', [rule('nodes', 'get,list')]),
        binding('nodes', 'nodes', [user('dev')]),
      );
      const env = { KUBECONFIG: sandbox.kubeconfigs.dev };
      const { code, stdout, stderr } = await tool(live, { env });
      assert.is(code, 0, stderr);
      assert.match(stdout, /^10\.244\.0\.7 /m);
      assert.match(stderr, /^note: some callers are addresses alone: /m);
    }));

  test('lists all pods once to find the callers of more than 20 addresses', () =>
    withLiving(
      [
        {
          counts: { 'GET pods': 21 },
          log: Array.from({ length: 21 }, (_, index) => `GET /pods 10.244.1.${index} own/1 200`),
        },
      ],
      async (tool, { sandbox }) => {
        put(sandbox, pod('own-1', '10.244.1.0'), pod('other', '10.244.9.9'));
        const { stdout } = await tool(live);
        assert.match(stdout, /^serviceaccount:mon:agent +- +GET +\/pods +1 +1$/m);
        assert.is(cellsOf(stdout).length, 22);
        const lists = sandbox.apiServer.requests.filter(({ line }) => line.includes('/pods?'));
        assert.not.ok(lists.some(({ line }) => line.includes('fieldSelector')));
      },
    ));

  test('fails for a node whose metrics lack the request counter', () =>
    withScriptedKubelets(
      [(_, response) => void response.end('# TYPE up gauge\nup 1\n')],
      async ({ tool }) => {
        const { code, stderr } = await tool(live);
        assert.is(code, 1);
        assert.match(stderr, 'sent metrics without kubelet_http_requests_total');
      },
    ));
});

function notLogging(counts: Lived['counts'], log: Lived['log']): Script {
  const whole = living({ counts, log });
  return (request, response, count) => {
    const isLog = request.url?.startsWith('/logs/');
    if (isLog && Array.isArray(log)) response.end('-- No entries --\n');
    else whole(request, response, count);
  };
}

suite('narrow --evidence live', (test) => {
  const wide = rule('nodes/proxy,nodes/metrics,nodes/stats,services', 'get');
  const calls: Lived = {
    counts: { 'GET pods': 1, 'GET stats': 1, 'GET configz': 1 },
    log: [
      'GET /pods 10.244.0.7 own/1 200',
      'GET /stats/summary 10.244.0.8 metrics-server/v0.8 200',
      'GET /configz 10.244.0.8 metrics-server/v0.8 401',
    ],
  };
  const server = (name: string, ip: string, image: string) => ({
    ...pod(name, ip),
    spec: { serviceAccountName: name, containers: [{ name: 'main', image }] },
  });

  test('adds observed permissions to the permissions of a known agent, and removes no permission', () =>
    withLiving([calls], async (tool, { sandbox }) => {
      const image = 'registry.k8s.io/metrics-server/metrics-server:v0.8.0';
      put(
        sandbox,
        ...[role('agent', [wide]), binding('agent', 'agent', [account('server', 'mon')])],
        server('server', '10.244.0.8', image),
      );
      const args = ['narrow', 'agent', '--evidence', 'live=50ms', '-o', 'yaml'];
      const { code, stdout, stderr } = await tool(args);
      assert.is(code, 0, stderr);
      assert.match(stdout, 'nodes/stats');
      assert.match(stdout, 'nodes/metrics');
      assert.not.match(stdout, 'nodes/configz');
      assert.match(stderr, later);
    }));

  test('names the kubelet log that it could not read', () =>
    withLiving(
      [{ ...calls, log: (_, response) => response.end('\nlog not found for kubelet\n') }],
      async (tool, { sandbox }) => {
        put(sandbox, role('agent', [wide]));
        const args = ['narrow', 'agent', '--agent', 'metrics-server', '--evidence', 'live=50ms'];
        const { code, stderr } = await tool(args);
        assert.is(code, 0, stderr);
        assert.match(
          stderr,
          /^note: without \/logs\/\S+ of node-1: .* no log: log not found for kubelet$/m,
        );
      },
    ));

  test('does not narrow the role of an unknown agent', () =>
    withLiving([calls], async (tool, { sandbox }) => {
      put(
        sandbox,
        ...[role('agent', [wide]), binding('agent', 'agent', [account('own', 'mon')])],
        server('own', '10.244.0.7', 'example.com/own:1'),
      );
      const args = ['narrow', 'agent', '--evidence', 'live=50ms'];
      const { code, stdout, stderr } = await tool(args);
      assert.equal([code, stdout], [3, '']);
      assert.match(
        stderr,
        'its pods run example.com/own:1, and it called /pods, and may call more',
      );
    }));

  test('fails if no kubelet answered', () =>
    withScriptedKubelets(
      [(_, response) => void response.writeHead(500).end()],
      async ({ tool }) => {
        const { code, stdout, stderr } = await tool(['narrow', 'agent', '--evidence', 'live=50ms']);
        assert.equal([code, stdout], [1, '']);
        assert.match(stderr, 'error: no kubelet answered: there is no evidence\n');
      },
    ));
});
