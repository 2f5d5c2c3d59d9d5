import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Authority, type CertificateRequest, createAuthority } from '../kit/certificates.ts';
import { waitFor } from '../kit/wait-for.ts';
import { differenceOf, type Fault } from '../sandbox/faults.ts';
import { type AdminApi, adminApi } from './admin-api.ts';
import { addFirewallRule, clearFirewall, nodeAddress } from './network.ts';
import type { KubeletSettings } from './node-settings.ts';
import { apiPort, nodeIdentity, writePair } from './pki.ts';
import type { RealCluster } from './real-cluster.ts';

interface Site {
  readonly cluster: RealCluster;
  readonly api: AdminApi;
  readonly node: string;
  readonly number: number;
}

/** Each function makes a fault, and `restore` undoes it. A running kubelet would correct the status of its Node, so it is stopped first. */
const makers = {
  stopped: ({ cluster, node }: Site) => cluster.stopKubelet(node),
  'black-hole': async ({ cluster, node, number }: Site) => {
    // The restart closes open connections. They would hang, but this fault concerns only new connections.
    await cluster.restartKubelet(node);
    await addFirewallRule(number, '-A INPUT -p tcp --dport 10250 -j DROP');
  },
  'cut-off': async ({ cluster, node, number }: Site) => {
    await addFirewallRule(
      number,
      `-A OUTPUT -p tcp --dport ${apiPort} -j REJECT --reject-with tcp-reset`,
    );
    // The restart clears the kubelet's cache of decisions.
    await cluster.restartKubelet(node);
  },

  'wrong-name': (site: Site) => withCertificate(site, 'wrong-name'),
  'other-authority': async (site: Site) =>
    withCertificate(site, 'other-authority', await createAuthority('another-ca')),
  expired: (site: Site) => withCertificate(site, 'expired'),
  'not-yet-valid': (site: Site) => withCertificate(site, 'not-yet-valid'),
  'not-for-servers': (site: Site) => withCertificate(site, 'not-for-servers'),
  'self-signed': ({ cluster, node }: Site) => cluster.restartKubelet(node, withoutCertificate),
  'no-certificate': async (site: Site) => {
    await site.cluster.restartKubelet(site.node, (usual) => ({
      ...withoutCertificate(usual),
      serverTLSBootstrap: true,
    }));
    await waitFor(
      `the CertificateSigningRequest of ${site.node}`,
      30_000,
      async () => (await signingRequests(site)).length > 0,
    );
  },

  unauthorized: async ({ cluster, node }: Site) => {
    const clientCAFile = join(cluster.pki, `${node}-other-ca.crt`);
    await writeFile(clientCAFile, (await createAuthority('another-ca')).cert);
    await cluster.restartKubelet(node, (usual) => ({
      ...usual,
      authentication: { ...usual.authentication, x509: { clientCAFile } },
    }));
  },
  'handlers-off': ({ cluster, node }: Site) =>
    // Log queries need the handlers that this fault disables.
    cluster.restartKubelet(node, ({ enableSystemLogQuery: _, ...usual }) => ({
      ...usual,
      enableDebuggingHandlers: false,
    })),
  'always-allow': ({ cluster, node }: Site) =>
    cluster.restartKubelet(node, (usual) => ({ ...usual, authorization: { mode: 'AlwaysAllow' } })),
  anonymous: ({ cluster, node }: Site) =>
    cluster.restartKubelet(node, (usual) => ({
      ...usual,
      authentication: { ...usual.authentication, anonymous: { enabled: true } },
    })),

  unresolvable: (site: Site) =>
    withStatus(site, { addresses: [address('Hostname', `${site.node}.invalid`)] }),
  'no-addresses': (site: Site) => withStatus(site, { addresses: [] }),
  'ipv6-only': (site: Site) => withStatus(site, { addresses: [address('InternalIP', 'fd00::1')] }),
  'not-ready': (site: Site) =>
    withStatus(site, {
      conditions: [
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        },
      ],
    }),
  deleted: async ({ api, node }: Site) => {
    const path = `/api/v1/nodes/${node}`;
    // A kubelet that has just started may still register its node again after the deletion.
    let absentFor = 0;
    for (let second = 0; second < 60; second += 1) {
      const { status } = await api.send('DELETE', path);
      absentFor = status === 404 ? absentFor + 1 : 0;
      if (absentFor >= 8) return;
      await sleep(1_000);
    }
    throw new Error(`node ${node} comes back each time that it is deleted`);
  },
} satisfies Partial<Record<Fault, (site: Site) => Promise<void>>>;

