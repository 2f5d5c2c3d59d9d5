import { Failure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import { chooseNodes } from '../../kube/api-server/choose-nodes.ts';
import { lookUpNode, nodesDenied } from '../../kube/api-server/nodes.ts';
import type { NodeCache } from '../../kube/kubelet/node-cache.ts';
import { TransportError } from '../../kube/transport/error.ts';
import type { Request } from '../../kube/transport/transport.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import type { Node } from '../../objects.ts';
import { findPod } from '../pod/find-pod.ts';
import { inNamespace } from '../pod/pod-choice.ts';
import { type Narrowing, narrowTargets } from './narrow-targets.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { TargetRequest, Targets } from './target.ts';
import type { HostPort } from './target-values.ts';

/** One kubelet: of a node, or at an address. */
export interface Target {
  /** For output: of the node, or the address. */
  readonly name: string;
  /** Undefined for an address. Without a status if it needs no address, and without labels if no view has them. */
  readonly node: Node | undefined;
  /** Whether the node is as it was known some time ago. */
  readonly isCached?: true;
  readonly address: HostPort | undefined;
}

export interface FoundTargets {
  /** The request, with what a pod fills in. */
  readonly sent: Request;
  readonly targets: readonly Target[];
  /** Before include, exclude and shard narrow them. */
  readonly all: number;
  /** Why some nodes of the list are not among them; undefined if all are. */
  readonly leftOut: string | undefined;
  /** What is to be said of them. */
  readonly note?: string;
}

interface Cluster {
  readonly apiServer: ApiServer;
  /** Of a pod that is named without one. */
  readonly namespace: string;
  /** Whether nodes are looked up, also where a name is enough for the request. */
  readonly needsNodes?: boolean;
  /** Addresses of earlier, for a single node; undefined to look up each. */
  readonly nodeCache?: NodeCache | undefined;
}

/** The kubelets for a request that is to follow. At least one, unless a shard is empty. */
export async function findTargets(
  request: TargetRequest,
  unfilled: Request,
  { apiServer, namespace, needsNodes = false, nodeCache }: Cluster,
): Promise<FoundTargets> {
  const { targets: chosen, via, narrowing } = request;
  const isByName = via === 'apiserver' && !needsNodes;
  if (chosen.kind === 'pod') {
    const pod = await findPod(inNamespace(chosen.pod, namespace), apiServer);
    const sent = { ...unfilled, path: fillPlaceholders(unfilled.path, pod.parts) };
    const node = await readTargets({ kind: 'node', name: pod.node }, isByName, apiServer, sent);
    return { ...node, sent, all: 1 };
  }
  const sent = { ...unfilled, path: fillPlaceholders(unfilled.path, undefined) };
  const found =
    chosen.kind === 'node' && nodeCache
      ? await findCached(chosen.name, nodeCache, apiServer, sent)
      : await readTargets(chosen, isByName, apiServer, sent);
  const targets = narrowTargets(found.targets, narrowing);
  const isEmptyShard = narrowing.shard !== undefined && found.targets.length > 0;
  if (targets.length === 0 && !isEmptyShard)
    throw new Failure(`no nodes found${describe(chosen, narrowing)}`, {
      hints: ['kubectl get nodes'],
    });
  return {
    ...{ ...found, sent, all: found.targets.length },
    targets: needsNodes ? targets : targets.map(withoutLabels),
  };
}

/** Thousands of nodes have many. */
function withoutLabels({ node, ...target }: Target): Target {
  return { ...target, node: node && { ...node, metadata: { name: node.metadata.name } } };
}

type Located = Exclude<Targets, { kind: 'pod' }>;

async function readTargets(
  chosen: Located,
  isByName: boolean,
  apiServer: ApiServer,
  next: Request,
): Promise<Pick<FoundTargets, 'targets' | 'leftOut'>> {
  switch (chosen.kind) {
    case 'addresses': {
      const byName = new Map(chosen.addresses.map((address) => [formatHostPort(address), address]));
      const targets = [...byName].map(([name, address]) => ({ name, node: undefined, address }));
      return { targets, leftOut: undefined };
    }
    case 'node': {
      const node = isByName ? named(chosen.name) : await lookUpNode(apiServer, chosen.name, next);
      return { targets: [targetOf(node)], leftOut: undefined };
    }
    default:
      return readNodes(chosen, isByName, apiServer, next);
  }
}

async function readNodes(
  { names, selector, fieldSelector, role }: Extract<Targets, { kind: 'nodes' }>,
  isByName: boolean,
  apiServer: ApiServer,
  next: Request,
): Promise<Pick<FoundTargets, 'targets' | 'leftOut'>> {
  const labels = role === '' ? selector : [`node-role.kubernetes.io/${role}`, selector];
  const choice = { names, selector: [labels].flat().filter(Boolean).join(','), fieldSelector };
  // The API server itself looks up the address.
  if (isByName && choice.selector === '' && fieldSelector === '' && names.length > 0)
    return { targets: [...new Set(names)].map(named).map(targetOf), leftOut: undefined };
  const { nodes, denial, unreadable } = await chooseNodes(apiServer, choice);
  if (denial) throw nodesDenied(denial.failure, next);
  return { targets: nodes.map(targetOf), leftOut: unreadable?.unknown };
}

/** Without asking the API server, or if it is down, as it was known to be. */
async function findCached(
  name: string,
  cache: NodeCache,
  apiServer: ApiServer,
  next: Request,
): Promise<Pick<FoundTargets, 'targets' | 'leftOut' | 'note'>> {
  const known = cache.read(name);
  const cached = known && { ...targetOf(known.node), isCached: true as const };
  if (cached && known.isFresh) return { targets: [cached], leftOut: undefined };
  try {
    return {
      targets: [targetOf(await lookUpCached(name, cache, apiServer, next))],
      leftOut: undefined,
    };
  } catch (error) {
    if (!cached || !(error instanceof Failure) || !(error.cause instanceof TransportError))
      throw error;
    const at = new Date(known.readAt).toISOString();
    const note = `${error.message}; calling ${name} at its address of ${at}`;
    return { targets: [cached], leftOut: undefined, note };
  }
}

/** Reads a node, and keeps its address. */
export async function lookUpCached(
  name: string,
  cache: NodeCache,
  apiServer: ApiServer,
  next: Request,
): Promise<Node> {
  const node = await lookUpNode(apiServer, name, next);
  cache.write(node);
  return node;
}

function named(name: string): Node {
  return { metadata: { name } };
}

function targetOf(node: Node): Target {
  return { name: node.metadata.name, node, address: undefined };
}

/** ` with --selector x=y`, for a message. */
function describe(chosen: Located, narrowing: Narrowing): string {
  if (chosen.kind !== 'nodes') return '';
  const { selector, fieldSelector, role } = chosen;
  const options = [
    selector && `--selector ${selector}`,
    fieldSelector && `--field-selector ${fieldSelector}`,
    role && `--role ${role}`,
    ...narrowing.include.map(({ source }) => `--include ${source}`),
    ...narrowing.exclude.map(({ source }) => `--exclude ${source}`),
  ].filter(Boolean);
  return options.length === 0 ? '' : ` with ${options.join(', ')}`;
}
