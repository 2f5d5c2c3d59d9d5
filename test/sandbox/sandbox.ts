import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Authority, createKeepingAuthority, type KeyPair } from '../kit/certificates.ts';
import { type SandboxApiServer, startApiServer } from './api-server.ts';
import { Authorizer, type FirstAuthorizer, type Identity } from './authorizer.ts';
import { type BlackHole, openBlackHole } from './black-hole.ts';
import { differenceOf, type Fault } from './faults.ts';
import { type FleetOptions, startFleet } from './fleet.ts';
import type { InBetween } from './in-between.ts';
import { type SandboxKubelet, startKubelet } from './kubelet.ts';
import { type NodeContents, usualContents } from './node-contents.ts';
import type { NodeLogs } from './node-logs.ts';
import { nodeObject } from './node-object.ts';
import { podOnLoopback } from './port-forward.ts';
import { otherAuthority } from './serving-certificate.ts';
import { pendingSigningRequest } from './signing-request.ts';
import { Store } from './store.ts';
import { container, type Streams } from './streams.ts';

export interface SandboxOptions {
  /** The Kubernetes version, 31 or 37, for messages and authorization; by default 37. */
  readonly minor?: number;
  /** The faults of each node, from node-1 on. */
  readonly nodes?: readonly (Fault | readonly Fault[])[];
  /** Many nodes, from node-0001 on; `nodes` is then empty by default. */
  readonly fleet?: FleetOptions;
  /** User as which kube-apiserver calls kubelets; by default `Kubernetes`. With a list, connections use these users in turn. */
  readonly kubeletClient?: string | readonly string[];
  /** Group in kube-apiserver's client certificate; by default none. */
  readonly kubeletClientGroup?: string | undefined;
  /** Whether client certificates are signed by another CA than serving certificates; by default false. */
  readonly hasClientAuthority?: boolean;
  /** Whether callers cannot reach kubelets directly; by default false. */
  readonly ownConnection?: boolean;
  readonly firstAuthorizer?: FirstAuthorizer;
  /** Additional bearer tokens, with their users. */
  readonly tokens?: ReadonlyMap<string, Identity>;
  readonly cacheMs?: { readonly denied: number; readonly allowed: number };
  /** Whether the API server verifies kubelets, by the CA of the cluster or another; by default true. */
  readonly verifyKubelets?: boolean | 'another-ca';
  /** Time limit of the API server for a connection to a kubelet, in ms; by default 30 s. */
  readonly dialTimeoutMs?: number;
  readonly inBetween?: InBetween;
  /** The error of a broken tunnel between the API server and the nodes. */
  readonly tunnelFailure?: TunnelFailure;
  /** Returns the contents of a node; by default two pods. */
  readonly contentsOf?: (node: string, logs: NodeLogs) => NodeContents;
  /** The handlers of streams. By default, a container has a few commands, and localhost of the pod is localhost of this machine. */
  readonly streams?: Streams;
}

/** `no-agent` is an error of konnectivity, `proxy-error` of an HTTP CONNECT proxy. */
type TunnelFailure = keyof typeof tunnelFailures;

const tunnelFailures = {
  'no-agent': 'No agent available',
  'proxy-error':
    'proxy error from 127.0.0.1:8131 while dialing 127.0.0.1:10250, code 503: 503 Service Unavailable',
};

export interface Sandbox {
  readonly minor: number;
  readonly cacheMs: { readonly denied: number; readonly allowed: number };
  readonly directory: string;
  readonly authority: Authority;
  readonly apiServer: SandboxApiServer;
  readonly kubelets: readonly SandboxKubelet[];
  readonly store: Store;
  readonly tokens: Map<string, Identity>;
  /** Tests may break the tunnel between the API server and the nodes. */
  readonly tunnel: { failure: TunnelFailure | undefined };
  /** Paths of kubeconfigs. `admin` has all permissions, `dev` none, and `token` is an admin with a bearer token. */
  readonly kubeconfigs: { readonly admin: string; readonly dev: string; readonly token: string };
  stop(): Promise<void>;
}

/**
 * Options with which kubelets allow kube-apiserver every request, as on clusters whose installer puts kube-apiserver into system:masters.
 */
export const inMasters = { kubeletClientGroup: 'system:masters' } as const;

/** Bearer token of the `token` kubeconfig. Tests search output for it. */
export const sandboxToken = 'sandbox-token-2b7e151628aed2a6';

// OpenSSL ignores case in names: with the CA "kubernetes", it would take the certificate of "Kubernetes" for self-signed.
const sandboxAuthority = createKeepingAuthority('sandbox-ca');

const clientsAuthority = createKeepingAuthority('sandbox-client-ca');

