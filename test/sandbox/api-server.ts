import { X509Certificate } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Authority, KeyPair } from '../kit/certificates.ts';
import { allow, verbOf } from './allow.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { type DialOptions, KubeletAgent } from './dial.ts';
import { absentKind, discovery } from './discovery.ts';
import { forbidden } from './kubelet.ts';
import { hasLabels } from './label-selector.ts';
import { listen } from './listen.ts';
import { hasMetricsApi, serveMetrics } from './metrics-api.ts';
import { askForStream, type NodeProxy, podNamed, proxyToNode, serveLog } from './node-proxy.ts';
import { isPortForward, portOf, portProtocols } from './port-forward.ts';
import { serveRbac } from './rbac-api.ts';
import { type RequestKind, requestKind } from './request-kind.ts';
import { authenticate, readObject, sendJson, sendStatus, sendText } from './respond.ts';
import { sendList } from './send-list.ts';
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
  /** PEM: who issues the certificates of clients. */
  readonly clientCa: string;
  readonly store: Store;
  readonly authorizer: Authorizer;
  readonly tokens: Map<string, Identity>;
  /** Of a node: what a stream to one of its pods is connected to. */
  readonly streamsOf: (node: string) => Streams | undefined;
  readonly kubelets: DialOptions &
    Pick<NodeProxy, 'placeOf' | 'isDeleted' | 'inBetween' | 'tunnelFailure'>;
}

/** A request to the API server. */
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

/** A kube-apiserver with nodes, pod logs, RBAC, access reviews and the node proxy. */
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
    // It ends at the API server or at a kubelet, which say why.
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
  if (!authenticated) return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
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
  const node = /^\/api\/v1\/nodes(?:\/([^/]+))?$/.exec(url.pathname);
  if (node) return serveNodes(options, who, node[1], url.searchParams, request, response);
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
  const pod = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods(?:\/([^/]+))?$/.exec(url.pathname);
  if (pod && method === 'GET') return servePods(options, who, pod[1], pod[2], request, response);
  const deployment = /^\/apis\/apps\/v1(?:\/namespaces\/([^/]+))?\/deployments(?:\/([^/]+))?$/.exec(
    url.pathname,
  );
  if (deployment && method === 'GET' && options.store.list('deployments').length > 0) {
    const [, namespace, name] = deployment;
    return serveDeployments(options, who, { namespace, name }, request, response);
  }
  const monitor =
    /^\/apis\/(monitoring\.coreos\.com)\/(\w+)(?:\/namespaces\/([^/]+))?\/(\w+)$/.exec(
      url.pathname,
    );
  if (monitor && method === 'GET') {
    const [, apiGroup = '', version = '', namespace, resource = ''] = monitor;
    const [first, ...others] = options.store.list(resource);
    if (first) {
      const place = namespace === undefined ? {} : { namespace };
      const attributes = { verb: 'list', apiGroup, resource, name: '', ...place };
      if (!allow(options.authorizer, who, attributes, response)) return;
      const apiVersion = `${apiGroup}/${version}`;
      const kind = `${first.kind}List`;
      return sendJson(response, 200, { apiVersion, kind, items: [first, ...others] });
    }
  }
  const configMap = /^\/api\/v1\/namespaces\/([^/]+)\/configmaps\/([^/]+)$/.exec(url.pathname);
  if (configMap && method === 'GET')
    return serveConfigMap(options, who, configMap[1] ?? '', configMap[2] ?? '', response);
  const listed =
    /^\/api\/v1(?:\/namespaces\/([^/]+))?\/(namespaces|serviceaccounts|configmaps|secrets)$/.exec(
      url.pathname,
    );
  if (listed && method === 'GET')
    return serveList(
      options,
      who,
      { namespace: listed[1], resource: listed[2] ?? '' },
      request,
      response,
    );
  const account = /^\/api\/v1\/namespaces\/([^/]+)\/serviceaccounts(?:\/([^/]+)(\/token)?)?$/.exec(
    url.pathname,
  );
  if (account && method !== 'GET') {
    const [, namespace = '', name = '', token] = account;
    const serveAccount = token === undefined ? serveServiceAccounts : serveTokenRequest;
    return serveAccount(options, who, { namespace, name }, request, response);
  }
  if (url.pathname === '/apis/apiregistration.k8s.io/v1/apiservices' && method === 'GET') {
    const attributes = {
      ...{ verb: 'list', apiGroup: 'apiregistration.k8s.io' },
      ...{ resource: 'apiservices', name: '' },
    };
    if (!allow(options.authorizer, who, attributes, response)) return;
    const all = options.store.list('apiservices');
    return sendList(request, response, 'APIService', all, url.searchParams);
  }
  if (url.pathname.startsWith('/apis/apiregistration.k8s.io/') && method === 'GET')
    return serveApiService(options, who, url.pathname.split('/').at(-1) ?? '', response);
  if (method === 'GET' && serveMetrics(options, who, url, response)) return;
  const csr = /^\/apis\/certificates\.k8s\.io\/v1\/certificatesigningrequests(?:\/([^/]+))?$/.exec(
    url.pathname,
  );
  if (csr && method === 'GET') return serveSigningRequests(options, who, csr[1], response);
  const rbac =
    /^\/apis\/rbac\.authorization\.k8s\.io\/v1(?:\/namespaces\/([^/]+))?\/(clusterroles|clusterrolebindings|roles|rolebindings)(?:\/([^/]+))?$/.exec(
      url.pathname,
    );
  if (rbac) {
    const [, namespace, resource = '', rawName] = rbac;
    const name = rawName === undefined ? undefined : decodeURIComponent(rawName);
    const verb = method === 'GET' && name === undefined ? 'list' : verbOf(method);
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
  sendStatus(
    response,
    404,
    'NotFound',
    absentKind(url.pathname) ?? 'the server could not find the requested resource',
  );
}

