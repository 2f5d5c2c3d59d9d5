import type { ApiConnection } from '../config/api-connection.ts';
import type { Limits } from '../transport/limits.ts';
import type { Request } from '../transport/transport.ts';
import { type ApiRequests, type ApiServerSettings, openRequests } from './api-requests.ts';
import { apiServerFailure, isNotFound } from './api-server-failure.ts';
import { decodeObject, parseJson } from './decode.ts';
import type { Kind } from './kinds.ts';
import { type Listed, mostBytesOfLists, readPages } from './list-pages.ts';

/**
 * Requests to the API server with the caller's credentials. The methods that take a `kind` throw an ApiServerFailure for 4xx and 5xx, and a
 * Failure of the kind `unreadable` for a response that is not of that `kind`.
 */
export interface ApiServer extends ApiRequests, Disposable {
  get<T>(path: string, kind: Kind<T>): Promise<T>;
  /** Like `get`, but undefined if the object does not exist. */
  find<T>(path: string, kind: Kind<T>): Promise<T | undefined>;
  /** Reads all pages of a list. The path may have a query. */
  list<T>(path: string, kind: Kind<T>): Promise<readonly T[]>;
  /** Like `list`, but leaves out and counts unreadable objects, for commands that report them. */
  listReadable<T>(path: string, kind: Kind<T>): Promise<Listed<T>>;
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
  /**
   * Memory used by the objects of each list, in bytes, by path. If a path is listed again, the size of the new list replaces the old one.
   */
  const sizes = new Map<string, number>();
  const readList = async <T>(path: string, kind: Kind<T>, strict: boolean) => {
    const { limits: usualLimits, requestTimeout } = settings;
    const ms = requestTimeout > 0 ? usualLimits.responseMs : longestList;
    const limits = { ...usualLimits, deadline: performance.now() + ms };
    const begin = () => {
      sizes.delete(path);
      return (bytes: number) => {
        sizes.set(path, (sizes.get(path) ?? 0) + bytes);
        return [...sizes.values()].reduce((sum, size) => sum + size, 0) <= mostBytesOfLists;
      };
    };
    const getPage = (page: string) => inTurn(() => json({ method: 'GET', path: page }, limits));
    return readPages(path, kind, { getPage, strict, begin });
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
    listReadable: (path, kind) => readList(path, kind, false),
    list: async (path, kind) => (await readList(path, kind, true)).items,
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
