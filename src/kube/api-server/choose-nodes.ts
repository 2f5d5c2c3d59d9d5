import { Failure, NodeNotFound, orFailure } from '../../errors.ts';
import type { Unknown } from '../../known.ts';
import type { Cause } from '../../kubelet/causes/causes.ts';
import type { Node } from '../../objects.ts';
import { summarize } from '../../text/list.ts';
import type { FailedRead } from '../../text/render-row-list.ts';
import { describeUnread, mayBeUnread, type Unread } from '../../unread.ts';
import type { ApiServer } from './api-server.ts';
import { type ApiServerFailure, isForbidden } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import { checkNodeName, fewNames, getNode, missingNode } from './nodes.ts';

/** Names and labels that select the nodes of a command. If all of them are empty, all nodes are selected. */
export interface NodeChoice {
  readonly names: readonly string[];
  /** A label selector, as `kubectl get -l` takes it; empty for any labels. */
  readonly selector: string;
  /** A role, as in the ROLES of `kubectl get nodes`, or `worker`; empty for any role. */
  readonly role: string;
}

/** Returns the label selector for the API server; empty for all nodes. */
export function labelsOf({ selector, role }: Pick<NodeChoice, 'selector' | 'role'>): string {
  return [...selectorsOf(role), selector].filter(Boolean).join(',');
}

const rolePrefix = 'node-role.kubernetes.io/';

/** kubeadm before 1.24 used `master`. */
const controlPlaneRoles = ['control-plane', 'master'];

/** Whether a node has a label of the control plane, which NodeRestriction keeps kubelets from writing. */
export function isControlPlane({ metadata: { labels = {} } }: Node): boolean {
  return controlPlaneRoles.some((role) => Object.hasOwn(labels, rolePrefix + role));
}

function selectorsOf(role: string): readonly string[] {
  if (role === '') return [];
  if (role === 'worker') return controlPlaneRoles.map((each) => `!${rolePrefix}${each}`);
  return [rolePrefix + role];
}

interface NodesDenial {
  readonly failure: ApiServerFailure;
  readonly needs: 'get nodes' | 'list nodes';
}

export interface ChosenNodes {
  readonly nodes: readonly Node[];
  /** Set if the caller may not read Node objects: `nodes` then has the named nodes, without addresses. */
  readonly denial?: NodesDenial;
  /** Why nodes are left out: they do not exist, or their Node objects cannot be read. */
  readonly unreadable?: Unknown | undefined;
  /** Named nodes that do not exist. */
  readonly missing?: readonly FailedRead[];
}

/**
 * Returns the chosen nodes without duplicates. If none of the named nodes exists and no label selector is given, throws an error like
 * `kubectl get node`.
 */
export async function chooseNodes(
  apiServer: ApiServer,
  { names, ...labels }: NodeChoice,
): Promise<ChosenNodes> {
  const selector = labelsOf(labels);
  const wanted = [...new Set(names.map(checkNodeName))];
  const byName = wanted.length > 0 && wanted.length <= fewNames && selector === '';
  try {
    if (byName) return await getNodes(apiServer, wanted);
    const query = selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
    const { items, unread } = await apiServer.listReadable(`/api/v1/nodes${query}`, kinds.Node);
    const found = new Map(items.map((node) => [node.metadata.name, node]));
    const absent = wanted.filter((name) => !found.has(name));
    const isAbsent = (name: string) => !mayBeUnread(unread, name);
    const missing = selector === '' ? absent.filter(isAbsent) : [];
    const chosen = new Set(wanted.length === 0 ? found.keys() : wanted);
    return withMissing(
      [...found.values()].filter(({ metadata }) => chosen.has(metadata.name)),
      missing.map((name) => missingNode(name, [...found.keys()])),
      leftOut(wanted.length === 0 || !absent.every(isAbsent) ? unread : []),
    );
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return {
      nodes: wanted.map((name) => ({ metadata: { name } })),
      denial: { failure: error, needs: byName ? 'get nodes' : 'list nodes' },
    };
  }
}

async function getNodes(apiServer: ApiServer, names: readonly string[]): Promise<ChosenNodes> {
  const missing: NodeNotFound[] = [];
  const nodes = await Promise.all(
    names.map((name) =>
      getNode(apiServer, name).catch((error: unknown) => {
        if (!(error instanceof NodeNotFound)) throw error;
        missing.push(error);
      }),
    ),
  );
  const found = nodes.filter((node) => node !== undefined);
  return withMissing(found, missing);
}

/** Adds the missing nodes to the found ones; throws if none was found. */
function withMissing(
  nodes: readonly Node[],
  missing: readonly NodeNotFound[],
  unreadable?: Unknown,
): ChosenNodes {
  const [first] = missing;
  if (!first) return { nodes, unreadable };
  if (nodes.length === 0) throw first;
  const failed = missing.map(({ node, words, hints: [hint] }) => ({
    ...{ node, cause: 'node-gone' satisfies Cause, message: words, hint },
  }));
  return {
    nodes,
    unreadable: { unknown: summarize(failed, 5, ({ message }) => message), unreadable: true },
    missing: failed,
  };
}

export function unreadNodes({ failure, needs }: NodesDenial): Unknown {
  return { unknown: failure.words, needs };
}

function leftOut(unread: readonly Unread[]): Unknown | undefined {
  const [words] = describeUnread(unread);
  return words === undefined ? undefined : { unknown: words, unreadable: true };
}

/** Returns the error for an empty choice of nodes. If a role was given, a hint lists the existing roles. */
export async function noNodes(
  apiServer: ApiServer,
  { names, selector, role }: NodeChoice,
): Promise<Failure> {
  const options = [selector && `labels ${selector}`, role && `role ${role}`].filter(Boolean);
  const named = names.length === 0 ? '' : ` named ${summarize(names, 3)}`;
  const hints: string[] = [];
  if (role !== '') {
    const all = await orFailure(chooseNodes(apiServer, { names: [], selector: '', role: '' }));
    const roles = all instanceof Failure ? [] : rolesOf(all.nodes);
    if (roles.length > 0) hints.push(`roles of this cluster: ${roles.join(', ')}`);
  }
  return new Failure(
    `no nodes found${named}${options.length === 0 ? '' : ` with ${options.join(' and ')}`}`,
    { hints: [...hints, 'kubectl get nodes --show-labels'] },
  );
}

function rolesOf(nodes: readonly Node[]): readonly string[] {
  const roles = nodes.map(({ metadata: { labels = {} } }) =>
    Object.keys(labels).flatMap((label) =>
      label.startsWith(rolePrefix) ? label.slice(rolePrefix.length) : [],
    ),
  );
  // The label `worker` does not show that a node is a worker, because control plane nodes may also have it.
  const hasWorker = roles.some((own) => !controlPlaneRoles.some((each) => own.includes(each)));
  const named = roles.flat().filter((role) => role !== '' && role !== 'worker');
  return [...new Set(named.sort()), ...(hasWorker ? ['worker'] : [])];
}
