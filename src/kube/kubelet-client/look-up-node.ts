import { Failure, messageOf, orThrow, reworded } from '../../errors.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { remedyForNodeListing, remedyForNodeLookup } from '../../kubelet/missing-permission.ts';
import type { Node } from '../../objects.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import { type ApiServerFailure, isForbidden } from '../api-server/api-server-failure.ts';
import { getNode } from '../api-server/nodes.ts';
import { TransportError } from '../transport/error.ts';
import type { Request } from '../transport/transport.ts';
import type { Via } from './client.ts';
import { KubeletFailure } from './kubelet-failure.ts';
import type { NodeCache } from './node-cache.ts';

type PathOption = Via | 'auto';

/**
 * Reads a Node object, whose address the next request needs, and caches it. If this is denied, the error also names the kubelet permission
 * for the next request.
 */
export async function lookUpNode(
  name: string,
  cache: NodeCache | undefined,
  apiServer: ApiServer,
  next: Request,
  via: PathOption = 'direct',
): Promise<Node> {
  const node = await orThrow(getNode(apiServer, name), (error) =>
    isForbidden(error) ? nodesDenied(error, next, via) : error,
  );
  cache?.write(node);
  return node;
}

/**
 * Adds the missing permissions to the denial of a request for Node objects: the denied one, and the one that the next request needs at the
 * kubelet or the node proxy.
 */
export function nodesDenied(denial: ApiServerFailure, next: Request, via: PathOption): Failure {
  const parsed = parseApiServerDenial(denial.words);
  if (!parsed) return denial;
  // The kubelet's version is unknown without the Node object, so that the rules of the newest version are used.
  const { verb, subresources } = kubeletAttributes(
    next.method,
    next.path,
    Number.POSITIVE_INFINITY,
  );
  const { user, verb: read } = parsed;
  // The API server authorizes HEAD as get.
  const remedy =
    via === 'apiserver'
      ? remedyForNodeListing(user, read, verb || 'get')
      : remedyForNodeLookup(user, read, verb, subresources);
  return reworded(denial, { cause: denial, ...remedy });
}

/** Reads a Node from the API server. If the API server is down, returns the cached Node with a note. */
export async function lookUpOrKnown(
  name: string,
  cache: NodeCache | undefined,
  apiServer: ApiServer,
  next: Request,
): Promise<{ readonly node: Node; readonly note?: string }> {
  try {
    return { node: await lookUpNode(name, cache, apiServer, next) };
  } catch (error) {
    const known = cache?.read(name);
    if (!known || !(error instanceof Failure) || !(error.cause instanceof TransportError))
      throw error;
    const at = new Date(Date.now() - known.ageMs).toISOString();
    return { node: known.node, note: `${error.message}; calling ${name} at its address of ${at}` };
  }
}

/**
 * If `via` is `auto` and the lookup of the Node is denied, returns a failure and does not throw it: the kubelet can still be called through
 * the API server, which needs only the node's name.
 */
export async function orUnknownPlace<T>(
  lookup: Promise<T>,
  via: PathOption,
): Promise<T | KubeletFailure> {
  try {
    return await lookup;
  } catch (error) {
    const isDenied = error instanceof Failure && isForbidden(error.cause);
    if (via !== 'auto' || !isDenied) throw error;
    return ofUnknownPlace(error);
  }
}

export function ofUnknownPlace(denied: Failure): KubeletFailure {
  const message = `its address is unknown: ${messageOf(denied)}`;
  return new KubeletFailure(message, { why: 'forbidden', hints: denied.hints });
}