/** Starts a small cluster in this process: TLS and RBAC are real, containers are not. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {
    minor = 37,
    fleet,
    nodes = fleet ? [] : ['none', 'none'],
    verifyKubelets = true,
    dialTimeoutMs = 30_000,
    inBetween,
    tunnelFailure,
    kubeletClient = 'Kubernetes',
    cacheMs = { denied: 300, allowed: 300 },
    contentsOf = (node, logs) => usualContents(node, minor, logs),
    streams = { end: container, port: podOnLoopback },
  } = options;
  const directory = mkdtempSync(join(tmpdir(), 'kubeletaccess-sandbox-'));
  const authority = await sandboxAuthority;
  const clientAuthority = await (options.hasClientAuthority ? clientsAuthority : authority);
  const clientCa = clientAuthority.cert;
  const store = new Store();
  const authorizer = new Authorizer(store, options.firstAuthorizer);
  const tokens = new Map<string, Identity>([
    [sandboxToken, { user: 'token-admin', groups: ['system:masters', 'system:authenticated'] }],
    ...(options.tokens ?? []),
  ]);
  const shared = {
    minor,
    authority,
    clientCa,
    authorizer,
    tokens,
    directory,
    cacheMs,
    contentsOf,
    streams,
  };
  let opened: Promise<BlackHole> | undefined;
  const blackHole = () => {
    opened ??= openBlackHole();
    return opened;
  };
  const single = await Promise.all(
    nodes.map((faults, index) =>
      startKubelet(shared, `node-${index + 1}`, new Set([faults].flat()), blackHole),
    ),
  );
  const many = fleet ? await startFleet(shared, fleet, blackHole) : undefined;
  const kubelets = [...single, ...(many?.kubelets ?? [])];
  const apart = options.ownConnection ? await blackHole() : undefined;
  await fillStore(store, minor, kubelets, apart?.port);
  store.put('configmaps', {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { 'ca.crt': authority.cert } },
    metadata: { name: 'kube-root-ca.crt', namespace: 'kube-system' },
  });
  store.put('services', {
    ...{ apiVersion: 'v1', kind: 'Service', spec: { clusterIPs: ['10.96.0.1'] } },
    metadata: { name: 'kubernetes', namespace: 'default' },
  });
  const organizations = [options.kubeletClientGroup ?? []].flat();
  const clients = await Promise.all(
    [kubeletClient]
      .flat()
      .map((commonName) => clientAuthority.issue({ commonName, organizations, usage: 'client' })),
  );
  const kubeletCa = {
    true: authority.cert,
    false: undefined,
    'another-ca': (await otherAuthority).cert,
  }[`${verifyKubelets}`];
  const tunnel: Sandbox['tunnel'] = { failure: tunnelFailure };
  let turn = 0;
  const apiServer = await startApiServer({
    minor,
    authority,
    clientCa,
    store,
    authorizer,
    tokens,
    streamsOf: (node) => kubelets.find(({ name }) => name === node)?.streams,
    isForger: (node) => kubelets.some(({ name, faults }) => name === node && faults.has('forger')),
    kubelets: {
      clientCertificate: () => clients[turn++ % clients.length] as KeyPair,
      ca: kubeletCa,
      dialTimeoutMs,
      handshakeTimeoutMs: 10_000,
      placeOf: apart && ((name) => kubelets.find((kubelet) => kubelet.name === name)),
      isDeleted: (name) =>
        single.some((kubelet) => kubelet.name === name && kubelet.faults.has('deleted')),
      inBetween,
      tunnelFailure: () => tunnel.failure && tunnelFailures[tunnel.failure],
    },
  });
  const certificate = async (commonName: string, organization: string) => {
    const { cert, key } = await clientAuthority.issue({
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
  const cluster = { server: apiServer.url, ca: authority.cert };
  const written = new Map<string, string>();
  const kubeconfigOf = (current: keyof typeof users) => {
    const path = written.get(current) ?? writeKubeconfig(directory, current, cluster, users);
    written.set(current, path);
    return path;
  };
  return {
    minor,
    cacheMs,
    directory,
    authority,
    apiServer,
    kubelets,
    store,
    tokens,
    tunnel,
    // Written when they are read: most tests use one of them.
    kubeconfigs: {
      get admin() {
        return kubeconfigOf('admin');
      },
      get dev() {
        return kubeconfigOf('dev');
      },
      get token() {
        return kubeconfigOf('token');
      },
    },
    stop: async () => {
      await apiServer.stop();
      await Promise.all([...single, many, await opened].map(async (part) => part?.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function fillStore(
  store: Store,
  minor: number,
  kubelets: readonly SandboxKubelet[],
  portOfAll: number | undefined,
): Promise<void> {
  for (const { name, host, port, faults } of kubelets) {
    const place = { name, host, port: portOfAll ?? port };
    store.put('nodes', differenceOf(faults).node(nodeObject(place, minor)));
    if (faults.has('no-certificate'))
      store.put('certificatesigningrequests', await pendingSigningRequest(name, host));
  }
  store.put('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      nodeName: kubelets[0]?.name ?? 'node-1',
      containers: [{ name: 'web', ports: [{ name: 'http', containerPort: 80 }] }],
    },
    status: { phase: 'Running', containerStatuses: [{ name: 'web', state: { running: {} } }] },
  });
}

/** Writes a kubeconfig with a context for each user, named after the current context. */
export function writeKubeconfig(
  directory: string,
  current: string,
  { server, ca }: { readonly server: string; readonly ca: string },
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
        cluster: { server, 'certificate-authority-data': base64(ca) },
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
