import type { FleetChoice, KubeletChoice, Shard } from '../../../cli/node-options.ts';
import { Failure, NodeNotFound, reworded } from '../../../errors.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import { isForbidden } from '../../../kube/api-server/api-server-failure.ts';
import { chooseNodes, labelsOf, noNodes } from '../../../kube/api-server/choose-nodes.ts';
import { KubeletFailure } from '../../../kube/kubelet-client/kubelet-failure.ts';
import {
  lookUpNode,
  lookUpOrKnown,
  nodesDenied,
  ofUnknownPlace,
  orUnknownPlace,
} from '../../../kube/kubelet-client/look-up-node.ts';
import type { NodeCache } from '../../../kube/kubelet-client/node-cache.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { formatHostPort, type HostPort } from '../../../kubelet/address.ts';
import type { Node } from '../../../objects.ts';
import type { FailedRead } from '../../../text/render-row-list.ts';

export interface KubeletTarget {
  /** Name for output: the name of the node, or the address. */
  readonly name: string;
  /**
   * The Node object; undefined for a kubelet that is called by its address. Has no status if only the name is needed, and labels only if
   * rows need labels.
   */
  readonly node?: Node | undefined;
  readonly isCached?: true;
  /** Why the address is unknown. Set if the kubelet can be called only through the API server. */
  readonly denied?: KubeletFailure;
  readonly address?: HostPort | undefined;
}

export interface FoundTargets {
  readonly targets: readonly KubeletTarget[];
  /** Number of targets before --shard is applied. */
  readonly all: number;
  /** Why some listed nodes are not targets; undefined if all nodes are targets. */
  readonly leftOut?: string | undefined;
  readonly missing?: readonly FailedRead[] | undefined;
  readonly note?: string;
}

type AllTargets = Omit<FoundTargets, 'all'>;

/**
 * Set to read Node objects even if the names of nodes are enough to call kubelets. `needed`: the command prints labels of nodes. `wanted`:
 * Node objects are read only if the caller is allowed to read them.
 */
export type NodeObjects = 'needed' | 'wanted';

interface Cluster {
  readonly apiServer: ApiServer;
  readonly nodeObjects?: NodeObjects | undefined;
  /** Whether names of nodes suffice, because all requests go through the API server. */
  readonly isByName: boolean;
  /** Cache of addresses for requests to a single node; undefined to ask the API server. */
  readonly nodeCache?: NodeCache | undefined;
  /** Whether an address of the cache is used only if the API server is down. */
  readonly asksFirst?: boolean;
}

/** Finds at least one kubelet, unless the shard is empty. @param next the request that will follow, for error messages */
export async function findTargets(
  { kubelets: chosen, via, shard }: FleetChoice,
  next: Request,
  { apiServer, nodeObjects, isByName: mayBeByName, nodeCache, asksFirst }: Cluster,
): Promise<FoundTargets> {
  const isByName = mayBeByName && nodeObjects === undefined;
  const reading =
    chosen.kind === 'node' && nodeCache
      ? findCached(
          ...([chosen.name, via, nodeCache, apiServer, next] as const),
          asksFirst === true || nodeObjects !== undefined,
        )
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

function withRole(error: unknown): never {
  const role =
    error instanceof NodeNotFound && /^(worker|control-plane|master)s?$/.exec(error.node);
  if (!role) throw error;
  throw reworded(error, { hints: [`nodes with this role: --role ${role[1]}`, ...error.hints] });
}

/** Removes labels, because labels of thousands of nodes would take much memory. */
function withoutLabels({ node, ...target }: KubeletTarget): KubeletTarget {
  return { ...target, node: node && { ...node, metadata: { name: node.metadata.name } } };
}

async function readTargets(
  chosen: KubeletChoice,
  via: FleetChoice['via'],
  isByName: boolean,
  apiServer: ApiServer,
  next: Request,
  isNameEnough: boolean,
): Promise<AllTargets> {
  if (chosen.kind === 'addresses') {
    const byName = new Map(chosen.addresses.map((address) => [formatHostPort(address), address]));
    return {
      targets: [...byName].map(([name, address]) => ({ name, address })),
    };
  }
  if (chosen.kind === 'node') {
    const { name } = chosen;
    if (isByName) return { targets: [targetOf(named(name))] };
    const node = await orUnknownPlace(lookUpNode(name, undefined, apiServer, next, via), via).catch(
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
  // Names suffice, because the API server itself looks up the addresses of nodes.
  if (isByName && labelsOf(chosen) === '' && chosen.names.length > 0)
    return { targets: [...new Set(chosen.names)].map(named).map(targetOf) };
  const { nodes, denial, unreadable, missing } = await chooseNodes(apiServer, chosen);
  if (denial && !(isNameEnough && nodes.length > 0)) {
    const denied = nodesDenied(denial.failure, next, via);
    // If listing is denied, named nodes can still be called through the API server.
    if (via !== 'auto' || nodes.length === 0) throw denied;
    const failure = ofUnknownPlace(denied);
    return { targets: nodes.map(({ metadata: { name } }) => unknownPlace(name, failure)) };
  }
  return { targets: nodes.map(targetOf), leftOut: unreadable?.unknown, missing };
}

function unknownPlace(name: string, denied: KubeletFailure): KubeletTarget {
  return { ...targetOf(named(name)), denied };
}

/** Uses an old entry of the cache, or any entry with `asksFirst`, only if the API server is down. */
async function findCached(
  name: string,
  via: FleetChoice['via'],
  cache: NodeCache,
  apiServer: ApiServer,
  next: Request,
  asksFirst: boolean,
): Promise<AllTargets> {
  const known = cache.read(name);
  if (known?.isFresh && !asksFirst)
    return { targets: [{ ...targetOf(known.node), isCached: true }] };
  const found = await orUnknownPlace(lookUpOrKnown(name, cache, apiServer, next), via);
  if (found instanceof KubeletFailure) return { targets: [unknownPlace(name, found)] };
  const { node, note } = found;
  if (note === undefined) return { targets: [targetOf(node)] };
  return { targets: [{ ...targetOf(node), isCached: true }], note };
}

function named(name: string): Node {
  return { metadata: { name } };
}

function targetOf(node: Node): KubeletTarget {
  return { name: node.metadata.name, node };
}

export function takeShard<T extends { readonly name: string }>(
  nodes: readonly T[],
  shard: Shard | undefined,
): readonly T[] {
  if (!shard) return nodes;
  return nodes.filter(({ name }) => hash(name) % shard.count === shard.number - 1);
}

/**
 * 32-bit FNV-1a with the final mixing of murmur3, so that each digit of a name affects all bits. The hash depends only on the name, so that
 * processes with different lists of nodes agree on the shard of each node.
 */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1)
    value = Math.imul(value ^ name.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
