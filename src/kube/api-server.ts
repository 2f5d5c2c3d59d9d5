import { Failure } from '../errors.ts';
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
  TransportError,
} from './transport.ts';

/** What the API server said no with: its Status, or the text of whatever answered in its place. */
export class ApiServerFailure extends Failure {
  readonly status: number;
  readonly reason: string;
  /** The server's words, without `Error from server`. */
  readonly words: string;

  constructor(status: number, reason: string, words: string) {
    if (status === 401) super('You must be logged in to the server (Unauthorized)');
    else super(`${reason === '' ? '' : `(${reason})`}: ${words}`, { prefix: 'Error from server ' });
    this.status = status;
    this.reason = reason;
    this.words = words;
  }
}

interface ListOf<T> {
  readonly items: readonly T[];
  readonly metadata?: { readonly continue?: string };
}

/** The API server, as the current context sees it. Each call throws ApiServerFailure for a 4xx or 5xx. */
export interface ApiServer {
  /** For error messages and headings. */
  readonly url: string;
  get<T>(path: string): Promise<T>;
  /** Undefined where the server says 404. */
  find<T>(path: string): Promise<T | undefined>;
  list<T>(path: string): Promise<readonly T[]>;
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, object: unknown): Promise<T>;
  /** An answer as it is, whatever its status. */
  raw(request: Request): Promise<Answer>;
  close(): void;
}

/** How many objects a page of a list has: kubectl's own chunk size. */
const pageSize = 500;

export function openApiServer(
  connection: ApiConnection,
  signal: AbortSignal,
  limits: Limits = defaultLimits,
): ApiServer {
  const transport = openTransport(
    connection.server,
    connection.tls,
    requestHeaders(connection),
    limits,
  );

  const raw = async (request: Request) => {
    try {
      return await transport.send(request, signal);
    } catch (error) {
      throw unreachable(error, connection.server, limits);
    }
  };
  const json = async <T>(request: Request): Promise<T> => {
    const answer = await raw({
      ...request,
      headers: { accept: 'application/json', ...request.headers },
    });
    let text: string;
    try {
      text = await readText(answer, signal);
    } catch (error) {
      throw unreachable(error, connection.server, limits);
    }
    if (answer.status >= 400) throw apiServerFailure(answer.status, text);
    return parseJson<T>(text, connection.server);
  };
  const get = <T>(path: string) => json<T>({ method: 'GET', path });
  return {
    url: connection.server,
    raw,
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
        const page: ListOf<T> = await get(
          `${path}?limit=${pageSize}${next && `&continue=${encodeURIComponent(next)}`}`,
        );
        items.push(...page.items);
        next = page.metadata?.continue ?? '';
      } while (next !== '');
      return items;
    },
    send: <T>(method: 'POST' | 'PUT' | 'DELETE', path: string, object: unknown) =>
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
    headers['authorization'] = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
  const { impersonate } = connection;
  if (!impersonate) return headers;
  headers['impersonate-user'] = impersonate.user;
  if (impersonate.groups.length > 0) headers['impersonate-group'] = [...impersonate.groups];
  if (impersonate.uid !== '') headers['impersonate-uid'] = impersonate.uid;
  for (const [key, values] of Object.entries(impersonate.extra))
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values];
  return headers;
}

/** Reads a Status, or the plain text of a proxy or a kubelet that answered in the API server's place. */
export function apiServerFailure(status: number, text: string): ApiServerFailure {
  const parsed = parseStatus(text);
  if (parsed) return new ApiServerFailure(status, parsed.reason ?? '', parsed.message ?? '');
  return new ApiServerFailure(status, '', text.trim() || `HTTP ${status}`);
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

function parseJson<T>(text: string, server: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new Failure(`${server} does not answer as an API server does: the answer is not JSON`, {
      cause,
    });
  }
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
