import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Authority, KeyPair } from '../kit/certificates.ts';
import type { Attributes, Authorizer, Identity } from './authorizer.ts';
import { discovery } from './discovery.ts';
import { serveRbac } from './rbac-api.ts';
import { authenticate, readBody, sendJson, sendStatus } from './respond.ts';
import type { Store, StoredObject } from './store.ts';

export interface ApiServerOptions {
  readonly minor: number;
  readonly authority: Authority;
  readonly store: Store;
  readonly authorizer: Authorizer;
  readonly tokens: ReadonlyMap<string, Identity>;
  /** What it shows to kubelets. */
  /** Shows kubelets who it is; asked anew for each request, as by one of several API servers behind an address. */
  readonly kubeletClient: () => KeyPair;
  /** The port of a node's kubelet. */
  readonly kubeletPort: (node: string) => number | undefined;
}

/** Every request that reached the API server and the headers that say who came. */
export interface SeenRequest {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
}

export interface SandboxApiServer {
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  stop(): Promise<void>;
}

/** A kube-apiserver as far as nodes, pods' logs, RBAC, access reviews and the node proxy go. */
export async function startApiServer(options: ApiServerOptions): Promise<SandboxApiServer> {
  const requests: SeenRequest[] = [];
  const serving = await options.authority.issue({
    commonName: 'kube-apiserver',
    usage: 'server',
    dnsNames: ['localhost'],
    ips: ['127.0.0.1', '::1'],
  });
  const tls = { ca: options.authority.cert, requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...serving, ...tls }, (request, response) => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
    serve(options, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(
  options: ApiServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://apiserver');
  const authenticated = authenticate(request, options.tokens);
  if (!authenticated) return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
  const who = impersonated(request, authenticated);
  const method = request.method ?? '';
  const found = discovery(url.pathname, options.minor);
  if (found) return sendJson(response, 200, found);

  const proxy = /^\/api\/v1\/nodes\/([^/]+)\/proxy(\/.*)?$/.exec(url.pathname);
  if (proxy)
    return proxyToNode(
      options,
      who,
      { node: proxy[1] ?? '', path: (proxy[2] ?? '/') + url.search },
      request,
      response,
    );
  const node = /^\/api\/v1\/nodes(?:\/([^/]+))?$/.exec(url.pathname);
  if (node) return serveNodes(options, who, node[1], url.searchParams, response);
  const log = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(url.pathname);
  if (log) return serveLog(options, who, log[1] ?? '', log[2] ?? '', response);
  const pod = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)$/.exec(url.pathname);
  if (pod) return servePod(options, who, pod[1] ?? '', pod[2] ?? '', response);
  const rbac =
    /^\/apis\/rbac\.authorization\.k8s\.io\/v1(?:\/namespaces\/([^/]+))?\/(clusterroles|clusterrolebindings|rolebindings)(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
  if (rbac) {
    const [, namespace, resource = '', rawName] = rbac;
    const name = rawName === undefined ? undefined : decodeURIComponent(rawName);
    const verb = method === 'GET' && name === undefined ? 'list' : verbOf(method);
    if (
      !allow(
        options,
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
      body: await readBody(request),
      who,
      minor: options.minor,
    };
    return serveRbac(options.store, options.authorizer, rbacRequest, response);
  }
  const review = /^\/apis\/auth(?:orization|entication)\.k8s\.io\/v1\/(\w+)reviews$/.exec(
    url.pathname,
  );
  if (review && method === 'POST')
    return serveReview(options, who, review[1] ?? '', await readBody(request), response);
  sendStatus(response, 404, 'NotFound', 'the server could not find the requested resource');
}

/** Honoured for whoever may do everything; nobody else may impersonate here. */
function impersonated(request: IncomingMessage, who: Identity): Identity {
  const user = request.headers['impersonate-user'];
  if (typeof user !== 'string' || !who.groups.includes('system:masters')) return who;
  const groups = request.headersDistinct['impersonate-group'] ?? [];
  return { user, groups: [...groups, 'system:authenticated'] };
}

const verbs = new Map([
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['POST', 'create'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
]);

/** As kube-apiserver maps methods, HEAD among them; a kubelet has no verb for that. */
function verbOf(method: string): string {
  return verbs.get(method) ?? '';
}

/** True if the caller may; else the refusal has been sent. */
function allow(
  { authorizer }: ApiServerOptions,
  who: Identity,
  attributes: Attributes,
  response: ServerResponse,
): boolean {
  if (authorizer.authorize(who, attributes).allowed) return true;
  const { verb, apiGroup, resource, name } = attributes;
  const kind = resource.split('/')[0] ?? '';
  const what = (apiGroup === '' ? kind : `${kind}.${apiGroup}`) + (name === '' ? '' : ` "${name}"`);
  const words = `${what} is forbidden: User ${JSON.stringify(who.user)} cannot ${verb} resource "${resource}" in API group "${apiGroup}" at the cluster scope`;
  sendStatus(response, 403, 'Forbidden', words, {
    ...(name === '' ? {} : { name }),
    kind,
    ...(apiGroup === '' ? {} : { group: apiGroup }),
  });
  return false;
}

function serveNodes(
  options: ApiServerOptions,
  who: Identity,
  name: string | undefined,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const verb = name === undefined ? 'list' : 'get';
  if (!allow(options, who, { verb, apiGroup: '', resource: 'nodes', name: name ?? '' }, response))
    return;
  if (name !== undefined) {
    const node = options.store.get('nodes', name);
    return node
      ? sendJson(response, 200, node)
      : sendStatus(response, 404, 'NotFound', `nodes "${name}" not found`, { name, kind: 'nodes' });
  }
  const all = options.store.list('nodes');
  const from = Number(query.get('continue') ?? 0);
  const limit = Number(query.get('limit') ?? 0) || all.length;
  const next = from + limit < all.length ? { continue: String(from + limit) } : {};
  sendJson(response, 200, {
    kind: 'NodeList',
    apiVersion: 'v1',
    metadata: next,
    items: all.slice(from, from + limit),
  });
}

function servePod(
  options: ApiServerOptions,
  who: Identity,
  namespace: string,
  name: string,
  response: ServerResponse,
): void {
  if (!allow(options, who, { verb: 'get', apiGroup: '', resource: 'pods', name }, response)) return;
  const pod = options.store.get('pods', `${namespace}/${name}`);
  if (pod) sendJson(response, 200, pod);
  else sendStatus(response, 404, 'NotFound', `pods "${name}" not found`, { name, kind: 'pods' });
}

/** As `kubectl logs` sees it: a kubelet's refusal comes back as a Status with `( pods/log POD)` behind its words. */
function serveLog(
  options: ApiServerOptions,
  who: Identity,
  namespace: string,
  name: string,
  response: ServerResponse,
): void {
  if (!allow(options, who, { verb: 'get', apiGroup: '', resource: 'pods/log', name }, response))
    return;
  const pod = options.store.get('pods', `${namespace}/${name}`);
  if (!pod)
    return sendStatus(response, 404, 'NotFound', `pods "${name}" not found`, {
      name,
      kind: 'pods',
    });
  const { nodeName } = pod['spec'] as { nodeName: string };
  askKubelet(
    options,
    nodeName,
    { method: 'GET', path: `/containerLogs/${namespace}/${name}/web`, headers: {} },
    response,
    (answer) => {
      if (answer.statusCode === 200) return false;
      void readBody(answer).then((words) => {
        const reason = answer.statusCode === 403 ? 'Forbidden' : 'InternalError';
        sendStatus(response, answer.statusCode ?? 500, reason, `${words} ( pods/log ${name})`, {
          name,
          kind: 'pods/log',
        });
      });
      return true;
    },
  );
}

function proxyToNode(
  options: ApiServerOptions,
  who: Identity,
  target: { node: string; path: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const method = request.method ?? 'GET';
  const verb = verbOf(method);
  if (
    !allow(
      options,
      who,
      { verb, apiGroup: '', resource: 'nodes/proxy', name: target.node },
      response,
    )
  )
    return;
  if (!options.store.get('nodes', target.node))
    return sendStatus(response, 404, 'NotFound', `nodes "${target.node}" not found`, {
      name: target.node,
      kind: 'nodes',
    });
  const { authorization: _, host: __, ...headers } = request.headers;
  const kept = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !name.startsWith('impersonate-')),
  );
  askKubelet(
    options,
    target.node,
    { method, path: target.path, headers: kept },
    response,
    () => false,
    request,
  );
}

/** Asks as kube-apiserver, and passes the answer on unless `taken` has dealt with it. */
function askKubelet(
  options: ApiServerOptions,
  node: string,
  request: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  },
  response: ServerResponse,
  taken: (answer: IncomingMessage) => boolean,
  body?: IncomingMessage,
): void {
  const port = options.kubeletPort(node) ?? 1;
  const onward = httpsRequest(
    {
      host: '127.0.0.1',
      port,
      ...request,
      ...options.kubeletClient(),
      ca: options.authority.cert,
      agent: false,
      timeout: 10_000,
    },
    (answer) => {
      if (taken(answer)) return;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('error', () => response.destroy()).pipe(response);
    },
  );
  onward.on('timeout', () =>
    onward.destroy(
      Object.assign(new Error('net/http: TLS handshake timeout'), { code: 'timeout' }),
    ),
  );
  onward.on('error', (error: NodeJS.ErrnoException) => {
    if (response.headersSent) response.destroy();
    else
      sendStatus(
        response,
        503,
        'ServiceUnavailable',
        `error trying to reach service: ${goWords(error, port)}`,
      );
  });
  if (body) body.pipe(onward);
  else onward.end();
}

/** Node's error as Go would say it. */
function goWords(error: NodeJS.ErrnoException, port: number): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `dial tcp 127.0.0.1:${port}: connect: connection refused`;
    case 'ECONNRESET':
      return 'EOF';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return 'tls: failed to verify certificate: x509: certificate is valid for 10.0.0.1, not 127.0.0.1';
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    default:
      return error.message;
  }
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
  if (kind === 'subjectaccess' && !allow(options, who, create, response)) return;
  const { resourceAttributes: wanted = {}, user = '', groups = [] } = sent.spec ?? {};
  const subject = kind === 'subjectaccess' ? { user, groups } : who;
  const resource = [wanted['resource'], wanted['subresource']].filter(Boolean).join('/');
  const verdict = options.authorizer.authorize(subject, {
    verb: wanted['verb'] ?? '',
    apiGroup: wanted['group'] ?? '',
    resource,
    name: wanted['name'] ?? '',
  });
  sendJson(response, 201, { ...sent, status: verdict });
}
