import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Authority, KeyPair } from '../kit/certificates.ts';
import { allow, verbOf } from './allow.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { type DialOptions, KubeletAgent } from './dial.ts';
import { absentKind, discovery } from './discovery.ts';
import { forbidden } from './kubelet.ts';
import { listen } from './listen.ts';
import { hasMetricsApi } from './metrics-api.ts';
import { askForStream, type NodeProxy, proxyToNode, serveLog } from './node-proxy.ts';
import { serveObjects } from './objects.ts';
import { isPortForward, portOf, portProtocols } from './port-forward.ts';
import { serveRbac } from './rbac-api.ts';
import { type RequestKind, requestKind } from './request-kind.ts';
import { authenticate, readObject, sendJson, sendStatus, sendText } from './respond.ts';
import type { Store, StoredObject } from './store.ts';
import {
  opensStream,
  protocolsOf,
  type StreamEnd,
  type Streams,
  serveUpgrades,
} from './streams.ts';
import { serveServiceAccounts, serveTokenRequest } from './token-request.ts';

export interface ApiServerOptions {
  readonly minor: number;
  readonly authority: Authority;
  /** The CA of client certificates, in PEM. */
  readonly clientCa: string;
  readonly store: Store;
  readonly authorizer: Authorizer;
  readonly tokens: Map<string, Identity>;
  /** Returns the handlers of streams to pods of a node. */
  readonly streamsOf: (node: string) => Streams | undefined;
  /** Whether the kubelet answers in the name of the API server. */
  readonly isForger: (node: string) => boolean;
  readonly kubelets: DialOptions &
    Pick<NodeProxy, 'placeOf' | 'isDeleted' | 'inBetween' | 'tunnelFailure'>;
}

interface SeenRequest {
  readonly line: string;
  readonly kind: RequestKind;
  readonly headers: IncomingMessage['headers'];
}

export interface SandboxApiServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  count(kind: RequestKind): number;
  stop(): Promise<void>;
}

