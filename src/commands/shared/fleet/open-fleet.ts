import { openConnection } from '../../../cli/connection.ts';
import type { KubeletInvocation } from '../../../cli/kubelets.ts';
import type { FleetChoice, KubeletChoice } from '../../../cli/node-options.ts';
import { actAs } from '../../../cli/service-account.ts';
import type { ApiServer } from '../../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../../kube/config/api-connection.ts';
import type { Kubelet } from '../../../kube/kubelet-client/client.ts';
import type { Request } from '../../../kube/transport/transport.ts';
import { mark } from '../../../marks.ts';
import { escapeControlLine } from '../../../text/escape.ts';
import { type FoundTargets, findTargets, type NodeObjects } from '../door/find-targets.ts';
import { type Door, openDoor } from '../door/open-door.ts';

export interface OpenFleet {
  readonly found: FoundTargets;
  readonly door: Door;
  /** API server that is called with the caller's own credential, even with --as-serviceaccount. */
  readonly apiServer: ApiServer;
  /** Connection with the credential that is sent to kubelets: the caller's, or the service account's with --as-serviceaccount. */
  readonly connection: ApiConnection;
  readonly namespace: string;
  readonly signal: AbortSignal;
  close(): void;
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
  readonly wrap?: ((kubelet: Kubelet) => Kubelet) | undefined;
  /** Prints why nodes are called through the API server, once for each reason. Set only by commands that run until an interrupt. */
  readonly tell?: (line: string) => void;
}

/** Closes the connections to kubelets after `use`. */
export async function withFleet<T>(
  invocation: KubeletInvocation,
  question: FleetQuestion,
  use: (fleet: OpenFleet) => Promise<T>,
): Promise<T> {
  const fleet = await openFleet(invocation, question);
  try {
    return await use(fleet);
  } finally {
    fleet.close();
  }
}

export async function openFleet(
  invocation: KubeletInvocation,
  question: FleetQuestion,
): Promise<OpenFleet> {
  const { chosen: asked, request, serviceAccount = '', ca, nodeObjects, wrap } = question;
  const { context, globals } = invocation;
  const connection = await openConnection(invocation, { ownStdin: question.ownStdin ?? false });
  mark('connection');
  const { apiServer, proxy, acting, close } = actAs(invocation, serviceAccount, connection);
  let door: Door | undefined;
  const closeAll = () => {
    door?.close();
    close();
  };
  try {
    door = await openDoor(invocation, withCa(acting, ca), {
      ...{ via: asked.via, types: asked.types, port: asked.port, wrap },
      ...{ apiServer: proxy, lookUps: apiServer, next: request },
      isOne: question.isOne ?? namesOne(asked),
    });
    const namespace = globals.namespace || connection.namespace;
    const names = await question.nodesOf?.(apiServer, namespace);
    const chosen = names ? { ...asked, kubelets: nodesNamed(names) } : asked;
    const { note, ...found } = await findTargets(chosen, request, {
      ...{ apiServer, nodeObjects },
      nodeCache: nodeObjects === 'needed' || question.cache === 'never' ? undefined : door.cache,
      asksFirst: question.cache === 'API server is down',
      isByName: door.direct === undefined,
    });
    mark('targets');
    if (note !== undefined) context.stderr.write(`note: ${escapeControlLine(note)}\n`);
    await door.expect(found.targets, question.tell);
    const { signal } = context;
    return { found, door, apiServer, connection: acting, namespace, signal, close: closeAll };
  } catch (error) {
    closeAll();
    throw error;
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

function namesOne({ kubelets }: FleetChoice): boolean {
  if (kubelets.kind === 'addresses') return kubelets.addresses.length === 1;
  return kubelets.kind === 'node' || kubelets.names.length === 1;
}
