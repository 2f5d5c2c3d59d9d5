import type { Limits } from '../transport/limits.ts';
import type { ApiServer } from './api-server.ts';
import { apiServerFailure } from './api-server-failure.ts';
import { decodeItem, decodePage, parseJson, TooLargeResponse } from './decode.ts';
import type { Kind } from './kinds.ts';

/** Limit of a list in bytes. A node has up to 110 pods by default, and each pod has a few kB. */
const longest = 16 * 1024 * 1024;

/**
 * Lists objects from the cache of the API server, which has an index of pods by node, and no pages: a list that is too large for one
 * response is read again in pages. Leaves out objects that cannot be read.
 *
 * @param path has a query
 */
export async function listFromCache<T>(
  apiServer: ApiServer,
  path: string,
  kind: Kind<T>,
  limits: Limits,
): Promise<readonly T[]> {
  const headers = { accept: 'application/json' };
  const request = { method: 'GET', path: `${path}&resourceVersion=0`, headers };
  const response = await apiServer.read(await apiServer.send(request, limits), longest, limits);
  if (response.status >= 400) throw apiServerFailure(response);
  try {
    const { items } = decodePage(request, parseJson(request, response, longest), kind);
    return items.flatMap((item, index) => decodeItem(item, kind, index).decoded?.value ?? []);
  } catch (error) {
    if (!(error instanceof TooLargeResponse)) throw error;
    return (await apiServer.listReadable(path, kind)).items;
  }
}
