import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { request } from 'node:https';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { outcomeOf } from '../../src/commands/status/probe.ts';
import type { Report } from '../../src/commands/status/report.ts';
import { binding, role, rule, user } from '../kit/rbac.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { listen } from '../sandbox/listen.ts';
import { adminApi, rbacPath } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { withFault } from './faults.ts';
import { addFirewallRule, clearFirewall } from './network.ts';
import { kubectlOf, realWorld } from './world.ts';

const cluster = await currentCluster();
const world = await realWorld(cluster, dist);
const kubectl = kubectlOf(cluster, dist);
const { create, send } = adminApi(cluster);
const name = 'stream-status';
// Tests break the runtime of node-1, so node-2 is not checked.
const args = ['status', '--streams', '--node', 'node-1'];

/** Gives kube-apiserver these verbs on nodes/proxy, and all verbs on stats, metrics and logs. Without verbs, gives it nothing. */
async function allowClient(verbs: readonly string[]): Promise<void> {
  await send('DELETE', `${rbacPath}/clusterrolebindings/${name}`);
  await send('DELETE', `${rbacPath}/clusterroles/${name}`);
  if (verbs.length === 0) return;
  await create(
    role(name, [
      rule('nodes/proxy', verbs.join()),
      rule('nodes/stats,nodes/metrics,nodes/log', '*'),
    ]),
    binding(name, name, [user('Kubernetes')]),
  );
}

interface Seen {
  readonly code: number;
  readonly report: Report;
  readonly steps: readonly string[];
  readonly text: string;
}

async function look(as: 'admin' | 'dev' = 'admin'): Promise<Seen> {
  const { code, stdout, stderr } = await world.tool([...args, '-o', 'json'], as);
  const report = JSON.parse(stdout || '{}') as Report;
  const { webSocket, spdy, runtime, direct } = report.nodes[0]?.streams ?? {};
  const steps = [webSocket, spdy, runtime, direct].map((path) => (path ? outcomeOf(path) : 'none'));
  return { code: code ?? 0, report, steps, text: stdout + stderr };
}

const exec = (...flags: readonly string[]) => kubectl([...flags, 'exec', 'web', '--', 'true']);

/** Returns the error of kubectl exec, and the hop and cause that explain names. */
async function explained(
  ...flags: readonly string[]
): Promise<readonly [said: string, hopAndCause: string]> {
  const { code, stderr } = await exec(...flags);
  assert.ok(code !== 0, stderr);
  const { stdout } = await kubectl(
    ['kubeletaccess', 'explain', '-o', 'json', '-'],
    'admin',
    stderr,
  );
  const { hop, cause } = JSON.parse(stdout || '{}') as { hop?: string; cause?: string };
  return [stderr, `${hop}; ${cause}`];
}

/** Restarts the kubelet to clear its cache of permissions. Waits until it has loaded its pods. */
async function restarted(): Promise<void> {
  await cluster.restartKubelet('node-1');
  await waitFor('the kubelet to know the pod web', 60_000, async () => {
    const asked = ['curl', '/containerLogs/default/web/web', '--node', 'node-1'];
    return (await world.tool([...asked, '--via', 'direct'])).code === 0;
  });
}

