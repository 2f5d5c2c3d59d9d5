import { Failure, UsageFailure } from '../errors.ts';
import { causeOfTransport, describeTransport } from '../kubelet/cause.ts';
import type { Status } from '../objects.ts';
import { userAgent } from '../version.ts';
import type { ApiConnection } from './connection.ts';
import {
  type Answer,
  defaultLimits,
  type Limits,
  openTransport,
  type Request,
  readText,
  type TextAnswer,
  TransportError,
} from './transport.ts';

/** What the API server said no with: its Status, or the text of whatever answered in its place. */
export class ApiServerFailure extends Failure {
  readonly status: number;
  /** The server's words, without `Error from server`. */
  readonly words: string;

  constructor(status: number, reason: string, words: string) {
    if (status === 401) super('You must be logged in to the server (Unauthorized)');
    else super(`${reason && `(${reason})`}: ${words}`, { prefix: 'Error from server ' });
    this.status = status;
    this.words = words;
  }
}

interface ListOf<T> {
  readonly items?: readonly T[] | null;
  readonly metadata?: { readonly continue?: string };
}

/** The API server, as the current context sees it. All but `send` and `read` throw ApiServerFailure for a 4xx or 5xx. */
export interface ApiServer {
  get<T>(path: string): Promise<T>;
  /** Undefined where the server says 404. */
  find<T>(path: string): Promise<T | undefined>;
  list<T>(path: string): Promise<readonly T[]>;
  write<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, object: unknown): Promise<T>;
  /** An answer as it is, whatever its status. */
  send(request: Request, limits?: Limits): Promise<Answer>;
  /** The body of such an answer; cut at `maxBytes`. */
  read(answer: Answer, maxBytes: number, limits?: Limits): Promise<TextAnswer>;
  close(): void;
}

/** How many objects a page of a list has: kubectl's own chunk size. */
const pageSize = 500;

/** More than any page of a list has. */
const mostBytes = 256 * 1024 * 1024;

export function openApiServer(
  connection: ApiConnection,
  signal: AbortSignal,
  usualLimits: Limits = defaultLimits,
): ApiServer {
  const { server } = connection;
  const transport = openTransport(connection.address, connection.tls, requestHeaders(connection));

  const send = async (request: Request, limits = usualLimits) => {
    try {
      return await transport.send(request, signal, limits);
    } catch (error) {
      throw unreachable(error, server, limits);
    }
  };
  const read = async (answer: Answer, maxBytes: number, limits = usualLimits) => {
    try {
      return await readText(answer, signal, limits, maxBytes);
    } catch (error) {
      throw unreachable(error, server, limits);
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
        const page: ListOf<T> = await get(`${path}?limit=${pageSize}${from}`);
        if (page.items != null && !Array.isArray(page.items)) throw notAnApiServer(server);
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
    close: transport.close,
  };
}

function requestHeaders(connection: ApiConnection): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'user-agent': userAgent };
  if (connection.bearerToken !== undefined)
    headers['authorization'] = `Bearer ${connection.bearerToken}`;
  else if (connection.basic) {
    const { username, password } = connection.basic;
    const encoded = Buffer.from(`${username}:${password}`).toString('base64');
    headers['authorization'] = `Basic ${encoded}`;
  }
  const { impersonate } = connection;
  if (!impersonate) return headers;
  headers['impersonate-user'] = headerValue(impersonate.user);
  if (impersonate.groups.length > 0)
    headers['impersonate-group'] = impersonate.groups.map(headerValue);
  if (impersonate.uid !== '') headers['impersonate-uid'] = headerValue(impersonate.uid);
  for (const [key, values] of Object.entries(impersonate.extra))
    headers[`impersonate-extra-${headerKey(key)}`] = values.map(headerValue);
  return headers;
}

/** Names go as UTF-8, byte for byte, as kubectl sends them; Node writes each character of a header as one byte. */
function headerValue(text: string): string {
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(text))
    throw new UsageFailure('a name to impersonate has characters that no HTTP header can carry');
  return Buffer.from(text, 'utf8').toString('latin1');
}

function headerKey(key: string): string {
  return encodeURIComponent(key.toLowerCase()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}

/** Reads a Status, or the plain text of a proxy or a kubelet that answered in the API server's place. */
export function apiServerFailure({ status, text }: TextAnswer): ApiServerFailure {
  const parsed = parseStatus(text);
  if (parsed) return new ApiServerFailure(status, parsed.reason ?? '', parsed.message ?? '');
  return new ApiServerFailure(status, '', text.trim().slice(0, 1000) || `HTTP ${status}`);
}

/** A Status object, if the text is one. */
export function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Status;
    return value.kind === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
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

function notAnApiServer(server: string, cause?: unknown): Failure {
  return new Failure(`${server} does not answer as an API server does`, { cause });
}

function unreachable(error: unknown, server: string, limits: Limits): unknown {
  if (!(error instanceof TransportError)) return error;
  const hints =
    causeOfTransport(error) === 'connection refused'
      ? ['is the API server up, and the address right? kubectl cluster-info']
      : [];
  return new Failure(`cannot reach the API server ${server}: ${describeTransport(error, limits)}`, {
    cause: error,
    hints,
  });
}
