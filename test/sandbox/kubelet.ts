import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import type { Authority, KeyPair } from '../kit/certificates.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import { kubeletBody } from './kubelet-bodies.ts';
import { authenticate, readBody, sendText } from './respond.ts';

/** What goes wrong with a kubelet, on purpose. `silent` accepts connections and says nothing; `cut-off` cannot ask the API server;
 * `stall` never ends its answers; `portal` is no kubelet; `liar` says that it refuses a service account. */
export type Fault =
  | 'none'
  | 'wrong-name'
  | 'expired'
  | 'silent'
  | 'no-answer'
  | 'cut'
  | 'stall'
  | 'portal'
  | 'liar'
  | 'unauthorized'
  | 'cut-off';

export interface KubeletOptions {
  readonly name: string;
  readonly minor: number;
  readonly authority: Authority;
  readonly authorizer: Authorizer;
  readonly tokens: ReadonlyMap<string, Identity>;
  readonly fault: Fault;
  /** How long an answer of the authorizer is kept (a real kubelet: 30 s for a deny, 5 min for an allow). */
  readonly cacheMs: { readonly denied: number; readonly allowed: number };
}

export interface SandboxKubelet {
  readonly name: string;
  readonly port: number;
  /** What reached it and got as far as a request: `GET /healthz`. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** A kubelet's HTTPS server: genuine TLS, RBAC asked for each request, a kubelet's words. */
export async function startKubelet(options: KubeletOptions): Promise<SandboxKubelet> {
  const requests: string[] = [];
  const server =
    options.fault === 'silent' ? createTcpServer() : await httpsServer(options, requests);
  const sockets = trackSockets(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    name: options.name,
    port: (server.address() as AddressInfo).port,
    requests,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function httpsServer(options: KubeletOptions, requests: string[]): Promise<Server> {
  const authorize = cachedAuthorizer(options);
  const tls = { ca: options.authority.cert, requestCert: true, rejectUnauthorized: false };
  return createServer({ ...(await servingCertificate(options)), ...tls }, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    serve(options, authorize, request, response).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
}

function trackSockets(server: TcpServer): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  return sockets;
}

function servingCertificate({ name, authority, fault }: KubeletOptions): Promise<KeyPair> {
  const day = 86_400_000;
  return authority.issue({
    commonName: `system:node:${name}`,
    organizations: ['system:nodes'],
    usage: 'server',
    ...(fault === 'wrong-name'
      ? { dnsNames: ['elsewhere'], ips: ['10.0.0.1'] }
      : { dnsNames: [name], ips: ['127.0.0.1', '::1'] }),
    ...(fault === 'expired'
      ? { notBefore: new Date(Date.now() - 3 * day), notAfter: new Date(Date.now() - day) }
      : {}),
  });
}

type Authorize = (who: Identity, verb: string, subresource: string) => boolean;

function cachedAuthorizer({ name, authorizer, cacheMs }: KubeletOptions): Authorize {
  const cache = new Map<string, { readonly allowed: boolean; readonly until: number }>();
  return (who, verb, subresource) => {
    const key = JSON.stringify([who, verb, subresource]);
    const cached = cache.get(key);
    if (cached && cached.until > Date.now()) return cached.allowed;
    const { allowed } = authorizer.authorize(who, {
      verb,
      apiGroup: '',
      resource: `nodes/${subresource}`,
      name,
    });
    cache.set(key, { allowed, until: Date.now() + (allowed ? cacheMs.allowed : cacheMs.denied) });
    return allowed;
  };
}

async function serve(
  options: KubeletOptions,
  authorize: Authorize,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  if (options.fault === 'no-answer') return;
  if (options.fault === 'portal') return sendText(response, 200, '<html>');
  const root = `/${pathname.split('/')[1]}`;
  // Before authentication, as the router of the real one does.
  if (['/stats', '/logs', '/runningpods', '/checkpoint', '/debug/pprof'].includes(pathname)) {
    response.writeHead(307, { location: `${pathname}/` }).end();
    return;
  }
  if (!isServed(pathname, root, options.minor))
    return sendText(response, 404, '404 page not found\n');
  if (options.fault === 'liar') {
    const user = 'system:serviceaccount:evil:evil';
    return sendText(response, 403, forbidden(user, 'get', ['proxy'], options.minor));
  }
  const who = authenticate(request, options.tokens);
  if (!who || options.fault === 'unauthorized') return sendText(response, 401, 'Unauthorized');
  const { verb, tried } = attributes(request.method ?? '', pathname, options.minor);
  if (options.fault === 'cut-off')
    return sendText(
      response,
      500,
      `Authorization error (user=${who.user}, verb=${verb}, resource=nodes, subresource=${tried[0]})`,
    );
  if (!tried.some((subresource) => authorize(who, verb, subresource)))
    return sendText(response, 403, forbidden(who.user, verb, tried, options.minor));
  const body = request.method === 'GET' || request.method === 'HEAD' ? '' : await readBody(request);
  const answer = kubeletBody({
    method: request.method ?? '',
    pathname,
    query: searchParams,
    body,
    node: options.name,
    minor: options.minor,
  });
  if (options.fault === 'stall') {
    response.writeHead(200).write('and then');
    return;
  }
  if (options.fault === 'cut') {
    response.writeHead(200, { 'content-length': '1000000' }).write('the first few bytes');
    setTimeout(() => response.destroy(), 50);
    return;
  }
  response.writeHead(answer.status, answer.headers);
  if (answer.stream) answer.stream.pipe(response);
  else response.end(answer.body);
}

/** The two shapes that kubelets have had: one subresource up to 1.31, then a list and a line end. */
function forbidden(user: string, verb: string, tried: readonly string[], minor: number): string {
  if (minor <= 31)
    return `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource=${tried[0]})`;
  return `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${tried.join(' ')}])\n`;
}

const exactPaths = [
  '/metrics',
  '/metrics/cadvisor',
  '/metrics/resource',
  '/metrics/probes',
  '/metrics/slis',
  '/healthz',
  '/healthz/ping',
  '/healthz/log',
  '/healthz/syncloop',
  '/configz',
  '/debug/flags/v',
];
const trees = [
  '/pods',
  '/runningpods',
  '/stats',
  '/logs',
  '/checkpoint',
  '/run',
  '/exec',
  '/attach',
  '/portForward',
  '/containerLogs',
];

function isServed(pathname: string, root: string, minor: number): boolean {
  if (exactPaths.includes(pathname) || trees.includes(root)) return true;
  if (pathname === '/statusz' || pathname === '/flagz') return minor >= 36;
  return pathname.startsWith('/debug/pprof/');
}

// Measured on 1.31.14 and 1.37.2, path by path; the program has its own table, derived from the kubelet's source.
function attributes(
  method: string,
  pathname: string,
  minor: number,
): { verb: string; tried: readonly string[] } {
  const verb =
    new Map([
      ['GET', 'get'],
      ['POST', 'create'],
      ['PUT', 'update'],
      ['PATCH', 'patch'],
      ['DELETE', 'delete'],
    ]).get(method) ?? '';
  const root = pathname.split('/')[1] ?? '';
  const alone = new Map([
    ['stats', 'stats'],
    ['metrics', 'metrics'],
    ['logs', 'log'],
    ['checkpoint', 'checkpoint'],
    ['statusz', 'statusz'],
    ['flagz', 'configz'],
  ]).get(root);
  if (alone) return { verb, tried: [alone] };
  const fine = new Map([
    ['pods', 'pods'],
    ['runningpods', 'pods'],
    ['healthz', 'healthz'],
    ['configz', 'configz'],
  ]).get(root);
  return { verb, tried: fine !== undefined && minor >= 33 ? [fine, 'proxy'] : ['proxy'] };
}