/** Runs `use` with a reverse proxy that removes the header Upgrade, and calls the API server as administrator. */
async function withoutUpgrade(use: (server: string) => Promise<void>): Promise<void> {
  const { ca, admin, server: api } = world;
  const proxy = createServer(({ method, url, headers }, response) => {
    const { upgrade: _, connection: __, host: ___, ...kept } = headers;
    const identity = { ...admin, ca, agent: false } as const;
    const onward = request(api + url, { method, headers: kept, ...identity }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.req.pipe(onward);
  });
  const { port, stop } = await listen(proxy, '127.0.0.1');
  try {
    await use(`http://127.0.0.1:${port}`);
  } finally {
    await stop();
  }
}

suite(`${world.title}: status --streams`, (test) => {
  test('reports a healthy node as ok on each hop', async () => {
    await world.tool(['revoke']);
    await allowClient(['*']);
    await restarted();
    let seen = await look();
    await waitFor('streams to the pod web', 60_000, async () => {
      seen = await look();
      return seen.code === 0;
    });
    assert.equal(seen.steps, ['ok', 'ok', 'ok', 'ok'], seen.text);
    assert.is((await exec()).code, 0);
  });

  test('reports that the streaming server of the container runtime is unreachable, although logs work', async () => {
    const sockets = execFileSync('ip', [
      ...['netns', 'exec', 'kubeletaccess-1', 'ss', '-ltnp'],
    ]).toString();
    const port = /127\.0\.0\.1:(\d+)\s.*"containerd"/.exec(sockets)?.[1];
    assert.ok(port, sockets);
    await addFirewallRule(
      1,
      `-A INPUT -i lo -p tcp --dport ${port} -j REJECT --reject-with tcp-reset`,
    );
    try {
      const { code, steps, report, text } = await look();
      assert.equal(steps, ['ok', 'ok', 'streaming-server-unreachable', 'ok'], text);
      assert.is(report.verdict, 'streams-broken', text);
      assert.is(code, 3);
      assert.is((await world.logs()).code, 0);
      const [said, found] = await explained();
      assert.is(found, 'kubelet-to-container-runtime; streaming-server-unreachable', said);
    } finally {
      await clearFirewall(1);
    }
  });

  test('status and explain report a proxy that removes the Upgrade header', () =>
    withoutUpgrade(async (server) => {
      const { stdout, stderr, code } = await world.tool([...args, '--server', server]);
      assert.is(code, 3, stdout + stderr);
      // To a server over plain HTTP, the program sends no credential to kubelets, so the direct path is not checked.
      const row = /node-1 +upgrade-dropped +upgrade-dropped +not-asked /;
      assert.ok(row.test(stdout), stdout + stderr);
      const [said, found] = await explained('--server', server);
      assert.is(found, 'caller-to-apiserver; upgrade-dropped', said);
    }));

  test('reports that kube-apiserver lacks create on nodes/proxy, which is an error only before 1.36', async () => {
    await allowClient(['get']);
    await restarted();
    const { code, steps, report, text } = await look();
    assert.equal(steps, ['ok', 'forbidden', 'ok', 'ok'], text);
    assert.is(code, 3, text);
    const finding = report.findings.find(({ message }) =>
      message.includes('create on nodes/proxy'),
    );
    const { code: executed } = await exec();
    assert.is(finding?.severity, world.minor >= 36 ? 'warning' : 'error', text);
    assert.is(executed === 0, world.minor >= 36);
  });

  test('reports denied WebSockets and working SPDY if kube-apiserver has only create on nodes/proxy', async () => {
    await allowClient(['create']);
    await restarted();
    const { steps, text } = await look();
    assert.equal(steps.slice(0, 2), ['forbidden', 'ok'], text);
    assert.is((await exec()).code, 0);
  });

  test('reports only one finding if kubelets deny every request of kube-apiserver', async () => {
    await allowClient([]);
    await restarted();
    const { code, steps, report, text } = await look();
    assert.is(code, 3);
    assert.is(report.verdict, 'access-missing', text);
    assert.equal(steps.slice(0, 2), ['forbidden', 'forbidden'], text);
    const [said, found] = await explained();
    assert.match(said, /unable to upgrade connection: Forbidden \(user=Kubernetes, verb=create/);
    assert.is(found, 'apiserver-to-kubelet; forbidden');
  });

  test('reports that the debugging handlers of a kubelet are switched off', async () => {
    await allowClient(['*']);
    await withFault(cluster, 'node-1', 'handlers-off', async () => {
      const { steps, text } = await look();
      assert.equal(steps.slice(0, 2), ['switched-off', 'switched-off'], text);
      const [said, found] = await explained();
      assert.is(found, 'apiserver-to-kubelet; switched-off', said);
    });
    await allowClient([]);
    // Later suites expect empty caches of kubelets.
    for (const node of cluster.nodes) await cluster.restartKubelet(node);
  });
});
