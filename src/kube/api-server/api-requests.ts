import { Failure, orThrow } from '../../errors.ts';
import {
  describeCause,
  describeTransport,
  explanationLines,
  findTransportCause,
} from '../../kubelet/causes/causes.ts';
import { formatDuration } from '../../text/duration.ts';
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

export interface ApiServerSettings {
  readonly limits: Limits;
  /** The value of --request-timeout in ms, also sent to the server; 0 if not set, negative for no limit. */
  readonly requestTimeout: number;
  readonly log: RequestLog | undefined;
}

export type ApiRequests = ReturnType<typeof openRequests>;

/** Opens requests with the credentials of a connection. A request without a response throws an error that explains why. */
export function openRequests(
  connection: ApiConnection,
  signal: AbortSignal,
  settings: ApiServerSettings,
) {
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
  const where = { hop: 'caller -> API server', address: hostOf(server) } as const;
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
