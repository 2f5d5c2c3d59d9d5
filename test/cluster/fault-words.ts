import { get } from 'node:https';
import { text } from 'node:stream/consumers';
import { pair } from '../commands/status/given.ts';
import { openApi } from '../kit/api-client.ts';
import type { KeyPair } from '../kit/certificates.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import { adminIdentity } from './admin-api.ts';
import { type ClusterFault, withStoppedKubelet } from './faults.ts';
import { nodeAddress } from './network.ts';
import { apiServerUrl } from './pki.ts';
import type { RealCluster } from './real-cluster.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'words', namespace: 'default' },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'web', image: 'none' }] },
};

interface Place {
  readonly api: string;
  readonly kubelet: string;
  readonly node: string;
  readonly ca: string;
  readonly admin: KeyPair;
}

function placeOf(cluster: RealCluster, number: number): Place {
  const { ca, ...admin } = adminIdentity(cluster);
  return {
    api: apiServerUrl,
    kubelet: `https://${nodeAddress(number)}:10250`,
    node: `node-${number}`,
    ...{ ca, admin },
  };
}

/** A pod that never starts is bound to node-2 while `use` runs. `listen` returns the responses of node-2. */
export async function withUnstartedPod(
  cluster: RealCluster,
  use: (listen: () => Promise<object>) => Promise<void>,
): Promise<void> {
  const place = placeOf(cluster, 2);
  const pods = '/api/v1/namespaces/default/pods';
  const api = openApi(place.api, { ...place.admin, ca: place.ca });
  const body = { ...pod, spec: { ...pod.spec, nodeName: place.node } };
  const created = await api('POST', pods, body);
  if (created.status !== 201) throw new Error(created.text);
  try {
    await use(() => listen(place));
  } finally {
    await api('DELETE', `${pods}/words?gracePeriodSeconds=0`);
  }
}

/** Returns the responses of the sandbox for a node with the fault, while kube-apiserver has its grant. */
export async function sandboxSays(minor: number, fault: ClusterFault): Promise<object> {
  let said: object = {};
  const faults = withStoppedKubelet.has(fault) ? ([fault, 'stopped'] as const) : [fault];
  await withSandbox({ minor, nodes: [faults], dialTimeoutMs: 500 }, async (sandbox) => {
    for (const put of pair()) put(sandbox);
    const admin = await sandbox.authority.issue({
      commonName: 'admin',
      organizations: ['system:masters'],
      usage: 'client',
    });
    sandbox.store.put('pods', { ...pod, spec: { ...pod.spec, nodeName: 'node-1' } });
    const { host, port } = sandbox.kubelets[0] ?? {};
    said = await listen({
      api: sandbox.apiServer.url,
      kubelet: `https://${host}:${port}`,
      node: 'node-1',
      ca: sandbox.authority.cert,
      admin,
    });
  });
  return said;
}

/** Returns what the API server answers for the kubelet, and what the kubelet answers to administrators and anonymous callers. */
async function listen({ api, kubelet, node, ca, admin }: Place): Promise<object> {
  const within = async (asked: Promise<string>) => {
    const limit = new Promise<string>((resolve) =>
      setTimeout(resolve, 40_000, 'no-answer').unref(),
    );
    const said = asked.catch((error: NodeJS.ErrnoException) => error.code ?? error.message);
    return alike(await Promise.race([said, limit]));
  };
  const ask = async (path: string) => {
    const { status, body, text } = await openApi(api, { ...admin, ca })('GET', path);
    return `${status} ${(body as { message?: string } | undefined)?.message ?? text}`;
  };
  const direct = (path: string, who: Partial<KeyPair>) =>
    within(askKubelet(kubelet + path, { ...who, ca }));
  const [proxied, log, ...directly] = await Promise.all([
    within(ask(`/api/v1/nodes/${node}/proxy/healthz`)),
    within(ask('/api/v1/namespaces/default/pods/words/log')),
    direct('/healthz', admin),
    direct('/run/', admin),
    direct('/healthz', {}),
  ]);
  return { proxied, log, directly };
}

/** Does not use fetch, which rejects port 1, nor openApi, which drops a slash at the end of a path. */
function askKubelet(url: string, tls: Partial<KeyPair> & { readonly ca: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { ...tls, agent: false }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    }).on('error', reject);
  });
}

/** Replaces times, addresses and names, because they differ between the sandbox and a cluster. */
function alike(text: string): string {
  return (
    text
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
      .replaceAll(/127\.0\.0\.1|10\.113\.0\.\d+/g, 'ADDRESS')
      .replaceAll(/node-\d/g, 'NODE')
      // Without a DNS server on this machine, the error names none.
      .replaceAll(/lookup (\S+) on \S+:/g, 'lookup $1:')
      .replaceAll(/(ADDRESS|\.invalid):\d+/g, '$1:PORT')
  );
}
