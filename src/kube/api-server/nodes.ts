import { Failure, NodeNotFound, orFailure, orThrow, reworded, UsageFailure } from '../../errors.ts';
import type { Known } from '../../known.ts';
import { kubeletAttributes } from '../../kubelet/authorization.ts';
import { remedyForNodeListing, remedyForNodeLookup } from '../../kubelet/missing-permission.ts';
import { isNodeName, type Node } from '../../objects.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import { readOrNote } from '../read-or-note.ts';
import type { Request } from '../transport/transport.ts';
import type { ApiServer } from './api-server.ts';
import { type ApiServerFailure, isForbidden, isNotFound } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { orMissingPermission } from './write-denial.ts';

export function listNodes(apiServer: ApiServer): Promise<readonly Node[]> {
  return orMissingPermission(apiServer.list('/api/v1/nodes', kinds.Node));
}

export function readNodes(apiServer: ApiServer): Promise<Known<readonly Node[]>> {
  return readOrNote(() => apiServer.list('/api/v1/nodes', kinds.Node), 'list nodes');
}

export function missingNode(name: string, names: readonly string[]): NodeNotFound {
  return new NodeNotFound(name, [...didYouMean(nearestNames(name, names)), 'kubectl get nodes']);
}

export async function getNode(apiServer: ApiServer, name: string): Promise<Node> {
  try {
    return await apiServer.get(`/api/v1/nodes/${name}`, kinds.Node);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const others = await orFailure(apiServer.list('/api/v1/nodes', kinds.Node));
    const names = others instanceof Failure ? [] : others.map(({ metadata }) => metadata.name);
    throw missingNode(name, names);
  }
}

type PathOption = 'direct' | 'apiserver' | 'auto';

/**
 * Reads a Node object, whose address the next request needs. If this is denied, the error also names the kubelet permission for the next
 * request.
 */
export async function lookUpNode(
  apiServer: ApiServer,
  name: string,
  next: Request,
  via: PathOption = 'direct',
): Promise<Node> {
  return orThrow(getNode(apiServer, name), (error) =>
    isForbidden(error) ? nodesDenied(error, next, via) : error,
  );
}

/** Adds to the denial of a request for Node objects the permission that the next request needs at the kubelet or the node proxy. */
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

/** In a path of the node proxy, a colon would choose a scheme and a port. A named port makes the API server panic (seen on v1.37.2). */
export function checkNodeName(name: string): string {
  if (!isNodeName(name))
    throw new UsageFailure(`invalid node name "${name}"`, { hints: ['kubectl get nodes'] });
  return name;
}
