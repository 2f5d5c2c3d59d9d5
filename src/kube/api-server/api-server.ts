import { Failure, orThrow } from '../../errors.ts';
import {
  describeCause,
  describeTransport,
  explanationLines,
  findTransportCause,
} from '../../kubelet/causes/causes.ts';
import { formatDuration } from '../../text/duration.ts';
import { summarizeUnread, type Unread } from '../../unread.ts';
import { userAgent } from '../../version.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import { impersonationHeaders } from '../config/impersonation.ts';
import { TransportError } from '../transport/error.ts';
import type { Limits } from '../transport/limits.ts';
import { formatProxy } from '../transport/proxy.ts';
import type { RequestLog, Wait } from '../transport/request-log.ts';
import {
  type HttpResponse,
  openTransport,
  type Request,
  readText,
  transportsByCertificate,
} from '../transport/transport.ts';
import { retryAfterMs, type Tried, tryAgain } from '../try-again.ts';
import { apiServerFailure, isNotFound } from './api-server-failure.ts';
import { decodeObject, parseJson, unreadable } from './decode.ts';
import type { Kind } from './kinds.ts';
import { type Listed, readPages } from './list-pages.ts';

/**
 * Requests to the API server with the caller's credentials. The methods that take a `kind` throw an ApiServerFailure for 4xx and 5xx, and a
 * Failure of the kind `unreadable` for a response that is not of that `kind`.
 */
export interface ApiServer extends ApiRequests, Disposable {
  get<T>(path: string, kind: Kind<T>): Promise<T>;
  /** Like `get`, but undefined if the object does not exist. */
  find<T>(path: string, kind: Kind<T>): Promise<T | undefined>;
  /** Reads all pages of a list, or fails: for who decides by the absence of an object. The path may have a query. */
  list<T>(path: string, kind: Kind<T>): Promise<readonly T[]>;
  /** Like `list`, but leaves out objects that cannot be read, which the caller reports. */
  listReadable<T>(path: string, kind: Kind<T>): Promise<Listed<T>>;
  /** Like `listReadable`, but notes at the end of the command which objects are left out; it then exits with 4 in place of 0. */
  listNoted<T>(path: string, kind: Kind<T>): Promise<Listed<T>>;
  write<T>(method: WriteMethod, path: string, object: unknown, kind: Kind<T>): Promise<T>;
}

type WriteMethod = 'POST' | 'PUT' | 'DELETE';

/** Limits of a response body, in bytes. etcd stores objects of up to 1.5 MiB. A page of a list is read as one object. */
const most = { failure: 64 * 1024, object: 16 * 1024 * 1024 } as const;

/** Time limit for reading all pages of a list, in ms; --request-timeout replaces it. */
const longestList = 300_000;

export function openApiServer(
  connection: ApiConnection,
  signal: AbortSignal,
  settings: ApiServerSettings,
): ApiServer {
  const requests = openRequests(connection, signal, settings);
  const json = async (request: Request, limits?: Limits) => {
    const headers = { accept: 'application/json', ...request.headers };
    const response = await requests.send({ ...request, headers }, limits);
    const failed = response.status >= 400;
    const read = await requests.read(response, most[failed ? 'failure' : 'object'], limits);
    if (failed) throw apiServerFailure(read);
    return parseJson(request, read, most.object);
  };
  /**
   * Resolves when the most recently requested page of any list is read. Pages are read one after another, so that only one page is in
   * memory as text.
   */
  let lastPage: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    const turn = lastPage.then(read);
    lastPage = turn.catch(() => {});
    return turn;
  };
  const get = async <T>(path: string, kind: Kind<T>) => {
    const { accept } = kind;
    const request = { method: 'GET', path, ...(accept && { headers: { accept } }) };
    return decodeObject(request, await json(request), kind);
  };
  const listReadable = async <T>(path: string, kind: Kind<T>) => {
    const { limits: usualLimits, requestTimeout } = settings;
    const ms = requestTimeout > 0 ? usualLimits.responseMs : longestList;
    const limits = { ...usualLimits, deadline: performance.now() + ms };
    return readPages(path, kind, (page) =>
      inTurn(() => json({ method: 'GET', path: page }, limits)),
    );
  };
  return {
    ...requests,
    get,
    find: async (path, kind) => {
      try {
        return await get(path, kind);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    listReadable,
    listNoted: async (path, kind) => {
      const listed = await listReadable(path, kind);
      settings.noteUnread(listed.unread);
      return listed;
    },
    list: async (path, kind) => {
      const { items, unread } = await listReadable(path, kind);
      if (unread.length === 0) return items;
      throw unreadable(
        { method: 'GET', path },
        `an unreadable ${kind.kind}List: ${summarizeUnread(unread)}`,
      );
    },
    write: async (method, path, object, kind) => {
      const body = JSON.stringify(object);
      const headers = { 'content-type': 'application/json' };
      const request = { method, path, body, headers };
      return decodeObject(request, await json(request), kind);
    },
    close: requests.close,
    [Symbol.dispose]: requests.close,
  };
}

export interface ApiServerSettings {
  readonly limits: Limits;
  /** The value of --request-timeout in ms, also sent to the server; 0 if not set, negative for no limit. */
  readonly requestTimeout: number;
  readonly log: RequestLog | undefined;
  /** Called with the objects that `listNoted` leaves out. */
  readonly noteUnread: (unread: readonly Unread[]) => void;
}

type ApiRequests = ReturnType<typeof openRequests>;

/** Opens requests with the credentials of a connection. A request without a response throws an error that explains why. */
function openRequests(connection: ApiConnection, signal: AbortSignal, settings: ApiServerSettings) {
  const { server, credentials } = connection;
  const { limits: usualLimits, requestTimeout, log } = settings;
  const headers = { 'user-agent': userAgent, ...impersonationHeaders(connection.impersonate) };
  const transports = transportsByCertificate((clientCertificate) => {
    const tls = { ...connection.tls, clientCertificate };
    const { address, proxy } = connection;
    // As in Go, the TLS settings of the server also apply to an https proxy: its certificate is verified by the same CA, and it gets the
    // same client certificate.
    const route = proxy && { proxy, tls };
    return openTransport({ address, tls, route, log });
  });
  const orUnreachable = <T>(asked: Promise<T>, limits: Limits) =>
    orThrow(asked, (error) => unreachable(error, connection, limits));

  const authorized = async (request: Request) => {
    const credential = await credentials.current(signal);
    const { authorization } = credential;
    const own = { ...headers, ...(authorization && { authorization }), ...request.headers };
    const transport = transports.transportWith(credential.clientCertificate);
    return { credential, transport, whole: { ...request, headers: own } };
  };
  const sendOnce = async (request: Request, limits: Limits) => {
    const path = withTimeout(request.path, requestTimeout);
    const { credential, transport, whole } = await authorized({ ...request, path });
    const response = await orUnreachable(transport.send(whole, signal, limits), limits);
    // Only a 401 in JSON comes from the API server: the node proxy passes on a kubelet's 401 as plain text.
    if (response.status === 401 && isJson(response)) await credentials.rejected(credential, signal);
    return response;
  };
  return {
    /** Sends a request and returns the response, whatever its status. */
    send: (request: Request, limits: Limits = usualLimits) =>
      isProxied(request.path)
        ? sendOnce(request, limits)
        : sendAndRetry(
            (within) => sendOnce(request, within),
            limits,
            signal,
            (wait) => log?.waits({ method: request.method, url: server + request.path }, wait),
          ),
    /** Reads the body of a response, cut at `maxBytes`. */
    read: (response: HttpResponse, maxBytes: number, limits: Limits = usualLimits) =>
      orUnreachable(readText(response, signal, limits, maxBytes), limits),
    /** Opens a connection for a request that upgrades the protocol. */
    dial: async (request: Request, limits: Limits = usualLimits) => {
      const { transport, whole } = await authorized(request);
      return orUnreachable(transport.dial(whole, signal, limits), limits);
    },
    unreachable: (error: unknown, limits: Limits = usualLimits) =>
      unreachable(error, connection, limits),
    close: transports.close,
  };
}

function isJson({ headers }: HttpResponse): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false;
}

