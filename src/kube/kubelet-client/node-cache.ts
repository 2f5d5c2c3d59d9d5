// Caches addresses of nodes, so that the next request to a kubelet needs no lookup.
import { hash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import * as v from '@badrap/valita';
import { attempt } from '../../attempt.ts';
import { isCause } from '../../kubelet/causes/causes.ts';
import { readyState } from '../../kubelet/readiness.ts';
import { type Node, node as nodeType } from '../../objects.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import type { Environment } from '../environment.ts';
import { createPrivateCache } from '../files/private-cache.ts';
import type { RememberedPath } from './path-choice.ts';

export type NodeCache = ReturnType<typeof createNodeCache>;

/** Identifies a cluster by its URL and CA. The URL alone is not enough, because another cluster may have the same URL later. */
function clusterOf({ address, server, origin, tls }: ApiConnection) {
  const bundle = address.secure && tls.verify ? tls.ca : undefined;
  return {
    // The default server does not identify a cluster, because no flag or kubeconfig sets it.
    server: origin === undefined ? encodeURI(server) : '-',
    ca: bundle === undefined ? 'none' : hash('sha256', bundle.replaceAll(/\s/g, '')),
  };
}

const rememberedPath = v.union(
  v.object({ via: v.literal('direct'), isSlow: v.boolean() }),
  v.object({ via: v.literal('apiserver'), why: v.string().assert(isCause) }),
);

/** Time in ms for which a cached Node is used without asking the API server. kubectl's discovery cache uses the same time. */
const freshMs = 10 * 60_000;

/** Time in ms for which a Node stays in the cache, so that it can be used while the API server is down. */
const longestMs = 24 * 60 * 60_000;

export function createNodeCache(env: Environment, connection: ApiConnection) {
  const cache = createPrivateCache(env, 'nodes', longestMs, nodeType);
  const { server, ca } = clusterOf(connection);
  const keyOf = (name: string) => JSON.stringify([server, ca, name]);
  return {
    /**
     * Returns a cached Node with the fields needed to call its kubelet. `isFresh` says whether it may be used without asking the API
     * server.
     */
    read: (name: string) => {
      const { value: node, ageMs = 0 } = cache.read(keyOf(name)) ?? {};
      if (node?.metadata.name !== name) return undefined;
      // A Node whose Ready condition was Unknown is not fresh, because its kubelet may answer again or may be gone.
      return { node, ageMs, isFresh: ageMs <= freshMs && readyState(node) !== 'Unknown' };
    },
    write: ({ metadata: { name }, status }: Node) => {
      const { addresses, daemonEndpoints, nodeInfo, conditions } = status ?? {};
      const ready = conditions?.filter(({ type }) => type === 'Ready');
      const kept = { addresses, daemonEndpoints, nodeInfo, conditions: ready };
      cache.write(keyOf(name), { metadata: { name }, status: kept });
    },
  };
}

/**
 * Opens the cache that stores whether a cluster's kubelets were last called directly or through the API server. It has an entry for each
 * network of this machine.
 */
export function createPathMemory(env: Environment, connection: ApiConnection) {
  const type = v.object({ path: rememberedPath.optional() });
  const cache = createPrivateCache(env, 'paths', freshMs, type);
  const { server, ca } = clusterOf(connection);
  const key = JSON.stringify([server, ca, ownAddresses()]);
  return {
    read: () => cache.read(key)?.value.path,
    /** Stores the path; removes it if it is undefined. */
    write: (path: RememberedPath | undefined) => cache.write(key, { path }),
  };
}

/** Returns this machine's addresses. They identify its network, because other kubelets can be reached from another network or a VPN. */
function ownAddresses(): readonly string[] {
  const interfaces = attempt(networkInterfaces) ?? {};
  const all = Object.values(interfaces).flatMap((each) => each ?? []);
  const own = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  return own.map(({ address }) => address).sort();
}
