import type { Shard, TargetRequest, Targets } from '../../../cli/node-options.ts';
import { Failure, NodeNotFound, reworded } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { isForbidden } from '../../../kube/api-server/api-server-failure.ts';
import {
  chooseNodes,
  labelsOf,
  type MissingNode,
  noNodes,
} from '../../../kube/api-server/choose-nodes.ts';
import { lookUpNode, nodesDenied } from '../../../kube/api-server/nodes.ts';
import { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import {
  lookUpOrKnown,
  type NodeCache,
  ofUnknownPlace,
  orUnknownPlace,
} from '../../../kube/kubelet-client/node-cache.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { formatHostPort, type HostPort } from '../../../kubelet/address.ts';
import type { Node } from '../../../objects.ts';

/** One kubelet: of a node, or at an address. */
export interface KubeletTarget {
  /** For output: of the node, or the address. */
  readonly name: string;
  /** Undefined for an address. Without a status if it needs no address, and without labels unless rows have them. */
  readonly node: Node | undefined;
  /** Whether the node is as it was known some time ago. */
  readonly isCached?: true;
  /** Why its address is unknown, of a node that only the API server can reach. */
  readonly denied?: KubeletFailure;
  readonly address: HostPort | undefined;
}

export interface FoundTargets {
  readonly targets: readonly KubeletTarget[];
  /** Before a shard takes its part. */
  readonly all: number;
  /** Why some nodes of the list are not among them; undefined if all are. */
  readonly leftOut?: string | undefined;
  /** Nodes that were named and do not exist. */
  readonly missing?: readonly MissingNode[] | undefined;
  /** A note to print about them. */
  readonly note?: string;
}

type Chosen = Omit<FoundTargets, 'all'>;

/** Whether nodes are looked up where a name is enough for the request: always, for their labels, or if the caller may. */
export type NodeObjects = 'needed' | 'wanted';

interface Cluster {
  readonly apiServer: ApiServer;
  readonly nodeObjects?: NodeObjects | undefined;
  /** Whether a name is enough, as all requests go through the API server. */
  readonly isByName: boolean;
  /** Addresses of earlier, for a single node; undefined to look up each. */
  readonly nodeCache?: NodeCache | undefined;
}

/** The kubelets for a request that is to follow. At least one, unless a shard is empty. */
export async function findTargets(
  { targets: chosen, via, shard }: TargetRequest,
  next: Request,
  { apiServer, nodeObjects, isByName: mayBeByName, nodeCache }: Cluster,
): Promise<FoundTargets> {
  const isByName = mayBeByName && nodeObjects === undefined;
  const reading =
    chosen.kind === 'node' && nodeCache
      ? findCached(chosen.name, via, nodeCache, apiServer, next)
      : readTargets(
          chosen,
          via,
          isByName,
          apiServer,
          next,
          mayBeByName && nodeObjects === 'wanted',
        );
  const found = await reading.catch(withRole);
  if (found.targets.length === 0)
    throw await noNodes(apiServer, { names: [], selector: '', role: '', ...chosen });
  const targets = takeShard(found.targets, shard);
  return {
    ...{ ...found, all: found.targets.length },
    targets: nodeObjects === 'needed' ? targets : targets.map(withoutLabels),
  };
}

/** People name nodes by their role. */
function withRole(error: unknown): never {
  const role =
    error instanceof NodeNotFound && /^(worker|control-plane|master)s?$/.exec(error.node);
  if (!role) throw error;
  throw reworded(error, { hints: [`nodes with this role: --role ${role[1]}`, ...error.hints] });
}

/** Thousands of nodes have many. */
function withoutLabels({ node, ...target }: KubeletTarget): KubeletTarget {
  return { ...target, node: node && { ...node, metadata: { name: node.metadata.name } } };
}

async function readTargets(
  chosen: Targets,
  via: TargetRequest['via'],
  isByName: boolean,
  apiServer: ApiServer,
  next: Request,
  isNameEnough: boolean,
): Promise<Chosen> {
  if (chosen.kind === 'addresses') {
    const byName = new Map(chosen.addresses.map((address) => [formatHostPort(address), address]));
    return {
      targets: [...byName].map(([name, address]) => ({ name, node: undefined, address })),
    };
  }
  if (chosen.kind === 'node') {
    const { name } = chosen;
    if (isByName) return { targets: [targetOf(named(name))] };
    const node = await orUnknownPlace(lookUpNode(apiServer, name, next, via), via).catch(
      (error: unknown) => {
        if (isNameEnough && error instanceof Failure && isForbidden(error.cause))
          return named(name);
        throw error;
      },
    );
    return {
      targets: [node instanceof KubeletFailure ? unknownPlace(name, node) : targetOf(node)],
    };
  }
  // The API server itself looks up the address.
  if (isByName && labelsOf(chosen) === '' && chosen.names.length > 0)
    return { targets: [...new Set(chosen.names)].map(named).map(targetOf) };
  const { nodes, denial, unreadable, missing } = await chooseNodes(apiServer, chosen);
  if (denial && !(isNameEnough && nodes.length > 0)) {
    const denied = nodesDenied(denial.failure, next, via);
    // A caller who may not list nodes may still name them.
    if (via !== 'auto' || nodes.length === 0) throw denied;
    const failure = ofUnknownPlace(denied);
    return { targets: nodes.map(({ metadata: { name } }) => unknownPlace(name, failure)) };
  }
  return { targets: nodes.map(targetOf), leftOut: unreadable?.unknown, missing };
}

function unknownPlace(name: string, denied: KubeletFailure): KubeletTarget {
  return { ...targetOf(named(name)), denied };
}

/** Without asking the API server, or if it is down, as it was known to be. */
async function findCached(
  name: string,
  via: TargetRequest['via'],
  cache: NodeCache,
  apiServer: ApiServer,
  next: Request,
): Promise<Chosen> {
  const known = cache.read(name);
  if (known?.isFresh) return { targets: [{ ...targetOf(known.node), isCached: true }] };
  const looked = await orUnknownPlace(lookUpOrKnown(name, cache, apiServer, next), via);
  if (looked instanceof KubeletFailure) return { targets: [unknownPlace(name, looked)] };
  const { node, note } = looked;
  if (note === undefined) return { targets: [targetOf(node)] };
  return { targets: [{ ...targetOf(node), isCached: true }], note };
}

function named(name: string): Node {
  return { metadata: { name } };
}

function targetOf(node: Node): KubeletTarget {
  return { name: node.metadata.name, node, address: undefined };
}

/** The nodes of one part, in order. */
export function takeShard<T extends { readonly name: string }>(
  nodes: readonly T[],
  shard: Shard | undefined,
): readonly T[] {
  if (!shard) return nodes;
  return nodes.filter(({ name }) => hash(name) % shard.count === shard.number - 1);
}

/**
 * FNV-1a with 32 bits, and the mixing of murmur3 after it: of names that differ in a digit, all bits differ. By the name alone, so that
 * processes with lists of different age still visit each node once.
 */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1)
    value = Math.imul(value ^ name.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
