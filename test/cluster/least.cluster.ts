import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import type { AgentReport } from '../../src/commands/check/report.ts';
import { kubeletAttributes } from '../../src/kubelet/authorization.ts';
import { agentRoles } from '../commands/narrow/roles.ts';
import { openApi } from '../kit/api-client.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { suite } from '../kit/suite.ts';
import { adminApi } from './admin-api.ts';
import { metricsServerReads, prometheusReads, type ReadsKubelets } from './agent-programs.ts';
import { install, namespace, type Player, tokenOf, uninstall } from './agent-roles.ts';
import { auditLog } from './control-plane.ts';
import { currentCluster } from './current.ts';
import { bridgeAddress, nodeAddress } from './network.ts';
import { apiPort } from './pki.ts';
import { minorNumber } from './versions.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);
const ca = readFileSync(join(cluster.pki, 'ca.crt'), 'utf8');
const minor = minorNumber(cluster.minor);

/** Agents that the suite tests: they have least permissions, read /pods, call through the API server, or need nodes/proxy. */
const played = [
  'metrics-server',
  'Datadog Agent',
  'SPIRE agent',
  'ADOT exporter for EKS',
  'opentelemetry-kube-stack chart',
  'crane-agent',
  'prometheus chart',
] as const;

const programs: Readonly<Record<string, ReadsKubelets>> = {
  'metrics-server': metricsServerReads,
  'prometheus chart': prometheusReads,
};

/**
 * Options of narrow for a chart. Earlier the chart scraped through the API server. These options name the calls that it now sends directly.
 */
const narrowedBy: Readonly<Record<string, readonly string[]>> = {
  'prometheus chart': ['--calls', '/metrics,/metrics/cadvisor'],
};

/** Returns the statuses of the default requests of an agent to each node. */
async function play({ agent, token }: Player): Promise<Readonly<Record<string, number>>> {
  const statuses: Record<string, number> = {};
  for (const { method, path, via } of (agent.calls ?? []).filter((call) => !call.when))
    for (const [index, node] of cluster.nodes.entries()) {
      const [server, at] =
        via === 'direct'
          ? [`https://${nodeAddress(index + 1)}:10250`, path]
          : [`https://${bridgeAddress}:${apiPort}`, `/api/v1/nodes/${node}/proxy${path}`];
      const { status } = await openApi(server, { ca, token })(method, at);
      statuses[`${method} ${path} ${via} ${node}`] = status;
    }
  return statuses;
}

async function execStatus({ token }: Player): Promise<number> {
  const path = '/exec/default/none/none?command=true&output=1';
  const server = `https://${nodeAddress(1)}:10250`;
  return (await openApi(server, { ca, token })('GET', path)).status;
}

/** Restarts kubelets, because they cache permissions for five minutes. */
async function forget(): Promise<void> {
  for (const node of cluster.nodes) await cluster.restartKubelet(node);
}

/**
 * Returns the access reviews that kubelets send for the requests of an agent. The reviews for a request end at the first that is allowed.
 */
async function usesOf({ agent, account }: Player): Promise<readonly string[]> {
  const user = `system:serviceaccount:${namespace}:${account}`;
  const uses = new Set<string>();
  for (const { method, path, via, when } of agent.calls ?? []) {
    if (when) continue;
    const { verb, subresources } = kubeletAttributes(method, path, minor);
    for (const subresource of via === 'direct' ? subresources : ['proxy']) {
      const { stdout } = await kubectl([
        ...['auth', 'can-i', verb, 'nodes', '--subresource', subresource, '--as', user],
      ]);
      const answer = stdout.trim() === 'yes' ? 'allowed' : 'denied';
      const permission = `${verb} nodes/${subresource}`;
      const caller = `serviceaccount:${namespace}:${account}`;
      uses.add([caller, via, permission, answer, cluster.nodes.join(',')].join(' '));
      if (answer === 'allowed') break;
    }
  }
  return [...uses];
}

interface UseRow {
  readonly subject: string;
  readonly permission: string;
  readonly via: string;
  readonly answer: string;
  readonly nodeNames: readonly string[];
  readonly sufficientPermissions?: readonly string[];
}

