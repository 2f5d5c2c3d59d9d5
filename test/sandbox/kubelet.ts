import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Authority, KeyPair } from '../kit/certificates.ts';
import type { Authorizer, Identity } from './authorizer.ts';
import type { BlackHole } from './black-hole.ts';
import { differenceOf, type Fault } from './faults.ts';
import { kubeletBody } from './kubelet-bodies.ts';
import { attributes, isDebugPath, isServed } from './kubelet-paths.ts';
import {
  alertingServer,
  closedPort,
  gibberishServer,
  type Listener,
  listen,
  plainServer,
  silentServer,
} from './listen.ts';
import type { NodeContents } from './node-contents.ts';
import { createNodeLogs, type NodeLogs } from './node-logs.ts';
import { isPortForward, portOf, portProtocols } from './port-forward.ts';
import { callOf, logCall } from './request-log.ts';
import { authenticate, readBody, sendStatus, sendText } from './respond.ts';
import { servingCertificate } from './serving-certificate.ts';
import {
  isStream,
  opensStream,
  protocolsOf,
  type StreamEnd,
  type Streams,
  serveUpgrades,
} from './streams.ts';

/** Options that all kubelets of a sandbox share. */
export interface KubeletOptions {
  readonly minor: number;
  readonly authority: Authority;
  /** The CA of client certificates, in PEM. */
  readonly clientCa: string;
  readonly authorizer: Authorizer;
  readonly tokens: ReadonlyMap<string, Identity>;
  /** The path of the folder with the logs of all nodes. */
  readonly directory: string;
  /** How long the kubelet caches decisions, in ms. A real kubelet caches denials for 30 s, and permissions for 5 min. */
  readonly cacheMs: { readonly denied: number; readonly allowed: number };
  /** Returns what a node runs and reports. */
  readonly contentsOf: (node: string, logs: NodeLogs) => NodeContents;
  /** The handlers of streams of each kubelet. */
  readonly streams: Streams;
}

export interface SandboxKubelet {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly faults: ReadonlySet<Fault>;
  /** Requests that the kubelet received, such as `GET /healthz`. */
  readonly requests: readonly string[];
  readonly logs: NodeLogs;
  readonly streams: Streams;
  stop(): Promise<void>;
}

/** Starts a kubelet, or another server if the faults require one. */
export async function startKubelet(
  options: KubeletOptions,
  name: string,
  faults: ReadonlySet<Fault>,
  blackHole: () => Promise<BlackHole>,
): Promise<SandboxKubelet> {
  const requests: string[] = [];
  const logs = createNodeLogs(options.directory, name);
  const contents = options.contentsOf(name, logs);
  const streams = { ...options.streams };
  const difference = differenceOf(faults);
  const { host = '127.0.0.1' } = difference;
  const open = async (): Promise<Listener> => {
    switch (difference.port) {
      case 'closed':
        return unowned(closedPort);
      case 'black-hole':
        return unowned((await blackHole()).port);
      case 'silent':
        return listen(silentServer(), host);
      case 'alert':
        return listen(alertingServer(), host);
      case 'plain':
        return listen(plainServer(), host);
      default: {
        const serving = await servingCertificate(
          name,
          ['127.0.0.1', '::1'],
          options.authority,
          difference,
        );
        if (difference.port === 'gibberish') return listen(gibberishServer(serving), host);
        return listen(
          kubeletServer(options, serving, () => ({
            name,
            faults,
            requests,
            logs,
            contents,
            streams,
          })),
          host,
        );
      }
    }
  };
  return { name, host, faults, requests, logs, streams, ...(await open()) };
}

/** Wraps a port that another part of the sandbox closes. */
function unowned(port: number): Listener {
  return { port, stop: async () => {} };
}

/** A kubelet of a server. Several kubelets may share one server. */
export interface Served {
  readonly name: string;
  readonly faults: ReadonlySet<Fault>;
  readonly requests: string[];
  readonly logs: NodeLogs;
  readonly contents: NodeContents;
  readonly streams: Streams;
}

/** Creates an HTTPS server with real TLS, RBAC for each request, and the messages of a kubelet. */
export function kubeletServer(
  options: KubeletOptions,
  serving: KeyPair,
  servedAt: (localAddress: string) => Served | undefined,
): Server {
  const authorize = cachedAuthorizer(options);
  const tls = { ca: options.clientCa, requestCert: true, rejectUnauthorized: false };
  const answer = (request: IncomingMessage, response: ServerResponse, accept?: Accept) => {
    const kubelet = servedAt(request.socket.localAddress ?? '');
    if (!kubelet) {
      response.destroy();
      return;
    }
    kubelet.requests.push(`${request.method} ${request.url}`);
    const { name, logs } = kubelet;
    if (logs.hasRequests)
      response.once('finish', () => logCall(logs, name, callOf(request, response.statusCode)));
    serve(options, kubelet, authorize, request, response, accept).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  };
  const server = createServer({ ...serving, ...tls }, answer);
  serveUpgrades(server, answer);
  return server;
}

/** Upgrades a request to a stream with one of the protocols. */
type Accept = (protocols: readonly string[], end: StreamEnd) => void;

type Authorize = (node: string, who: Identity, verb: string, subresource: string) => boolean;

