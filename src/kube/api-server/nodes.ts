import { Failure, NodeNotFound, orFailure, UsageFailure } from '../../errors.ts';
import type { Known } from '../../known.ts';
import { isNodeName, type Node, type NodeImages } from '../../objects.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import { readOrNote } from '../read-or-note.ts';
import type { ApiServer } from './api-server.ts';
import { isNotFound } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { orMissingPermission } from './write-denial.ts';

/**
 * Up to this number, named nodes are read one by one, which needs only `get` on nodes. For more names, nodes are listed, which needs
 * `list`.
 */
export const fewNames = 10;

export function listNodes(apiServer: ApiServer): Promise<readonly Node[]> {
  return orMissingPermission(apiServer.list('/api/v1/nodes', kinds.Node));
}

export function readNodes(apiServer: ApiServer): Promise<Known<readonly Node[]>> {
  return readOrNote(() => apiServer.list('/api/v1/nodes', kinds.Node), 'list nodes');
}

/** @param names named nodes; empty for all nodes */
export async function readImages(
  apiServer: ApiServer,
  names: readonly string[],
): Promise<ReadonlyMap<string, NodeImages>> {
  const read =
    names.length > 0 && names.length <= fewNames
      ? Promise.all(names.map((name) => apiServer.get(`/api/v1/nodes/${name}`, kinds.NodeImages)))
      : apiServer.list('/api/v1/nodes', kinds.NodeImages);
  const nodes = await orMissingPermission<readonly NodeImages[]>(read);
  return new Map(nodes.map((node) => [node.metadata.name, node]));
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

/** In a path of the node proxy, a colon would choose a scheme and a port. A named port makes the API server panic (seen on v1.37.2). */
export function checkNodeName(name: string): string {
  if (!isNodeName(name))
    throw new UsageFailure(`invalid node name "${name}"`, { hints: ['kubectl get nodes'] });
  return name;
}
