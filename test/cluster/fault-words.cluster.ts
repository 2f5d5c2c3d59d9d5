import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { callApi } from '../kit/api.ts';
import type { KeyPair } from '../kit/certificates.ts';
import { suite } from '../kit/suite.ts';
import { withSandbox } from '../kit/with-sandbox.ts';
import type { SandboxOptions } from '../sandbox/sandbox.ts';
import { currentCluster } from './current.ts';
import { clusterFaults, withFault, withStoppedKubelet } from './faults.ts';
import { bridgeAddress, nodeAddress } from './network.ts';
import { apiPort } from './pki.ts';
import { minorNumber } from './versions.ts';

const cluster = await currentCluster();
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'words', namespace: 'default' },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'web', image: 'none' }] },
};

/** Where to ask, and as whom. */
interface Place {
  readonly api: string;
  readonly kubelet: string;
  readonly node: string;
  readonly ca: string;
  readonly admin: KeyPair;
}

const real: Place = {
  api: `https://${bridgeAddress}:${apiPort}`,
  kubelet: `https://${nodeAddress(2)}:10250`,
  node: 'node-2',
  ca: readFileSync(join(cluster.pki, 'ca.crt'), 'utf8'),
  admin: {
    cert: readFileSync(join(cluster.pki, 'admin.crt'), 'utf8'),
    key: readFileSync(join(cluster.pki, 'admin.key'), 'utf8'),
  },
};

suite(`${cluster.version}: words about faults`, (test) => {
  // There a kubelet has an address of version 6 that leads nowhere.
  for (const fault of clusterFaults)
    if (fault !== 'ipv6-only')
      test(
        `${fault}: the sandbox says what is said here`,
        async () => {
          const pods = '/api/v1/namespaces/default/pods';
          const identity = { ...real.admin, ca: real.ca };
          const body = { ...pod, spec: { ...pod.spec, nodeName: real.node } };
          const created = await callApi(real.api, identity, 'POST', pods, body);
          assert.is(created.status, 201, created.text);
          try {
            const said = await withFault(cluster, real.node, fault, () => listen(real));
            const faults = withStoppedKubelet.has(fault) ? ([fault, 'stopped'] as const) : [fault];
            assert.equal(await sandboxSays(faults), said);
          } finally {
            await callApi(real.api, identity, 'DELETE', `${pods}/words?gracePeriodSeconds=0`);
          }
        },
        { timeoutMs: 240_000 },
      );
});

async function sandboxSays(faults: NonNullable<SandboxOptions['nodes']>) {
  let said: object = {};
  const options = { minor: minorNumber(cluster.minor), nodes: [faults.flat()], dialTimeoutMs: 500 };
  await withSandbox(options, async (sandbox) => {
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

/** What is said by the API server for a kubelet, and by the kubelet itself to administrators and to nobody. */
async function listen({ api, kubelet, node, ca, admin }: Place): Promise<object> {
  const ask = async (server: string, path: string, who: Partial<KeyPair>) => {
    const limit = new Promise<string>((resolve) =>
      setTimeout(resolve, 40_000, 'no answer').unref(),
    );
    const asked = callApi(server, { ...who, ca }, 'GET', path).then(
      ({ status, body, text }) =>
        `${status} ${(body as { message?: string } | undefined)?.message ?? text}`,
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
    return alike(await Promise.race([asked, limit]));
  };
  const direct = async (path: string, who: Partial<KeyPair>) => ask(kubelet, path, who);
  const [proxied, log, ...directly] = await Promise.all([
    ask(api, `/api/v1/nodes/${node}/proxy/healthz`, admin),
    ask(api, '/api/v1/namespaces/default/pods/words/log', admin),
    direct('/healthz', admin),
    direct('/run/', admin),
    direct('/healthz', {}),
  ]);
  return { proxied, log, directly };
}

/** Without what differs from one place and time to another. */
function alike(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/127\.0\.0\.1|10\.113\.0\.\d+/g, 'ADDRESS')
    .replaceAll(/node-\d/g, 'NODE')
    .replaceAll(/lookup (\S+) on \S+:/g, 'lookup $1 on SERVER:')
    .replaceAll(/(ADDRESS|\.invalid):\d+/g, '$1:PORT');
}
