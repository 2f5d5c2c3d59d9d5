// Installs agents with the roles that their projects publish.
import * as assert from 'uvu/assert';
import { dist } from '../../scripts/paths.ts';
import { agents } from '../../src/kubelet/agents/agents.ts';
import { agentRoles } from '../commands/narrow/roles.ts';
import { adminApi } from './admin-api.ts';
import { currentCluster } from './current.ts';
import { kubectlOf } from './world.ts';

const cluster = await currentCluster();
const api = adminApi(cluster);
const kubectl = kubectlOf(cluster, dist);

export const namespace = 'agents';

interface Manifest {
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string };
  readonly roleRef?: { readonly name: string };
  readonly spec?: {
    readonly template: { readonly metadata?: object; readonly spec: PodSpec };
  };
  readonly subjects?: readonly { readonly name: string }[];
}

export interface PodSpec {
  readonly containers?: readonly { readonly image: string }[];
}

export interface Player {
  readonly agent: (typeof agents)[number];
  readonly role: string;
  readonly account: string;
  token: string;
}

/** Installs the published role of an agent, and a pod that starts only if `podOf` names a node. */
export async function install(
  name: string,
  podOf: (spec: PodSpec) => object | Promise<object> = (spec) => spec,
): Promise<Player> {
  const agent = agents.find((each) => each.name === name);
  const found = agentRoles.find((each) => each.agent === name);
  assert.ok(agent && found, name);
  const manifests = found.objects as readonly object[] as readonly Manifest[];
  const of = (kind: string) => manifests.find((each) => each.kind === kind);
  const account = of('ClusterRoleBinding')?.subjects?.[0]?.name ?? '';
  const role = of('ClusterRole')?.metadata.name ?? '';
  const pod = (of('DaemonSet') ?? of('Deployment'))?.spec?.template;
  const items = [
    ...manifests.filter(({ kind }) => kind.startsWith('ClusterRole')),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: account, namespace, ...pod?.metadata },
      spec: { ...(await podOf(pod?.spec ?? {})), automountServiceAccountToken: false },
    },
  ];
  const { code, stderr } = await kubectl(
    ['apply', '-f', '-'],
    'admin',
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  );
  assert.is(code, 0, stderr);
  return { agent, role, account, token: await tokenOf(account) };
}

export async function tokenOf(account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  return (await api.call<{ status: { token: string } }>('POST', path, body)).status.token;
}

export async function uninstall({ role, account }: Player): Promise<void> {
  for (const kind of ['clusterroles', 'clusterrolebindings'])
    await kubectl(['delete', kind, role, '--ignore-not-found']);
  await api.send('DELETE', `/api/v1/namespaces/${namespace}/pods/${account}?gracePeriodSeconds=0`);
  await api.send('DELETE', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}`);
}