function cachedAuthorizer({ authorizer, cacheMs }: KubeletOptions): Authorize {
  const cache = new Map<string, { readonly allowed: boolean; readonly until: number }>();
  return (node, who, verb, subresource) => {
    const key = JSON.stringify([node, who, verb, subresource]);
    const cached = cache.get(key);
    if (cached && cached.until > Date.now()) return cached.allowed;
    const { allowed } = authorizer.authorize(who, {
      verb,
      apiGroup: '',
      resource: `nodes/${subresource}`,
      name: node,
    });
    cache.set(key, { allowed, until: Date.now() + (allowed ? cacheMs.allowed : cacheMs.denied) });
    return allowed;
  };
}

async function serve(
  { minor, tokens }: KubeletOptions,
  { name: node, faults, logs, contents, streams }: Served,
  authorize: Authorize,
  request: IncomingMessage,
  response: ServerResponse,
  accept?: Accept,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
  if (faults.has('no-answer')) return;
  if (faults.has('portal')) return sendText(response, 200, '<html>');
  // Real kubelets also redirect these paths before authentication.
  if (['/stats', '/logs', '/runningpods', '/checkpoint', '/debug/pprof'].includes(pathname)) {
    response.writeHead(307, { location: `${pathname}/` }).end();
    return;
  }
  const handlersOff = faults.has('handlers-off');
  if (!isServed(pathname, minor, handlersOff))
    return sendText(response, 404, '404 page not found\n');
  const claimed = faults.has('liar') ? 'system:serviceaccount:evil:evil' : 'jane';
  if (faults.has('liar') || faults.has('thief'))
    return sendText(response, 403, forbidden(claimed, 'get', ['proxy'], minor));
  if (faults.has('forger'))
    return sendStatus(
      response,
      403,
      `nodes "${node}" is forbidden: User "admin" cannot get resource "nodes/proxy" in API group "" at the cluster scope`,
    );
  const given = authenticate(request, tokens);
  const who = given === undefined && faults.has('anonymous') ? anonymous : given;
  if (!who || faults.has('unauthorized')) return sendText(response, 401, 'Unauthorized');
  const { verb, tried } = attributes(
    request.method ?? '',
    pathname,
    faults.has('no-finer-permissions') ? Math.min(minor, 32) : minor,
  );
  const isAllowed = faults.has('always-allow');
  if (faults.has('cut-off') && !isAllowed)
    return sendText(
      response,
      500,
      `Authorization error (user=${who.user}, verb=${verb}, resource=nodes, subresource=${tried[0]})`,
    );
  if (!isAllowed && !tried.some((subresource) => authorize(node, who, verb, subresource)))
    return sendText(response, 403, forbidden(who.user, verb, tried, minor));
  if (handlersOff && isDebugPath(pathname))
    return sendText(response, 405, 'Debug endpoints are disabled.\n');
  if (accept && isPortForward(pathname)) {
    if (portOf(request) === undefined)
      return sendText(response, 400, 'query parameter "port" is required');
    return accept(portProtocols, streams.port);
  }
  if (accept && isStream(request) && opensStream(request))
    return accept(protocolsOf(minor), streams.end);
  if (faults.has('unhealthy') && pathname === '/healthz')
    return sendText(
      response,
      500,
      '[+]ping ok\n[+]log ok\n[-]syncloop failed: reason withheld\nhealthz check failed\n',
    );
  const body = request.method === 'GET' || request.method === 'HEAD' ? '' : await readBody(request);
  const answer = kubeletBody({
    method: request.method ?? '',
    pathname,
    query: searchParams,
    body,
    node,
    minor,
    faults,
    ran: pathname.startsWith('/run/')
      ? await streams.run?.((searchParams.get('cmd') ?? '').split(' '), pathname)
      : undefined,
    headers: request.headers as Readonly<Record<string, string | undefined>>,
    logs,
    contents,
  });
  if (faults.has('stall')) {
    response.writeHead(200).write('and then');
    return;
  }
  if (faults.has('cut')) {
    response.writeHead(200, { 'content-length': '1000000' }).write('the first few bytes');
    setTimeout(() => response.destroy(), 50);
    return;
  }
  const accepted = request.headers['accept-encoding'];
  if (isCompressed(pathname, searchParams, accepted) && answer.body && answer.status === 200) {
    response.writeHead(answer.status, { ...answer.headers, 'content-encoding': 'gzip' });
    response.end(gzipSync(answer.body));
    return;
  }
  response.writeHead(answer.status, answer.headers);
  if (answer.stream) {
    const { stream } = answer;
    let sent = 0;
    stream.on('data', (chunk: Buffer) => {
      sent += chunk.length;
    });
    stream.pipe(response, { end: false });
    stream.once('end', () => {
      // Go closes the connection if the file has become shorter than Content-Length.
      if (sent < Number(answer.headers['content-length'] ?? 0)) response.destroy();
      else response.end();
    });
    response.once('close', () => stream.destroy());
  } else response.end(answer.body);
}

/**
 * Whether a kubelet compresses a response. It compresses metrics if the client accepts gzip, and log queries only if the client accepts
 * nothing but gzip.
 */
function isCompressed(
  pathname: string,
  query: URLSearchParams,
  accepted: string | string[] | undefined,
): boolean {
  if (pathname.startsWith('/metrics')) return /\bgzip\b/.test(String(accepted));
  return pathname === '/logs/' && query.has('query') && accepted === 'gzip';
}

const anonymous: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Formats a 403. Kubelets up to 1.31 name one subresource; later kubelets name a list, and add a line break. */
export function forbidden(
  user: string,
  verb: string,
  tried: readonly string[],
  minor: number,
): string {
  if (minor <= 31)
    return `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource=${tried[0]})`;
  return `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[${tried.join(' ')}])\n`;
}
