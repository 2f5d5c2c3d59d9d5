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

/** The API server, as the current context sees it. All but `send` and `read` throw ApiServerFailure for a 4xx or 5xx. */
export interface ApiServer {
  get<T>(path: string): Promise<T>;
  /** Undefined where the server says 404. */
  find<T>(path: string): Promise<T | undefined>;
  /** All pages of a list; a query may be part of the path. */
  list<T>(path: string): Promise<readonly T[]>;
  write<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, object: unknown): Promise<T>;
  /** An answer as it is, whatever its status. */
  send(request: Request, limits?: Limits): Promise<Answer>;
  /** The body of such an answer; cut at `maxBytes`. */
  read(answer: Answer, maxBytes: number, limits?: Limits): Promise<TextAnswer>;
  /** The same, by requests that go on though the program is being ended. */
  readonly uninterrupted: ApiServer;
  close(): void;
}

/** How many objects a page of a list has: kubectl's own chunk size. */
const pageSize = 500;

/** More than any page of a list has. */
const mostBytes = 256 * 1024 * 1024;

export interface ApiServerSettings {
  /** For what has no limits of its own. */
  readonly limits: Limits;
  /** In ms, told to the server as well; 0 if there is none, and no limit if it is less. */
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
  /** A certificate belongs to a connection: with another one, a plugin's next, comes another connection. */
  const transportWith = (clientCertificate: ClientCertificate | undefined) => {
    const tls = { ...connection.tls, clientCertificate };
    const { address, proxy } = connection;
    // As Go does, a proxy that speaks TLS is verified just as the server, and shown the same certificate.
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
      // A kubelet's own 401, which the node proxy passes on, is plain text.
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

/** kubectl says its limit to the server, too. A kubelet's own `timeout` is left as it is. */
function withTimeout(path: string, requestTimeout: number): string {
  if (requestTimeout === 0 || /[?&]timeout=/.test(path)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}timeout=${formatDuration(requestTimeout)}`;
}

/** Everything that an API server answers with has a kind. */
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
  return new Failure(`${server} does not answer as an API server does`, { cause });
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