suite(`${cluster.version}: least permissions of agents`, (test) => {
  const players: Player[] = [];
  const readAsThemselves = async () => {
    for (const { agent, token } of players)
      if (agent.name in programs)
        assert.is(await programs[agent.name]?.(cluster, token), 'yes', agent.name);
  };
  const before = new Map<string, Readonly<Record<string, number>>>();

  test('who-used lists the calls of agents that have their published roles', async () => {
    await kubectl(['create', 'namespace', namespace]);
    for (const name of played) players.push(await install(name));
    await forget();
    const since = new Date(Date.now() - 1000).toISOString();
    for (const player of players) before.set(player.account, await play(player));
    await readAsThemselves();
    const { code, stdout, stderr } = await kubectl([
      ...['kubeletaccess', 'who-used', '--audit-log', auditLog(cluster.directory)],
      ...['--since', since, '-o', 'json'],
    ]);
    assert.is(code, 0, stderr);
    const rows = (JSON.parse(stdout) as { items: UseRow[] }).items.filter(({ subject }) =>
      subject.startsWith(`serviceaccount:${namespace}:`),
    );
    const used = rows.map(({ subject, via, permission, answer, nodeNames }) =>
      [subject, via, permission, answer, nodeNames.join(',')].join(' '),
    );
    const sent = await Promise.all(players.map(usesOf));
    assert.equal(used.sort(), sent.flat().sort());
    for (const { account, agent } of players) {
      const own = rows.filter(({ subject }) => subject.endsWith(`:${account}`));
      const readsPods = agent.calls?.some(
        ({ path, via, when }) => path === '/pods' && via === 'direct' && !when,
      );
      const ofProxy = own.filter(
        ({ permission, via }) => permission === 'get nodes/proxy' && via === 'direct',
      );
      if (!readsPods) continue;
      assert.equal(
        ofProxy.map(({ answer, nodeNames }) => [answer, nodeNames.join(',')]),
        [['allowed', cluster.nodes.join(',')]],
        account,
      );
      // Kubelets before 1.33 check only nodes/proxy.
      const [{ sufficientPermissions } = {}] = ofProxy;
      assert.equal(sufficientPermissions, minor >= 33 ? ['get nodes/pods'] : undefined, account);
    }
    // Before narrow, SPIRE may exec.
    for (const player of players.filter(({ agent }) => agent.name === 'SPIRE agent'))
      assert.is.not(await execStatus(player), 403);
  });

  test('check sends requests as the service account of the agent', async () => {
    const { code, stdout, stderr } = await kubectl([
      ...['kubeletaccess', 'check', 'metrics-server', '-o', 'json'],
    ]);
    const report = JSON.parse(stdout) as AgentReport;
    assert.equal(schemaErrors('docs/schemas/KubeletAgentReport.schema.json', report), []);
    assert.equal(
      report.requests.map(({ node, path, result }) => [node, path, result]),
      cluster.nodes.map((node) => [node, '/metrics/resource', 'ok']),
      stderr,
    );
    // No pod of the agent runs here, and there is no APIService.
    assert.equal([code, report.verdict], [3, 'not-ready']);
    assert.match(stdout, 'the cluster has no APIService v1beta1.metrics.k8s.io');
  });

  test('narrow --apply keeps the calls of agents and removes exec', async () => {
    for (const phase of ['adds', 'removes']) {
      // Kubelets cache denials for 30 s by default.
      if (phase === 'removes') await sleep(31_000);
      for (const { role, agent } of players) {
        const { code, stderr } = await kubectl([
          ...['kubeletaccess', 'narrow', role, ...(narrowedBy[agent.name] ?? []), '--apply'],
        ]);
        assert.is(code, 0, `${role} ${phase}: ${stderr}`);
      }
    }
    await forget();
    await readAsThemselves();
    for (const player of players) {
      const { account, agent } = player;
      player.token = await tokenOf(account);
      const after = await play(player);
      for (const [request, status] of Object.entries(before.get(account) ?? {}))
        if (status !== 403 && status !== 401)
          assert.is.not(after[request], 403, `${account}: ${request}`);
      // /pods before 1.33, calls that only nodes/proxy allows, and calls through the API server need nodes/proxy.
      const needsProxy =
        !(agent.name in narrowedBy) &&
        agent.calls?.some(
          ({ path, via }) =>
            via === 'apiserver' ||
            path.startsWith('/containerLogs') ||
            (minor < 33 && /^\/(?:pods|healthz|configz)/.test(path)),
        );
      if (!needsProxy) assert.is(await execStatus(player), 403, account);
    }
  });

  test('narrow --undo restores the rules of agents', async () => {
    for (const { role } of players) {
      const { code, stderr, stdout } = await kubectl(['kubeletaccess', 'narrow', role, '--undo']);
      // narrow --apply did not change roles that already had least permissions.
      assert.ok(code === 0 || /nothing|no record/.test(stderr), `${role}: ${stdout}${stderr}`);
    }
    for (const name of played) {
      const found = agentRoles.find((each) => each.agent === name);
      const [role] = found?.objects ?? [];
      const path = `/apis/rbac.authorization.k8s.io/v1/clusterroles/${role?.metadata.name}`;
      assert.equal((await api.call<{ rules: unknown }>('GET', path)).rules, found?.rules, name);
    }
  });

  test('the tests leave no agent', async () => {
    for (const player of players) await uninstall(player);
  });
});
