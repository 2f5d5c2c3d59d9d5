// Addresses of nodes, so that the next request to a kubelet needs no lookup.
import * as v from '@badrap/valita';
import { Failure } from '../../errors.ts';
import { type Node, node as nodeType } from '../../objects.ts';
import { checkType } from '../../schema.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import { lookUpNode } from '../api-server/nodes.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import type { Environment } from '../environment.ts';
import { openPrivateCache } from '../files/private-cache.ts';
import { TransportError } from '../transport/error.ts';
import type { Request } from '../transport/transport.ts';
import { clusterOf } from './trust-file.ts';

export interface NodeCache {
  /** A Node as it was, with what is needed to call its kubelet. */
  read(name: string): CachedNode | undefined;
  write(node: Node): void;
}

interface CachedNode {
  readonly node: Node;
  /** When it was read, in ms of Unix time. */
  readonly readAt: number;
  /** Whether it may be used without asking the API server. */
  readonly isFresh: boolean;
}

const cached = v.object({ readAt: v.number(), node: nodeType });

/** In ms. As long as kubectl believes what it has discovered. */
const freshMs = 10 * 60_000;

/** In ms, for when the API server is down. */
const longestMs = 24 * 60 * 60_000;

/** Of one cluster: of its API server and CA. */
export function openNodeCache(env: Environment, connection: ApiConnection): NodeCache {
  const cache = openPrivateCache(env, 'nodes', longestMs);
  const { server, ca } = clusterOf(connection);
  const keyOf = (name: string) => JSON.stringify([server, ca, name]);
  return {
    read: (name) => {
      const { decoded } = checkType(cached, cache.read(keyOf(name)));
      if (decoded?.value.node.metadata.name !== name) return undefined;
      const { node, readAt } = decoded.value;
      const age = Date.now() - readAt;
      return age >= 0 && age <= longestMs ? { node, readAt, isFresh: age <= freshMs } : undefined;
    },
    write: ({ metadata: { name }, status }) => {
      const { addresses, daemonEndpoints, nodeInfo } = status ?? {};
      const node = { metadata: { name }, status: { addresses, daemonEndpoints, nodeInfo } };
      cache.write(keyOf(name), { readAt: Date.now(), node });
    },
  };
}

/** From the API server; if that is down, as it was known to be, and what is to be said of that. */
export async function lookUpOrKnown(
  name: string,
  cache: NodeCache | undefined,
  apiServer: ApiServer,
  next: Request,
): Promise<{ readonly node: Node; readonly note?: string }> {
  try {
    return { node: await lookUpCached(name, cache, apiServer, next) };
  } catch (error) {
    const known = cache?.read(name);
    if (!known || !(error instanceof Failure) || !(error.cause instanceof TransportError))
      throw error;
    const at = new Date(known.readAt).toISOString();
    return { node: known.node, note: `${error.message}; calling ${name} at its address of ${at}` };
  }
}

/** Reads a node, and keeps its address. */
export async function lookUpCached(
  name: string,
  cache: NodeCache | undefined,
  apiServer: ApiServer,
  next: Request,
): Promise<Node> {
  const node = await lookUpNode(apiServer, name, next);
  cache?.write(node);
  return node;
}
