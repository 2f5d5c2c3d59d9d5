import { Failure } from '../../errors.ts';
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
import type { RequestLog } from '../transport/request-log.ts';
import type { ClientCertificate } from '../transport/tls.ts';
import {
  type Answer,
  openTransport,
  type Request,
  readText,
  type TextAnswer,
  type Transport,
} from '../transport/transport.ts';
import { ApiServerFailure, apiServerFailure } from './api-server-failure.ts';

interface ListOf<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly continue?: string };
}

/** The API server, as the caller of the current context. All but `send` and `read` throw ApiServerFailure for 4xx and 5xx. */
export interface ApiServer {
  get<T>(path: string): Promise<T>;
  /** Undefined for a 404. */
  find<T>(path: string): Promise<T | undefined>;
  /** All pages of a list. The path may have a query. */
  list<T>(path: string): Promise<readonly T[]>;
  write<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, object: unknown): Promise<T>;
  /** The answer, with any status. */
  send(request: Request, limits?: Limits): Promise<Answer>;
  /** The body of an answer, cut at `maxBytes`. */
  read(answer: Answer, maxBytes: number, limits?: Limits): Promise<TextAnswer>;
  /** The same API server, for requests that an interruption must not abort. */
  readonly uninterrupted: ApiServer;
  close(): void;
}

/** Objects per page of a list: kubectl's chunk size. */
const pageSize = 500;

/** Larger than any page of a list. */
const mostBytes = 256 * 1024 * 1024;

export interface ApiServerSettings {
  /** The default limits of a request. */
  readonly limits: Limits;
  /** In ms, also sent to the server; 0 if not set, and negative for no limit. */
  readonly requestTimeout: number;
  readonly log: RequestLog | undefined;
}

export function openApiServer(
  connection: ApiConnection,
  signal: AbortSignal,
  settings: ApiServerSettings,
): ApiServer {
  const interruptible = openWith(connection, signal, settings);
  let other: ApiServer | undefined;
  return {
    ...interruptible,
    get uninterrupted() {
      other ??= openApiServer(connection, new AbortController().signal, settings);
      return other;
    },
    close: () => {
      interruptible.close();
      other?.close();
    },
  };
}

function openWith(
  connection: ApiConnection,
  signal: AbortSignal,
  settings: ApiServerSettings,
): Omit<ApiServer, 'uninterrupted'> {
  const { server, credentials } = connection;
  const { limits: usualLimits, requestTimeout, log } = settings;
  const headers = { 'user-agent': userAgent, ...impersonationHeaders(connection.impersonate) };
  const transports = new Map<ClientCertificate | undefined, Transport>();
  /** Connections belong to one certificate: a plugin's next certificate needs new connections. */
  const transportWith = (clientCertificate: ClientCertificate | undefined) => {
    const tls = { ...connection.tls, clientCertificate };
    const { address, proxy } = connection;
    // As in Go, a proxy over TLS is verified like the server and gets the same client certificate.
    const route = proxy && { proxy, tls };
    const transport =
      transports.get(clientCertificate) ?? openTransport({ address, tls, route, log });
    transports.set(clientCertificate, transport);
    return transport;
  };

  const send = async (request: Request, limits = usualLimits) => {
    const credential = await credentials.current(signal);
    const { authorization } = credential;
    const whole = {
      ...request,
      path: withTimeout(request.path, requestTimeout),
      headers: { ...headers, ...(authorization && { authorization }), ...request.headers },
    };
    try {
      const answer = await transportWith(credential.clientCertificate).send(whole, signal, limits);
      // A kubelet's 401, passed on by the node proxy, is plain text.
      if (answer.status === 401 && isJson(answer)) await credentials.rejected(credential, signal);
      return answer;
    } catch (error) {
      throw unreachable(error, connection, limits);
    }
  };
  const read = async (answer: Answer, maxBytes: number, limits = usualLimits) => {
    try {
      return await readText(answer, signal, limits, maxBytes);
    } catch (error) {
      throw unreachable(error, connection, limits);
    }
  };
  const json = async <T>(request: Request): Promise<T> => {
    const headers = { accept: 'application/json', ...request.headers };
    const answer = await read(await send({ ...request, headers }), mostBytes);
    if (answer.status >= 400) throw apiServerFailure(answer);
    return parseObject<T>(answer.text, server);
  };
  const get = <T>(path: string) => json<T>({ method: 'GET', path });
  return {
    send,
    read,
    get,
    find: async <T>(path: string) => {
      try {
        return await get<T>(path);
      } catch (error) {
        if (error instanceof ApiServerFailure && error.status === 404) return undefined;
        throw error;
      }
    },
    list: async <T>(path: string) => {
      const items: T[] = [];
      let next = '';
      do {
        const from = next && `&continue=${encodeURIComponent(next)}`;
        const more = path.includes('?') ? '&' : '?';
        const page: ListOf<T> = await get(`${path}${more}limit=${pageSize}${from}`);
        if (page.items != null && !isListOfObjects(page.items)) throw notAnApiServer(server);
        items.push(...(page.items ?? []));
        next = page.metadata?.continue ?? '';
      } while (next !== '');
      return items;
    },
    write: <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, object: unknown) =>
      json<T>({
        method,
        path,
        body: JSON.stringify(object),
        headers: { 'content-type': 'application/json' },
      }),
    close: () => {
      for (const transport of transports.values()) transport.close();
    },
  };
}

function isJson({ headers }: Answer): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false;
}

/** kubectl also sends its timeout to the server. A `timeout` for a kubelet is kept. */
function withTimeout(path: string, requestTimeout: number): string {
  if (requestTimeout === 0 || /[?&]timeout=/.test(path)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}timeout=${formatDuration(requestTimeout)}`;
}

/** Every object of an API server has a kind. */
function parseObject<T>(text: string, server: string): T {
  let value: { readonly kind?: unknown } | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch (cause) {
    throw notAnApiServer(server, cause);
  }
  if (typeof value?.kind !== 'string') throw notAnApiServer(server);
  return value as T;
}

function isListOfObjects(items: unknown): boolean {
  return Array.isArray(items) && items.every((item) => typeof item === 'object' && item !== null);
}

function notAnApiServer(server: string, cause?: unknown): Failure {
  return new Failure(`unexpected response from ${server}: not a Kubernetes API object`, { cause });
}

function unreachable(error: unknown, connection: ApiConnection, limits: Limits): unknown {
  if (!(error instanceof TransportError)) return error;
  const { server, proxy, origin } = connection;
  const by = proxy ? ` through the proxy ${formatProxy(proxy)}` : '';
  const where = { hop: 'caller -> API server', address: hostOf(server) } as const;
  const { details, hints } = explanationLines(
    describeCause(findTransportCause(error, where), where),
  );
  return new Failure(
    `cannot reach the API server ${server}${by}: ${describeTransport(error, limits, where)}`,
    { cause: error, details, hints: origin === undefined ? hints : [origin] },
  );
}

/** `HOST:PORT` of a URL, or HOST. */
function hostOf(server: string): string | undefined {
  return URL.canParse(server) ? new URL(server).host : undefined;
}
