import {
  createServer as createHttpServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { CertificateRequest } from '../kit/certificates.ts';
import { Authorizer, type Identity } from './authorizer.ts';
import { type KubeletConfiguration, usualConfiguration } from './configz.ts';
import { forbidden } from './kubelet.ts';
import { listen } from './listen.ts';
import { authenticate, sendText } from './respond.ts';
import { type Sandbox, sandboxToken } from './sandbox.ts';

const host = '127.0.0.1';

export interface ConfiguredKubeletOptions {
  readonly name: string;
  /** Fields that replace fields of the usual configuration; undefined removes a field. Any number as readOnlyPort opens a free port. */
  readonly configuration?: KubeletConfiguration;
  /** Kubernetes version of the kubelet, such as `v1.37.2`. */
  readonly version?: string;
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

/**
 * Starts a kubelet that authenticates and authorizes as its configuration says, with a Node in the sandbox. It serves /healthz and
 * /configz, only directly.
 */
export async function startConfiguredKubelet(
  sandbox: Sandbox,
  options: ConfiguredKubeletOptions,
): Promise<ConfiguredKubelet> {
  const { name, version = `v1.${sandbox.minor}.2` } = options;
  const requests: AskedRequest[] = [];
  const wanted = { ...usualConfiguration(sandbox.minor), ...options.configuration };
  const readOnly = wanted['readOnlyPort']
    ? await listen(readOnlyServer(requests), host)
    : undefined;
  const configuration = { ...wanted, ...(readOnly && { readOnlyPort: readOnly.port }) };
  const serving = await sandbox.authority.issue({
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
    usage: 'server',
    dnsNames: [name],
    ips: [host],
    ...options.serving,
  });
  const authorizer = new Authorizer(sandbox.store);
  const tls = { ca: sandbox.authority.cert, requestCert: true, rejectUnauthorized: false };
  const secure = await listen(
    createServer({ ...serving, ...tls }, (request, response) => {
      requests.push(asked(request));
      serve({ name, configuration, authorizer }, request, response);
    }),
    host,
  );
  sandbox.store.put('nodes', {
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

interface Kubelet {
  readonly name: string;
  readonly configuration: KubeletConfiguration;
  readonly authorizer: Authorizer;
}

function serve(kubelet: Kubelet, request: IncomingMessage, response: ServerResponse): void {
  const { configuration } = kubelet;
  const path = request.url ?? '/';
  const subresource = new Map([
    ['/healthz', 'healthz'],
    ...(configuration['enableDebuggingHandlers'] === false
      ? []
      : ([['/configz', 'configz']] as const)),
  ]).get(path);
  if (subresource === undefined) return sendText(response, 404, '404 page not found\n');
  const { anonymous } = configuration['authentication'] as { anonymous: { enabled: boolean } };
  const who = identityOf(request, anonymous.enabled);
  if (!who) return sendText(response, 401, 'Unauthorized');
  if (!mayGet(kubelet, who, subresource))
    return sendText(response, 403, forbidden(who.user, 'get', [subresource, 'proxy'], 37));
  const body = path === '/healthz' ? 'ok' : JSON.stringify({ kubeletconfig: configuration });
  sendText(response, 200, body);
}

function identityOf(request: IncomingMessage, anonymous: boolean): Identity | undefined {
  const admin = { user: 'token-admin', groups: ['system:masters', 'system:authenticated'] };
  const who = authenticate(request, new Map([[sandboxToken, admin]]));
  if (who === undefined && anonymous)
    return { user: 'system:anonymous', groups: ['system:unauthenticated'] };
  return who ?? undefined;
}

function mayGet(
  { name, configuration, authorizer }: Kubelet,
  who: Identity,
  subresource: string,
): boolean {
  const { mode } = configuration['authorization'] as { mode: string };
  return (
    mode === 'AlwaysAllow' ||
    [subresource, 'proxy'].some(
      (each) =>
        authorizer.authorize(who, {
          verb: 'get',
          apiGroup: '',
          resource: `nodes/${each}`,
          name,
        }).allowed,
    )
  );
}

function readOnlyServer(requests: AskedRequest[]): Server {
  return createHttpServer((request, response) => {
    requests.push(asked(request));
    if (request.url === '/healthz') sendText(response, 200, 'ok');
    else sendText(response, 404, '404 page not found\n');
  });
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