/** Streams of a pod. kube-apiserver speaks v5 whatever the kubelet does, since 1.30. */
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
  if (!authenticated) return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
  const who = impersonated(request, authenticated);
  const attributes = { verb: 'create', apiGroup: '', resource: `pods/${verb}`, name, namespace };
  if (!allow(options.authorizer, who, attributes, response)) return;
  const pod = options.store.get('pods', `${namespace}/${name}`);
  const { nodeName: node = '' } = (pod?.['spec'] ?? {}) as { readonly nodeName?: string };
  const streams = pod && options.streamsOf(node);
  if (!streams)
    return sendStatus(response, 404, 'NotFound', `pods "${name}" not found`, {
      name,
      kind: 'pods',
    });
  // The kubelet of the node asks who calls it: kube-apiserver does.
  const server = identityOf(options.kubelets.clientCertificate());
  const onNode = { verb: 'create', apiGroup: '', resource: 'nodes/proxy', name: node };
  if (streams.isGuarded && !options.authorizer.authorize(server, onNode).allowed)
    return sendText(response, 403, forbidden(server.user, 'create', ['proxy'], options.minor));
  if (!isPortForward(pathname)) return accept(protocolsOf(37), streams.end);
  // As the kubelet says it.
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

/** Only system:masters may impersonate. */
function impersonated(request: IncomingMessage, who: Identity): Identity {
  const user = request.headers['impersonate-user'];
  if (typeof user !== 'string' || !who.groups.includes('system:masters')) return who;
  const groups = request.headersDistinct['impersonate-group'] ?? [];
  return { user, groups: [...groups, 'system:authenticated'] };
}

function serveNodes(
  options: ApiServerOptions,
  who: Identity,
  name: string | undefined,
  query: URLSearchParams,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const verb = name === undefined ? 'list' : 'get';
  if (
    !allow(
      options.authorizer,
      who,
      { verb, apiGroup: '', resource: 'nodes', name: name ?? '' },
      response,
    )
  )
    return;
  if (name !== undefined) {
    const node = options.kubelets.isDeleted(name) ? undefined : options.store.get('nodes', name);
    return node
      ? sendJson(response, 200, node)
      : sendStatus(response, 404, 'NotFound', `nodes "${name}" not found`, { name, kind: 'nodes' });
  }
  const selector = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  const all = options.store
    .list('nodes')
    .filter(({ metadata }) => hasLabels(metadata.labels ?? {}, selector))
    .filter(({ metadata }) => ['', `metadata.name=${metadata.name}`].includes(fields));
  sendList(request, response, 'Node', all, query);
}

function serveApiService(
  { authorizer, store }: ApiServerOptions,
  who: Identity,
  name: string,
  response: ServerResponse,
): void {
  const apiGroup = 'apiregistration.k8s.io';
  const resource = 'apiservices';
  if (!allow(authorizer, who, { verb: 'get', apiGroup, resource, name }, response)) return;
  const found = store.get(resource, name);
  if (found) return sendJson(response, 200, found);
  const kind = `${resource}.${apiGroup}`;
  sendStatus(response, 404, 'NotFound', `${kind} "${name}" not found`, { name, kind });
}

function serveConfigMap(
  { authorizer, store }: ApiServerOptions,
  who: Identity,
  namespace: string,
  name: string,
  response: ServerResponse,
): void {
  const resource = 'configmaps';
  const attributes = { verb: 'get', apiGroup: '', resource, namespace, name };
  if (!allow(authorizer, who, attributes, response)) return;
  const found = store.get(resource, `${namespace}/${name}`);
  if (found) return sendJson(response, 200, found);
  sendStatus(response, 404, 'NotFound', `${resource} "${name}" not found`, {
    name,
    kind: resource,
  });
}

