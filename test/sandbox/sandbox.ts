import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createAuthority, type KeyPair } from '../kit/certificates.ts';
import { type SandboxApiServer, startApiServer } from './api-server.ts';
import { Authorizer, type Identity } from './authorizer.ts';
import { type Fault, type SandboxKubelet, startKubelet } from './kubelet.ts';
import { Store } from './store.ts';

export interface SandboxOptions {
  /** 31 or 37: whose texts and whose authorization. */
  readonly minor: number;
  /** What is wrong with each node; node-1 is the first. */
  readonly nodes?: readonly Fault[];
  /** Who kube-apiserver is to kubelets, or its several instances in turn; by default `Kubernetes`, without a group. */
  readonly kubeletClient?: string | readonly string[];
  readonly cacheMs?: { readonly denied: number; readonly allowed: number };
}

export interface Sandbox {
  readonly minor: number;
  readonly directory: string;
  readonly authority: Authority;
  readonly apiServer: SandboxApiServer;
  readonly kubelets: readonly SandboxKubelet[];
  readonly store: Store;
  /** Kubeconfig files, by current context: `admin` may do everything, `dev` nothing, `token` is an admin by bearer token. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string; readonly token: string };
  stop(): Promise<void>;
}

/** The bearer token of the `token` kubeconfig, for tests that look for where it went. */
export const sandboxToken = 'sandbox-token-2b7e151628aed2a6';

/** A small cluster in this process: TLS and RBAC are real, containers are not. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {
    minor,
    nodes = ['none', 'none'],
    kubeletClient = 'Kubernetes',
    cacheMs = { denied: 300, allowed: 300 },
  } = options;
  const directory = mkdtempSync(join(tmpdir(), 'kubeletaccess-sandbox-'));
  // Not "kubernetes": OpenSSL compares names without case, and would take the certificate of "Kubernetes" for self-signed.
  const authority = await createAuthority('sandbox-ca');
  const store = new Store();
  const authorizer = new Authorizer(store);
  const tokens = new Map<string, Identity>([
    [sandboxToken, { user: 'token-admin', groups: ['system:masters', 'system:authenticated'] }],
  ]);
  const kubelets = await Promise.all(
    nodes.map((fault, index) =>
      startKubelet({
        name: `node-${index + 1}`,
        minor,
        authority,
        authorizer,
        tokens,
        fault,
        cacheMs,
      }),
    ),
  );
  fillStore(store, minor, kubelets);
  const clients = await Promise.all(
    [kubeletClient].flat().map((commonName) => authority.issue({ commonName, usage: 'client' })),
  );
  let turn = 0;
  const apiServer = await startApiServer({
    minor,
    authority,
    store,
    authorizer,
    tokens,
    kubeletClient: () => clients[turn++ % clients.length] as KeyPair,
    kubeletPort: (name) => kubelets.find((kubelet) => kubelet.name === name)?.port,
  });
  const certificate = async (commonName: string, organization: string) => {
    const { cert, key } = await authority.issue({
      commonName,
      organizations: [organization],
      usage: 'client',
    });
    return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
  };
  const users = {
    admin: await certificate('admin', 'system:masters'),
    dev: await certificate('dev', 'devs'),
    token: { token: sandboxToken },
  };
  const write = (current: keyof typeof users) =>
    writeKubeconfig(directory, current, apiServer.url, authority, users);
  return {
    minor,
    directory,
    authority,
    apiServer,
    kubelets,
    store,
    kubeconfigs: { admin: write('admin'), dev: write('dev'), token: write('token') },
    stop: async () => {
      await Promise.all([apiServer.stop(), ...kubelets.map((kubelet) => kubelet.stop())]);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function fillStore(store: Store, minor: number, kubelets: readonly SandboxKubelet[]): void {
  const versions: Readonly<Record<number, string>> = { 31: 'v1.31.14', 37: 'v1.37.2' };
  for (const { name, port } of kubelets)
    store.put('nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name },
      status: {
        addresses: [
          { type: 'InternalIP', address: '127.0.0.1' },
          { type: 'Hostname', address: name },
        ],
        conditions: [{ type: 'Ready', status: 'True' }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
        nodeInfo: { kubeletVersion: versions[minor] },
      },
    });
  store.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: { nodeName: 'node-1', containers: [{ name: 'web' }] },
    status: { phase: 'Running' },
  });
}

/** All users in one file, a context for each; the file is named after its current one. */
function writeKubeconfig(
  directory: string,
  current: string,
  server: string,
  authority: Authority,
  users: Readonly<Record<string, object>>,
): string {
  const path = join(directory, `${current}.kubeconfig`);
  const names = Object.keys(users);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'sandbox',
        cluster: { server, 'certificate-authority-data': base64(authority.cert) },
      },
    ],
    users: names.map((name) => ({ name, user: users[name] })),
    contexts: names.map((name) => ({ name, context: { cluster: 'sandbox', user: name } })),
    'current-context': current,
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