export type ClusterFault = keyof typeof makers;

export const clusterFaults = Object.keys(makers) as readonly ClusterFault[];

/** The kubelet is stopped for these faults on real nodes, but not in the sandbox. */
export const withStoppedKubelet: ReadonlySet<ClusterFault> = new Set([
  'unresolvable',
  'no-addresses',
  'ipv6-only',
  'not-ready',
]);

export async function makeFault(
  cluster: RealCluster,
  node: string,
  fault: ClusterFault,
): Promise<void> {
  await makers[fault](siteOf(cluster, node));
}

function siteOf(cluster: RealCluster, node: string): Site {
  return { cluster, api: adminApi(cluster), node, number: cluster.nodes.indexOf(node) + 1 };
}

export async function withFault<T>(
  cluster: RealCluster,
  node: string,
  fault: ClusterFault,
  use: () => Promise<T>,
): Promise<T> {
  const site = siteOf(cluster, node);
  try {
    await makers[fault](site);
    return await use();
  } finally {
    await restore(site);
  }
}

/** A kubelet creates or corrects its Node object when it starts. */
async function restore(site: Site): Promise<void> {
  const { cluster, api, node, number } = site;
  await clearFirewall(number);
  await cluster.restartKubelet(node);
  await waitFor(`${node} to be as before`, 60_000, async () => {
    const { status, body } = await api.send('GET', `/api/v1/nodes/${node}`);
    if (status !== 200) return false;
    const { addresses = [], conditions = [] } = (body as NodeObject).status;
    const isReady = conditions.some((one) => one.type === 'Ready' && one.status === 'True');
    return isReady && addresses.some((one) => one.address === nodeAddress(number));
  });
  for (const name of await signingRequests(site))
    await api.call('DELETE', `${signingRequestPath}/${name}`);
}

function address(type: string, text: string) {
  return { type, address: text };
}

async function withCertificate(site: Site, fault: Fault, authority?: Authority): Promise<void> {
  const { cluster, node, number } = site;
  const request: CertificateRequest = {
    ...nodeIdentity(number),
    usage: 'server',
    dnsNames: [node],
    ips: [nodeAddress(number)],
    ...differenceOf([fault]).certificate,
  };
  const name = `${node}-${fault}`;
  await writePair(cluster.directory, name, await (authority ?? cluster.authority).issue(request));
  await cluster.restartKubelet(node, (usual) => ({
    ...usual,
    tlsCertFile: join(cluster.pki, `${name}.crt`),
    tlsPrivateKeyFile: join(cluster.pki, `${name}.key`),
  }));
}

/** Removes the settings for a serving certificate. Without them, the kubelet creates or requests one. */
function withoutCertificate({ tlsCertFile: _, tlsPrivateKeyFile: __, ...others }: KubeletSettings) {
  return others;
}

interface NodeObject {
  readonly status: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly Condition[];
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

async function withStatus(
  { cluster, api, node }: Site,
  changes: NodeObject['status'],
): Promise<void> {
  await cluster.stopKubelet(node);
  const path = `/api/v1/nodes/${node}`;
  const object = await api.call<NodeObject>('GET', path);
  await api.call('PUT', `${path}/status`, { ...object, status: { ...object.status, ...changes } });
}

const signingRequestPath = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

async function signingRequests({ api, node }: Site): Promise<readonly string[]> {
  const { items } = await api.call<{
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly spec: { readonly username: string };
    }[];
  }>('GET', signingRequestPath);
  return items
    .filter(({ spec }) => spec.username === `system:node:${node}`)
    .map(({ metadata }) => metadata.name);
}
