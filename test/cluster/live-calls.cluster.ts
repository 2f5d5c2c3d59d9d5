import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { run } from '../../scripts/tools/shell.ts';
import { quietTask } from '../../scripts/tools/task.ts';
import { schemaErrors } from '../kit/json-schema.ts';
import { suite } from '../kit/suite.ts';
import { waitFor } from '../kit/wait-for.ts';
import { adminApi } from './admin-api.ts';
import { install, namespace, type Player, type PodSpec, uninstall } from './agent-roles.ts';
import { clusterPrograms } from './build.ts';
import { currentCluster } from './current.ts';
import { busyboxImage } from './image.ts';
import { bridgeAddress, nodeAddress } from './network.ts';
import { tagImage } from './node.ts';
import { withJournals } from './node-journal.ts';
import { apiPort } from './pki.ts';
import { installJournal } from './prerequisites.ts';
import { findProcesses } from './processes.ts';
import { kubectlOf, toolOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);
await installJournal(quietTask);

/** All agents call kubelets directly, except crane-agent. */
const played = [
  ...['metrics-server', 'Datadog Agent', 'SPIRE agent', 'ADOT exporter for EKS'],
  ...['opentelemetry-kube-stack chart', 'prometheus chart', 'Inspektor Gadget'],
  ...['blob-csi-driver example Prometheus', 'crane-agent'],
] as const;

const tool = toolOf(cluster);

async function setLevel(level: number, nodes = cluster.nodes): Promise<void> {
  for (const node of nodes) {
    const { code, stderr } = await tool(
      `curl -X PUT -d ${level} /debug/flags/v --allow-unsafe --node ${node}`,
    );
    assert.is(code, 0, stderr);
  }
}

const programs = clusterPrograms(cluster.minor);

/** Returns a pod on node-1 that only waits. Its image has the same name as the image of the agent. */
async function waiting({ containers = [], ...spec }: PodSpec): Promise<object> {
  for (const { image } of containers) {
    const isOfHost = /^[^/]*[.:][^/]*\//.test(image);
    await tagImage(busyboxImage, isOfHost ? image : `docker.io/${image}`, 1, programs, quietTask);
  }
  return {
    ...spec,
    ...{ nodeName: 'node-1', terminationGracePeriodSeconds: 0 },
    containers: containers.map(({ image }, index) => ({
      ...{ name: `main-${index}`, image, imagePullPolicy: 'Never' },
      command: ['sh', '-c', `: ${commandOf(image)}; while :; do sleep 1; done`],
    })),
  };
}

/** These words in a command line identify the pod of an agent. */
const commandOf = (image: string) => `calls kubelets as ${image}`;

async function processOf({ account }: Player): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/pods/${account}`;
  const { spec } = await api.call<{ spec: Required<PodSpec> }>('GET', path);
  const wanted = commandOf(spec.containers[0]?.image ?? '');
  const found = () =>
    findProcesses(
      ([command, , script = '']) => command === 'sh' && script.startsWith(`: ${wanted};`),
    );
  await waitFor(`the process of ${account}`, 120_000, () => found().length > 0);
  return found()[0] ?? 0;
}

/** A script that runs in the network of a pod. It sends requests one after the other, and prints statuses. */
const requesting = `
const [token, userAgent, ...urls] = process.argv.slice(1);
const headers = { authorization: 'Bearer ' + token, 'user-agent': userAgent };
for (const url of urls)
  await new Promise((resolve, reject) =>
    require('node:https')
      .get(url, { headers, rejectUnauthorized: false }, (response) =>
        response.resume().once('end', () => resolve(console.log(response.statusCode))))
      .once('error', reject));
`;

async function request(player: Player, urls: readonly string[]): Promise<void> {
  const { agent, token } = player;
  const userAgent = `${agent.identifiers.userAgents[0] ?? 'Go-http-client/2.0'}`;
  await run('nsenter', [
    `--net=/proc/${await processOf(player)}/ns/net`,
    ...[process.execPath, '-e', `(async () => {${requesting}})()`],
    ...[token, userAgent, ...urls],
  ]);
}

function urlsOf({ agent }: Player): readonly string[] {
  return (agent.calls ?? [])
    .filter(({ when }) => !when)
    .flatMap(({ path, via }) =>
      cluster.nodes.map((node, index) =>
        via === 'direct'
          ? `https://${nodeAddress(index + 1)}:10250${path}`
          : `https://${bridgeAddress}:${apiPort}/api/v1/nodes/${node}/proxy${path}`,
      ),
    );
}

interface Row {
  readonly caller?: string;
  readonly agent?: string;
  readonly method: string;
  readonly path: string;
  readonly requests: number;
  readonly answers?: string;
  readonly nodeNames: string;
}