function serveDeployments(
  { authorizer, store }: ApiServerOptions,
  who: Identity,
  {
    namespace,
    name,
  }: { readonly namespace: string | undefined; readonly name: string | undefined },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const resource = 'deployments';
  const verb = name === undefined ? 'list' : 'get';
  const inNamespace = namespace === undefined ? {} : { namespace };
  const attributes = { verb, apiGroup: 'apps', resource, name: name ?? '', ...inNamespace };
  if (!allow(authorizer, who, attributes, response)) return;
  const all = store
    .list(resource)
    .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace);
  if (name === undefined) {
    const { searchParams } = new URL(request.url ?? '/', 'https://apiserver');
    return sendList(request, response, 'Deployment', all, searchParams);
  }
  const found = all.find(({ metadata }) => metadata.name === name);
  if (found) return sendJson(response, 200, found);
  const details = { name, group: 'apps', kind: resource };
  sendStatus(response, 404, 'NotFound', `${resource}.apps "${name}" not found`, details);
}

/** The namespaces that have an object, or service accounts. */
function serveList(
  { authorizer, store }: ApiServerOptions,
  who: Identity,
  { namespace, resource }: { readonly namespace: string | undefined; readonly resource: string },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const attributes = {
    verb: 'list',
    apiGroup: '',
    resource,
    name: '',
    ...(namespace !== undefined && { namespace }),
  };
  if (!allow(authorizer, who, attributes, response)) return;
  const query = new URL(request.url ?? '/', 'https://apiserver').searchParams;
  if (resource === 'serviceaccounts') {
    const fields = query.get('fieldSelector') ?? '';
    const all = store
      .list(resource)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(({ metadata }) => ['', `metadata.name=${metadata.name}`].includes(fields));
    return sendList(request, response, 'ServiceAccount', all, query);
  }
  if (resource === 'configmaps' || resource === 'secrets') {
    const all = store.list(resource).filter(({ metadata }) => metadata.namespace === namespace);
    const kind = resource === 'secrets' ? 'Secret' : 'ConfigMap';
    return sendList(request, response, kind, all, query);
  }
  const used = ['pods', 'serviceaccounts'].flatMap((each) => store.list(each));
  const names = new Set(used.map(({ metadata }) => metadata.namespace ?? 'default'));
  const all = ['default', 'kube-system', ...names].map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }));
  sendList(
    request,
    response,
    'Namespace',
    [...new Map(all.map((each) => [each.metadata.name, each])).values()],
    query,
  );
}

function serveSigningRequests(
  { authorizer, store }: ApiServerOptions,
  who: Identity,
  name: string | undefined,
  response: ServerResponse,
): void {
  const apiGroup = 'certificates.k8s.io';
  const resource = 'certificatesigningrequests';
  const verb = name === undefined ? 'list' : 'get';
  if (!allow(authorizer, who, { verb, apiGroup, resource, name: name ?? '' }, response)) return;
  if (name === undefined)
    return sendJson(response, 200, {
      kind: 'CertificateSigningRequestList',
      apiVersion: `${apiGroup}/v1`,
      metadata: {},
      items: store.list(resource),
    });
  const found = store.get(resource, name);
  if (found) sendJson(response, 200, found);
  else
    sendStatus(response, 404, 'NotFound', `${resource}.${apiGroup} "${name}" not found`, {
      name,
      group: apiGroup,
      kind: resource,
    });
}

function servePods(
  options: ApiServerOptions,
  who: Identity,
  namespace: string | undefined,
  name: string | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const verb = name === undefined ? 'list' : 'get';
  const inNamespace = namespace === undefined ? {} : { namespace };
  const attributes = { verb, apiGroup: '', resource: 'pods', name: name ?? '', ...inNamespace };
  if (!allow(options.authorizer, who, attributes, response)) return;
  if (name === undefined) {
    const { searchParams } = new URL(request.url ?? '/', 'https://apiserver');
    const [, field, value] =
      /^(?:spec\.)?(nodeName|serviceAccountName|metadata\.name|status\.podIP)=(.*)$/.exec(
        searchParams.get('fieldSelector') ?? '',
      ) ?? [];
    const pods = options.store
      .list('pods')
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .filter(
        ({ metadata, spec, status }) =>
          field === undefined ||
          (
            {
              ...(spec as object),
              'metadata.name': metadata.name,
              'status.podIP': (status as { podIP?: string } | undefined)?.podIP,
            } as Record<string, unknown>
          )[field] === value,
      )
      .filter(({ metadata }) =>
        hasLabels(metadata.labels ?? {}, searchParams.get('labelSelector') ?? ''),
      );
    return sendList(request, response, 'Pod', pods, searchParams);
  }
  const pod = podNamed(options.store, { namespace: namespace ?? '', name }, response);
  if (pod) sendJson(response, 200, pod);
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
  const verdict = options.authorizer.authorize(subject, {
    verb: wanted['verb'] ?? '',
    apiGroup: wanted['group'] ?? '',
    resource,
    name: wanted['name'] ?? '',
  });
  sendJson(response, 201, { ...sent, status: verdict });
}

/** As the real one, which decodes a path and encodes it again; a query stays as it is. */
function escapedOnce(path: string): string {
  return encodeURI(decodeURIComponent(path)).replaceAll(/[?#]/g, encodeURIComponent);
}
