import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/paths.ts';
import { run } from '../../scripts/tools/shell.ts';
import type { Task } from '../../scripts/tools/task.ts';
import { waitFor } from '../kit/wait-for.ts';
import type { ClusterPrograms } from './build.ts';
import { listProcesses } from './journal.ts';
import { bridgeAddress } from './network.ts';
import { apiPort, frontProxyFlags, kubeconfigPath } from './pki.ts';
import { hasEnded, startProcess } from './processes.ts';

export const etcdClients = 'https://127.0.0.1:23791';
const etcdPeers = 'https://127.0.0.1:23801';

/** Flags by name; undefined removes a default flag. */
export type ApiServerFlags = Readonly<Record<string, string | undefined>>;

export async function startControlPlane(
  directory: string,
  programs: ClusterPrograms,
  ownFlags: ApiServerFlags,
  task: Task,
): Promise<void> {
  const pki = (name: string) => join(directory, 'pki', name);
  // Every user of the machine reaches its ports, and who writes to etcd bypasses all that the API server checks.
  const tls = (prefix: string) => [
    `--${prefix}cert-file=${pki('etcd.crt')}`,
    `--${prefix}key-file=${pki('etcd.key')}`,
    `--${prefix}client-cert-auth`,
    `--${prefix}trusted-ca-file=${pki('etcd-ca.crt')}`,
  ];
  await startProcess(directory, 'etcd', programs.etcd, [
    ...tls(''),
    ...tls('peer-'),
    `--data-dir=${join(directory, 'etcd')}`,
    `--listen-client-urls=${etcdClients}`,
    `--advertise-client-urls=${etcdClients}`,
    `--listen-peer-urls=${etcdPeers}`,
    `--initial-advertise-peer-urls=${etcdPeers}`,
    `--initial-cluster=default=${etcdPeers}`,
    '--unsafe-no-fsync',
    // It would call etcd with the serving certificate.
    '--enable-grpc-gateway=false',
    '--log-level=warn',
  ]);
  await startApiServer(directory, programs, ownFlags, task);
}

/** Returns the path of the audit log. Its policy is from docs/who-used.md. */
export function auditLog(directory: string): string {
  return join(directory, 'audit.log');
}

function auditPolicy(): string {
  const page = readFileSync(join(root, 'docs/who-used.md'), 'utf8');
  const [, rules = ''] = /```yaml\n(- level: [\s\S]*?)```/.exec(page) ?? [];
  return `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
omitManagedFields: true
rules:
${rules.trimEnd()}
- level: None
`;
}

export async function startApiServer(
  directory: string,
  programs: ClusterPrograms,
  ownFlags: ApiServerFlags,
  task: Task,
): Promise<void> {
  const etcd = listProcesses(directory).find(({ name }) => name === 'etcd');
  const pki = (name: string) => join(directory, 'pki', name);
  const policy = join(directory, 'audit-policy.yaml');
  await writeFile(policy, auditPolicy());
  const flags: ApiServerFlags = {
    'etcd-servers': etcdClients,
    'etcd-cafile': pki('etcd-ca.crt'),
    'etcd-certfile': pki('etcd-client.crt'),
    'etcd-keyfile': pki('etcd-client.key'),
    'bind-address': bridgeAddress,
    'secure-port': String(apiPort),
    'advertise-address': bridgeAddress,
    'endpoint-reconciler-type': 'none',
    'service-cluster-ip-range': '10.96.0.0/24',
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': 'true',
    // This plugin requires default service accounts, but no controller creates them.
    'disable-admission-plugins': 'ServiceAccount',
    'client-ca-file': pki('client-ca.crt'),
    'tls-cert-file': pki('apiserver.crt'),
    'tls-private-key-file': pki('apiserver.key'),
    'kubelet-certificate-authority': pki('kubelet-ca.crt'),
    'kubelet-client-certificate': pki('kubelet-client.crt'),
    'kubelet-client-key': pki('kubelet-client.key'),
    'kubelet-preferred-address-types': 'InternalIP,Hostname',
    ...frontProxyFlags(directory),
    'proxy-client-cert-file': pki('aggregator-client.crt'),
    'proxy-client-key-file': pki('aggregator-client.key'),
    'service-account-key-file': pki('service-account.pub'),
    'service-account-signing-key-file': pki('service-account.key'),
    'service-account-issuer': 'https://kubernetes.default.svc.cluster.local',
    'audit-policy-file': policy,
    'audit-log-path': auditLog(directory),
    ...ownFlags,
  };
  const apiserver = await startProcess(
    directory,
    'apiserver',
    programs.apiserver,
    Object.entries(flags).flatMap(([name, value]) =>
      value === undefined ? [] : `--${name}=${value}`,
    ),
  );
  await waitFor(
    'the API server',
    90_000,
    async () => {
      const dead = [etcd, apiserver].find((each) => each && hasEnded(each.pid));
      if (dead) {
        throw new Error(`${dead.name} ended by itself`);
      }
      const answer = await ask(directory, programs, ['get', '--raw=/readyz'], task);
      return answer === 'ok';
    },
    task.signal,
  );
}

export async function waitForNodes(
  directory: string,
  programs: ClusterPrograms,
  nodes: number,
  task: Task,
): Promise<void> {
  const jsonpath = '{.items[*].status.conditions[?(@.type=="Ready")].status}';
  await waitFor(
    'the nodes to be ready',
    120_000,
    async () => {
      const args = ['get', 'nodes', `--output=jsonpath=${jsonpath}`];
      const states = (await ask(directory, programs, args, task)).split(' ');
      return states.filter((state) => state === 'True').length === nodes;
    },
    task.signal,
  );
}

/** Returns the output of kubectl, or an empty text if kubectl fails. */
async function ask(
  directory: string,
  programs: ClusterPrograms,
  args: readonly string[],
  task: Task,
): Promise<string> {
  try {
    return await run(
      programs.kubectl,
      [`--kubeconfig=${kubeconfigPath(directory, 'admin')}`, '--request-timeout=5s', ...args],
      // kubectl caches discovery documents, which could be those of an earlier cluster.
      { signal: task.signal, env: { KUBECACHEDIR: join(directory, 'kubectl-cache') } },
    );
  } catch {
    task.signal.throwIfAborted();
    return '';
  }
}