/** Serves nodes, pod logs, RBAC, access reviews and the node proxy. */
export async function startApiServer(options: ApiServerOptions): Promise<SandboxApiServer> {
  const requests: SeenRequest[] = [];
  const serving = await options.authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost'],
    ips: ['127.0.0.1', '::1'],
  });
  const { store, authorizer, kubelets } = options;
  const agent = new KubeletAgent(kubelets);
  const nodeProxy: NodeProxy = { store, authorizer, agent, ...kubelets };
  const tls = { ca: options.clientCa, requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...serving, ...tls }, (request, response) => {
    const { method = '', url = '', headers } = request;
    const kind = requestKind(method, url.split('?')[0] ?? '');
    requests.push({ line: `${method} ${url}`, kind, headers });
    serve(options, nodeProxy, request, response).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  serveUpgrades(server, (request, response, accept) => {
    const { method = '', url = '', headers } = request;
    requests.push({ line: `${method} ${url}`, kind: 'other', headers });
    if (opensStream(request) && kubelets.inBetween !== 'no-upgrade')
      return serveStream(options, request, response, accept);
    // If no stream can be opened, the API server or a kubelet answers with an error that has a reason.
    serve(options, nodeProxy, request, response).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  const { port, stop } = await listen(server, '127.0.0.1');
  return {
    url: `https://127.0.0.1:${port}`,
    requests,
    count: (kind) => requests.filter((request) => request.kind === kind).length,
    stop: async () => {
      agent.destroy();
      await stop();
    },
  };
}

async function serve(
  options: ApiServerOptions,
  nodeProxy: NodeProxy,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://apiserver');
  const authenticated = authenticate(request, options.tokens);
  if (!authenticated) return sendStatus(response, 401, 'Unauthorized');
  const who = impersonated(request, authenticated);
  const method = request.method ?? '';
  const found = discovery(url.pathname, options.minor, hasMetricsApi(options.store));
  if (found) return sendJson(response, 200, found);

  const proxy = /^\/api\/v1\/nodes\/([^/]+)\/proxy(\/[^?]*)?(\?.*)?$/.exec(request.url ?? '');
  if (proxy) {
    const [, node = '', path = '/', query = ''] = proxy;
    const target = { node, path: escapedOnce(path) + query };
    return proxyToNode(nodeProxy, who, target, request, response);
  }
  const log = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(url.pathname);
  if (log) {
    const [, namespace = '', name = ''] = log;
    return serveLog(nodeProxy, who, { namespace, name, query: url.searchParams }, response);
  }
  const stream = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/(exec|attach)$/.exec(
    url.pathname,
  );
  if (stream) {
    const [, namespace = '', name = '', kind = ''] = stream;
    const target = { namespace, name, kind };
    return askForStream(nodeProxy, options.minor, who, target, request, response);
  }
  const account = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts(?:\/([^/]+)(\/token)?)?$/.exec(
    url.pathname,
  );
  if (account && method !== 'GET') {
    const [, namespace = '', name = '', token] = account;
    const serveAccount = token === undefined ? serveServiceAccounts : serveTokenRequest;
    return serveAccount(options, who, { namespace, name }, request, response);
  }
  const rbac =
    /^\/apis\/rbac\.authorization\.k8s\.io\/v1(?:\/namespaces\/([^/]+))?\/(clusterroles|clusterrolebindings|roles|rolebindings)(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
  if (rbac && method !== 'GET') {
    const [, namespace, resource = '', rawName] = rbac;
    const name = rawName === undefined ? undefined : decodeURIComponent(rawName);
    const verb = verbOf(method);
    if (
      !allow(
        options.authorizer,
        who,
        { verb, apiGroup: 'rbac.authorization.k8s.io', resource, name: name ?? '' },
        response,
      )
    )
      return;
    const rbacRequest = {
      method,
      resource,
      namespace,
      name,
      query: url.searchParams,
      body: await readObject(request),
      who,
      minor: options.minor,
    };
    return serveRbac(options.store, options.authorizer, rbacRequest, response);
  }
  const review =
    /^\/apis\/auth(?:orization|entication)\.k8s\.io\/v1\/((?:self)?subject(?:access)?)reviews$/.exec(
      url.pathname,
    );
  if (review && method === 'POST')
    return serveReview(options, who, review[1] ?? '', await readObject(request), response);
  const { store, authorizer, kubelets } = options;
  const reader = { store, authorizer, isDeleted: kubelets.isDeleted };
  if (method === 'GET' && serveObjects(reader, who, url, request, response)) return;
  sendStatus(
    response,
    404,
    absentKind(url.pathname) ?? 'the server could not find the requested resource',
  );
}

/** Since 1.30, kube-apiserver speaks protocol v5 with any kubelet. */
function serveStream(
  options: ApiServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
  accept: (protocols: readonly string[], end: StreamEnd) => void,
): void {
  const { pathname } = new URL(request.url ?? '/', 'https://apiserver');
  const [, namespace = '', name = '', verb = ''] =
    /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/(exec|attach|portforward)$/.exec(pathname) ??
    [];
  const authenticated = authenticate(request, options.tokens);
  if (!authenticated) return sendStatus(response, 401, 'Unauthorized');
  const who = impersonated(request, authenticated);
  const attributes = { verb: 'create', apiGroup: '', resource: `pods/${verb}`, name, namespace };
  if (!allow(options.authorizer, who, attributes, response)) return;
  const pod = options.store.get('pods', `${namespace}/${name}`);
  const { nodeName: node = '' } = (pod?.['spec'] ?? {}) as { readonly nodeName?: string };
  const streams = pod && options.streamsOf(node);
  if (!streams)
    return sendStatus(response, 404, `pods "${name}" not found`, {
      name,
      kind: 'pods',
    });
  if (options.isForger(node))
    return sendStatus(
      response,
      403,
      `pods "${name}" is forbidden: User "${who.user}" cannot create resource "pods/${verb}" in API group "" in the namespace "${namespace}"`,
    );
  // The kubelet checks the permission of kube-apiserver, not of the user.
  const server = identityOf(options.kubelets.clientCertificate());
  const onNode = { verb: 'create', apiGroup: '', resource: 'nodes/proxy', name: node };
  if (!options.authorizer.authorize(server, onNode).allowed)
    return sendText(response, 403, forbidden(server.user, 'create', ['proxy'], options.minor));
  if (!isPortForward(pathname)) return accept(protocolsOf(37), streams.end);
  // This error is sent by the kubelet, and passed on by the API server.
  if (portOf(request) === undefined)
    return sendText(response, 400, 'query parameter "port" is required');
  accept(portProtocols, streams.port);
}

function identityOf({ cert }: Pick<KeyPair, 'cert'>): Identity {
  const { subject } = new X509Certificate(cert);
  const valuesOf = (key: string) =>
    [...subject.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value);
  return { user: valuesOf('CN').join(), groups: [...valuesOf('O'), 'system:authenticated'] };
}

/** Returns the impersonated identity. Only system:masters may impersonate; for others, returns their own identity. */
function impersonated(request: IncomingMessage, who: Identity): Identity {
  const user = request.headers['impersonate-user'];
  if (typeof user !== 'string' || !who.groups.includes('system:masters')) return who;
  const groups = request.headersDistinct['impersonate-group'] ?? [];
  return { user, groups: [...groups, 'system:authenticated'] };
}

function serveReview(
  options: ApiServerOptions,
  who: Identity,
  kind: string,
  body: string,
  response: ServerResponse,
): void {
  const sent = JSON.parse(body) as StoredObject & {
    spec?: { user?: string; groups?: string[]; resourceAttributes?: Record<string, string> };
  };
  if (kind === 'selfsubject')
    return sendJson(response, 201, {
      ...sent,
      status: { userInfo: { username: who.user, groups: who.groups } },
    });
  const create = {
    verb: 'create',
    apiGroup: 'authorization.k8s.io',
    resource: 'subjectaccessreviews',
    name: '',
  };
  if (kind === 'subjectaccess' && !allow(options.authorizer, who, create, response)) return;
  const { resourceAttributes: wanted = {}, user = '', groups = [] } = sent.spec ?? {};
  const subject = kind === 'subjectaccess' ? { user, groups } : who;
  const resource = [wanted['resource'], wanted['subresource']].filter(Boolean).join('/');
  const isDeniedBefore =
    options.kubelets.inBetween === 'authorizer' && /^(?:nodes\/proxy|pods\/\w+)$/.test(resource);
  const verdict = isDeniedBefore
    ? { allowed: false }
    : options.authorizer.authorize(subject, {
        verb: wanted['verb'] ?? '',
        apiGroup: wanted['group'] ?? '',
        resource,
        name: wanted['name'] ?? '',
      });
  sendJson(response, 201, { ...sent, status: verdict });
}

/** Decodes a path and encodes it again, like kube-apiserver. */
function escapedOnce(path: string): string {
  return encodeURI(decodeURIComponent(path)).replaceAll(/[?#]/g, encodeURIComponent);
}