/** Runs a command that watches calls for 20 s. Runs `act` after the first request of the command to node-1, whose log level must be 3. */
async function during(args: readonly string[], act: () => Promise<void>) {
  const log = join(cluster.directory, 'log', 'kubelet-1.log');
  const count = () => readFileSync(log, 'utf8').split('/metrics?live=').length;
  const before = count();
  const result = tool(args);
  await waitFor('the first readings', 60_000, async () => count() > before);
  await act();
  return result;
}

suite(`who-used --live, ${cluster.version}`, (test) => {
  const players: Player[] = [];

  test('shows the agent for direct calls, and the address of the API server for calls through the API server', () =>
    withJournals(cluster, async () => {
      await kubectl(['create', 'namespace', namespace]);
      for (const name of played) players.push(await install(name, waiting));
      for (const player of players) await processOf(player);
      await setLevel(3);
      const { code, stdout, stderr } = await during(
        ['who-used', '--live=20s', '-o', 'json'],
        async () => {
          for (const player of players) await request(player, urlsOf(player));
        },
      );
      assert.is(code, 0, stderr);
      const list = JSON.parse(stdout) as { items: readonly Row[] };
      assert.equal(schemaErrors('docs/schemas/KubeletCallList.schema.json', list), []);
      for (const { agent, account } of players) {
        const caller = `serviceaccount:${namespace}:${account}`;
        const own = list.items.filter((row) => row.caller === caller);
        const calls = (agent.calls ?? []).filter(({ when, via }) => !when && via === 'direct');
        assert.equal(
          own.map(({ method, path, requests, nodeNames }) => [method, path, requests, nodeNames]),
          calls
            .map(({ method, path }) => [method, path, cluster.nodes.length, 'node-1,node-2'])
            .sort(),
          agent.name,
        );
        // This agent is recognized by the role of its chart, and not by its pod.
        const isNamed = agent.name !== 'blob-csi-driver example Prometheus';
        for (const row of own)
          assert.is(
            row.agent?.split(',').includes(agent.name) ?? false,
            isNamed,
            `${agent.name}: ${row.agent}`,
          );
      }
      // crane-agent calls the API server, which calls kubelets.
      const proxied = list.items.filter(({ path }) => path === '/configz');
      assert.equal(
        proxied
          .filter(({ caller }) => !caller?.startsWith('serviceaccount:'))
          .map(({ caller, requests }) => [caller, requests]),
        [[bridgeAddress, cluster.nodes.length]],
      );
    }));

  test('lists calls without a caller if a kubelet logs no requests or has no journal', async () => {
    await setLevel(2, ['node-2']);
    const [player] = players;
    assert.ok(player);
    const watch = () =>
      during(['who-used', '--live=20s', '-o', 'json'], () => request(player, urlsOf(player)));
    await withJournals(cluster, async () => {
      const { stdout, stderr } = await watch();
      const { items } = JSON.parse(stdout) as { items: readonly Row[] };
      assert.equal(
        items
          .filter(({ path }) => path === '/metrics/resource')
          .map(({ caller, requests, nodeNames }) => [caller, requests, nodeNames]),
        [
          [`serviceaccount:${namespace}:${player.account}`, 1, 'node-1'],
          [undefined, 1, 'node-2'],
        ],
      );
      assert.match(
        stderr,
        'callers are unknown on node-2: a kubelet logs requests from level 3 on (--v=3)',
        stderr,
      );
    });
    const { stdout, stderr } = await watch();
    assert.match(stdout, '/metrics/resource');
    assert.not.match(stdout, namespace);
    assert.match(
      stderr,
      /note: without \/logs\/\S+ of node-1, node-2: .*its journal has no unit kubelet/,
    );
  });

  test('narrow --evidence live keeps permissions for observed calls', () =>
    withJournals(cluster, async () => {
      await setLevel(3);
      const player = players.find(({ agent }) => agent.name === 'SPIRE agent');
      assert.ok(player);
      const { code, stdout, stderr } = await during(
        ['narrow', player.role, '--evidence', 'live=20s', '-o', 'json'],
        () => request(player, [`https://${nodeAddress(1)}:10250/configz`]),
      );
      assert.is(code, 0, stderr);
      // Kubelets of 1.31 only check nodes/proxy.
      if (cluster.minor === '1.31') {
        assert.is(stdout, '');
        assert.match(stderr, 'nothing to narrow');
        return;
      }
      for (const resource of ['nodes/configz', 'nodes/pods']) assert.match(stdout, `"${resource}"`);
      assert.not.match(stdout, 'nodes/proxy');
    }));

  test('the tests leave no agent and no changed log level', async () => {
    await setLevel(2);
    for (const player of players) await uninstall(player);
  });
});