/** Whether a kubelet serves the path. Requests to kubelets are not repeated, because an action must not run twice. */
function isProxied(path: string): boolean {
  return /^\/api\/v1\/nodes\/[^/]+\/proxy\//.test(path);
}

/**
 * Adds the timeout to the query, as kubectl does; requests to the node proxy get it, too. A `timeout` that is already in the path is kept.
 */
function withTimeout(path: string, requestTimeout: number): string {
  if (requestTimeout === 0 || /[?&]timeout=/.test(path)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}timeout=${formatDuration(requestTimeout)}`;
}

function unreachable(error: unknown, connection: ApiConnection, limits: Limits): unknown {
  if (!(error instanceof TransportError)) return error;
  const { server, proxy, origin } = connection;
  const by = proxy ? ` through the proxy ${formatProxy(proxy)}` : '';
  const where = { hop: 'caller-to-apiserver', address: hostOf(server) } as const;
  const explained = explanationLines(describeCause(findTransportCause(error, where), where));
  const message = `cannot reach the API server ${server}${by}: ${describeTransport(error, limits, where)}`;
  // If no server is configured, the failure has no kind: for the kind `API server unreachable`, callers would suggest direct requests to
  // kubelets.
  if (origin !== undefined)
    return new Failure(message, { cause: error, ...explained, hints: [origin] });
  return new Failure(message, { kind: 'API server unreachable', cause: error, ...explained });
}

/** Returns `HOST:PORT` of a URL, or `HOST` for the default port. */
function hostOf(server: string): string | undefined {
  return URL.canParse(server) ? new URL(server).host : undefined;
}

/** Maximum number of retries. It is the same in client-go, which also repeats requests of every method: rest/with_retry.go. */
const mostRetries = 10;

/**
 * Repeats a request while the response is a 429 or 5xx with a Retry-After. The limits of one request apply to all attempts together. If
 * Retry-After exceeds them, the response is returned.
 */
async function sendAndRetry(
  send: (limits: Limits) => Promise<HttpResponse>,
  limits: Limits,
  signal: AbortSignal,
  waits: (wait: Wait) => void,
): Promise<HttpResponse> {
  const deadline = Math.min(limits.deadline, performance.now() + limits.responseMs);
  const waitAfter = ({ value: response }: Tried<HttpResponse>, attempt: number) => {
    const ms = response && attempt <= mostRetries ? retryAfterMs(response, Date.now()) : undefined;
    if (ms === undefined || performance.now() + ms >= deadline) return undefined;
    response?.body.destroy();
    waits({ ms, attempt });
    return ms;
  };
  const again: Limits = { ...limits, deadline, isBodyFree: true };
  const attempt = (count: number) => send(count === 1 ? limits : again);
  return tryAgain(attempt, waitAfter, signal);
}
