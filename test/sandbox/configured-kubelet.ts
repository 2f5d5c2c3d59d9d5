import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { CertificateRequest } from '../kit/certificates.ts';
import { Authorizer } from './authorizer.ts';
import { type KubeletConfiguration, usualConfiguration } from './configz.ts';
import type { Fault } from './faults.ts';
import { kubeletServer } from './kubelet.ts';
import { type Listener, listen } from './listen.ts';
import { usualContents } from './node-contents.ts';
import { createNodeLogs } from './node-logs.ts';
import { podOnLoopback } from './port-forward.ts';
import { sendText } from './respond.ts';
import type { Sandbox } from './sandbox.ts';
import { container } from './streams.ts';

const host = '127.0.0.1';

export interface ConfiguredKubeletOptions {
  readonly name: string;
  /** Fields that replace fields of the usual configuration; undefined removes a field. Any number as readOnlyPort opens a free port. */
  readonly configuration?: KubeletConfiguration;
  /** Kubernetes version of the kubelet, such as `v1.37.2`. */
  readonly version?: string;
  /** Lines of `/metrics` after the usual ones. */
  readonly metrics?: string;
  readonly serving?: Partial<CertificateRequest>;
}

interface AskedRequest {
  readonly line: string;
  readonly credential: boolean;
}

export interface ConfiguredKubelet {
  readonly port: number;
  /** The port without authentication; 0 if it is disabled. */
  readonly readOnlyPort: number;
  readonly requests: readonly AskedRequest[];
  stop(): Promise<void>;
}

/** Starts a kubelet that authenticates and authorizes as its configuration says, with a Node in the sandbox. */
export async function startConfiguredKubelet(
  sandbox: Sandbox,
  options: ConfiguredKubeletOptions,
): Promise<ConfiguredKubelet> {
  const { minor, authority, directory, store, tokens } = sandbox;
  const { name, version = `v1.${minor}.2` } = options;
  const requests: AskedRequest[] = [];
  const listenTo = (server: Server): Promise<Listener> => {
    server.on('request', (request: IncomingMessage) => requests.push(asked(request)));
    return listen(server, host);
  };
  const wanted = { ...usualConfiguration(minor), ...options.configuration };
  const readOnly = wanted['readOnlyPort']
    ? await listenTo(createHttpServer(serveReadOnly))
    : undefined;
  const configuration = { ...wanted, ...(readOnly && { readOnlyPort: readOnly.port }) };
  const serving = await authority.issue({
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
    usage: 'server',
    dnsNames: [name],
    ips: [host],
    ...options.serving,
  });
  const logs = createNodeLogs(directory, name);
  const usual = usualContents(name, minor, logs);
  const metrics = (path: string) => `${usual.metrics(path)}${options.metrics ?? ''}`;
  const contents = { ...usual, configuration, metrics };
  const streams = { end: container, port: podOnLoopback };
  const shared = {
    ...{ minor, authority, clientCa: authority.cert, authorizer: new Authorizer(store), tokens },
    ...{ directory, cacheMs: { denied: 0, allowed: 0 }, contentsOf: () => contents, streams },
  };
  const kubelet = { name, faults: faultsOf(configuration), requests: [], logs, contents, streams };
  const secure = await listenTo(kubeletServer(shared, serving, () => kubelet));
  store.put('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      addresses: [{ type: 'InternalIP', address: host }],
      daemonEndpoints: { kubeletEndpoint: { Port: secure.port } },
      nodeInfo: { kubeletVersion: version },
    },
  });
  return {
    port: secure.port,
    readOnlyPort: readOnly?.port ?? 0,
    requests,
    stop: async () => {
      await Promise.all([secure.stop(), readOnly?.stop()]);
    },
  };
}

function faultsOf(configuration: KubeletConfiguration): ReadonlySet<Fault> {
  const { anonymous } = configuration['authentication'] as { anonymous: { enabled: boolean } };
  const { mode } = configuration['authorization'] as { mode: string };
  return new Set<Fault>([
    ...(anonymous.enabled ? (['anonymous'] as const) : []),
    ...(mode === 'AlwaysAllow' ? (['always-allow'] as const) : []),
    ...(configuration['enableDebuggingHandlers'] === false ? (['handlers-off'] as const) : []),
  ]);
}

function serveReadOnly({ url }: IncomingMessage, response: ServerResponse): void {
  if (url === '/healthz') sendText(response, 200, 'ok');
  else sendText(response, 404, '404 page not found\n');
}

function asked({ method, url, headers, socket }: IncomingMessage): AskedRequest {
  const certificate = (socket as Partial<TLSSocket>).getPeerCertificate?.();
  return {
    line: `${method} ${url}`,
    credential:
      Object.keys(certificate ?? {}).length > 0 ||
      headers.authorization !== undefined ||
      headers.cookie !== undefined,
  };
}
