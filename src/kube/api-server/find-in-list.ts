import type { Limits } from '../transport/limits.ts';
import type { ApiServer } from './api-server.ts';
import { apiServerFailure } from './api-server-failure.ts';
import { decodeItem, decodePage, parseJson } from './decode.ts';
import type { Kind } from './kinds.ts';

/** Limit of a list in bytes. A node has up to 110 pods by default, and each pod has a few kB. */
const longest = 16 * 1024 * 1024;

/**
 * Calls `pick` for the objects of a list in order, and returns its first result that is not undefined. Objects that cannot be read are
 * skipped.
 */
export async function findInList<T, R>(
  apiServer: ApiServer,
  path: string,
  kind: Kind<T>,
  limits: Limits,
  pick: (object: T) => R | undefined,
): Promise<R | undefined> {
  const request = { method: 'GET', path, headers: { accept: 'application/json' } };
  const response = await apiServer.read(await apiServer.send(request, limits), longest, limits);
  if (response.status >= 400) throw apiServerFailure(response);
  const { items } = decodePage(request, parseJson(request, response, longest), kind);
  for (const [index, item] of items.entries()) {
    const { decoded } = decodeItem(item, kind, index);
    const picked = decoded && pick(decoded.value);
    if (picked !== undefined) return picked;
  }
  return undefined;
}
