import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quietTask } from '../../../scripts/tools/task.ts';
import { waitFor } from '../../kit/wait-for.ts';
import { adminApi } from '../admin-api.ts';
import { buildKonnectivity } from '../build.ts';
import { bridgeAddress, namespacePath } from '../network.ts';
import { writePair } from '../pki.ts';
import { startProcess } from '../processes.ts';
import type { RealCluster } from '../real-cluster.ts';
import type { Blueprint, Making } from './blueprint.ts';

const agentPort = 16446;

/** apiserver-network-proxy connects the API server to the nodes. */
export const asKonnectivity: Partial<Blueprint> = {
  prepare: startProxyServer,
  furnish: startAgents,
};

async function startProxyServer({ directory, authority, task }: Making) {
  const { server } = await buildKonnectivity(task);
  for (const [name, usage] of [
    ['konnectivity', 'server'],
    ['konnectivity-agent', 'client'],
  ] as const)
    await writePair(
      directory,
      name,
      await authority.issue({ commonName: name, usage, ips: [bridgeAddress] }),
    );
  const pki = (name: string) => join(directory, 'pki', name);
  const udsName = join(directory, 'konnectivity.sock');
  await startProcess(directory, 'konnectivity', server, [
    '--mode=grpc',
    `--uds-name=${udsName}`,
    '--server-port=0',
    `--agent-port=${agentPort}`,
    '--admin-port=16447',
    '--health-port=16448',
    `--cluster-ca-cert=${pki('ca.crt')}`,
    `--cluster-cert=${pki('konnectivity.crt')}`,
    `--cluster-key=${pki('konnectivity.key')}`,
  ]);
  const config = join(directory, 'egress.json');
  const connection = { proxyProtocol: 'GRPC', transport: { uds: { udsName } } };
  await writeFile(
    config,
    JSON.stringify({
      apiVersion: 'apiserver.k8s.io/v1beta1',
      kind: 'EgressSelectorConfiguration',
      egressSelections: [{ name: 'cluster', connection }],
    }),
  );
  return { 'egress-selector-config-file': config };
}

const agentOf = (node: string) => `agent-of-${node}`;

export async function endAgents(cluster: RealCluster): Promise<void> {
  for (const node of cluster.nodes) await cluster.stopProcess(agentOf(node));
}

async function startAgents(cluster: RealCluster): Promise<void> {
  const { agent } = await buildKonnectivity(quietTask);
  const pki = (name: string) => join(cluster.pki, name);
  for (const [index, node] of cluster.nodes.entries())
    await startProcess(cluster.directory, agentOf(node), 'nsenter', [
      `--net=${namespacePath(index + 1)}`,
      agent,
      `--agent-id=${node}`,
      `--proxy-server-host=${bridgeAddress}`,
      `--proxy-server-port=${agentPort}`,
      `--ca-cert=${pki('ca.crt')}`,
      `--agent-cert=${pki('konnectivity-agent.crt')}`,
      `--agent-key=${pki('konnectivity-agent.key')}`,
    ]);
  await waitFor('the agents to connect', 30_000, async () => {
    const { status } = await adminApi(cluster).send('GET', '/api/v1/nodes/node-1/proxy/healthz');
    return status === 200;
  });
}
