import { openConnection } from '../../../cli/connection.ts';
import { type KubeletInvocation, openPath } from '../../../cli/kubelets.ts';
import type { FleetChoice, KubeletChoice } from '../../../cli/node-options.ts';
import { actAs } from '../../../cli/service-account.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import type { Environment } from '../../../kube/environment.ts';
import { lookUpNode } from '../../../kube/kubelet-client/look-up-node.ts';
import { openNodeCache } from '../../../kube/kubelet-client/node-cache.ts';
import { namesNodes } from '../../../kube/kubelet-client/open-cached.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import type { Workers } from '../../../kube/workers/open-workers.ts';
import { mark } from '../../../marks.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import type { Access } from './find-kubelet.ts';
import { type FoundTargets, findTargets, type NodeObjects } from './find-targets.ts';
import { largeFleet } from './fleet-report.ts';
import { openChoice } from './open-choice.ts';

export interface OpenFleet {
  readonly found: FoundTargets;
  readonly access: Access;
  /** API server that is called with the caller's own credential, even with --as-serviceaccount. */
  readonly apiServer: ApiServer;
  /** Connection with the credential that is sent to kubelets: the caller's, or the service account's with --as-serviceaccount. */
  readonly connection: ApiConnection;
  readonly namespace: string;
}

interface FleetQuestion {
  readonly chosen: FleetChoice;
  /**
   * The request to send to kubelets. If the API server denies the lookup of nodes, the error also names the permission for this request.
   */
  readonly request: Request;
  /** Service account whose token is sent to kubelets; empty to send the caller's own credential. */
  readonly serviceAccount?: string;
  /** CA that verifies kubelets in place of the cluster's CA, unless an option names a CA. */
  readonly ca?: string | undefined;
  readonly nodeObjects?: NodeObjects | undefined;
  /** Returns names of nodes that replace the nodes of `chosen`. */
  readonly nodesOf?:
    | ((apiServer: ApiServer, namespace: string) => Promise<readonly string[]>)
    | undefined;
  /** Whether a single kubelet is called, of whatever `nodesOf` returns. */
  readonly isOne?: boolean;
  /** When the address of a single node is taken from the cache; by default also if it is fresh. */
  readonly cache?: 'never' | 'API server is down';
  /** Whether the command reads standard input. If it does, credential plugins must not read it. */
  readonly ownStdin?: boolean;
  readonly wrap?: Access['wrap'];
  /** Prints why nodes are called through the API server, once for each reason. Set only by commands that run until an interrupt. */
  readonly tell?: (line: string) => void;
}

/** Closes the connections to kubelets after `use`. */
export async function withFleet<T>(
  invocation: KubeletInvocation,
  question: FleetQuestion,
  use: (fleet: OpenFleet) => Promise<T>,
): Promise<T> {
  const { chosen: asked, request, serviceAccount = '', ca, nodeObjects, wrap } = question;
  const { context, globals } = invocation;
  const { signal, stderr, env } = context;
  const connection = await openConnection(invocation, { ownStdin: question.ownStdin ?? false });
  mark('connection');
  const { apiServer, proxy, acting, close } = actAs(invocation, serviceAccount, connection);
  let closeWorkers = () => {};
  try {
    const trusting = withCa(acting, ca);
    const isOne = question.isOne ?? namesOne(asked);
    const { kubelets, left } = await openPath(asked.via, invocation, trusting, isOne);
    const isCachable = nodeObjects !== 'needed' && question.cache !== 'never';
    // A cached address may belong to another node now, so the cache is used only if certificates of kubelets name their node.
    const nodeCache =
      isCachable && kubelets && namesNodes(kubelets) ? openNodeCache(env, connection) : undefined;
    const namespace = globals.namespace || connection.namespace;
    const names = await question.nodesOf?.(apiServer, namespace);
    const chosen = names ? { ...asked, kubelets: nodesNamed(names) } : asked;
    const { note, ...found } = await findTargets(chosen, request, {
      ...{ apiServer, nodeObjects, nodeCache },
      asksFirst: question.cache === 'API server is down',
      isByName: kubelets === undefined,
    });
    mark('targets');
    if (note !== undefined) stderr.write(`note: ${escapeControlLine(note)}\n`);
    const lookUp = nodeCache && ((name: string) => lookUpNode(name, nodeCache, apiServer, request));
    const nodes = found.targets.flatMap(({ node }) => node ?? []);
    const choice = kubelets && openChoice(nodes, invocation, trusting, question.tell);
    const workers = kubelets && (await workersFor(found.targets.length, env));
    closeWorkers = () => workers?.close();
    const shared = workers ? { ...kubelets, open: workers.open } : kubelets;
    return await use({
      ...{ found, apiServer, connection: acting },
      access: { apiServer: proxy, kubelets: shared, left, choice, signal, wrap, lookUp },
      namespace,
    });
  } finally {
    closeWorkers();
    close();
  }
}

function nodesNamed(names: readonly string[]): KubeletChoice {
  const [name] = names;
  if (name !== undefined && names.length === 1) return { kind: 'node', name };
  return { kind: 'nodes', names, selector: '', role: '' };
}

export function withCa(connection: ApiConnection, ca: string | undefined): ApiConnection {
  return ca === undefined ? connection : { ...connection, tls: { ...connection.tls, ca } };
}

async function workersFor(nodes: number, env: Environment): Promise<Workers | undefined> {
  const wanted = env['KUBELETACCESS_WORKERS'];
  if (nodes < largeFleet && wanted === undefined) return undefined;
  const { openWorkers } = await import('../../../kube/workers/open-workers.ts');
  return openWorkers(wanted);
}

function namesOne({ kubelets }: FleetChoice): boolean {
  if (kubelets.kind === 'addresses') return kubelets.addresses.length === 1;
  return kubelets.kind === 'node' || kubelets.names.length === 1;
}
