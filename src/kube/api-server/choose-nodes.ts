import type { Unknown } from '../../known.ts';
import type { Node } from '../../objects.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import type { Unreadable } from './list-pages.ts';
import { checkNodeName } from './nodes.ts';

/** Which nodes a command checks; all, if both are empty. */
export interface NodeChoice {
  readonly names: readonly string[];
  /** As `kubectl get -l` takes it. */
  readonly selector: string;
}

export interface ChosenNodes {
  readonly nodes: readonly Node[];
  /** Set where the caller may not read Node objects: then `nodes` are those named, without addresses. */
  readonly unread?: Unknown;
  /** Set where `nodes` lacks some that are not as the API has them. */
  readonly unreadable?: Unknown | undefined;
}

/** Up to so many are read by name, which takes a smaller permission. */
const fewNames = 10;

/** The chosen nodes in the order of the cluster. A named node that does not exist is a failure, as for `kubectl get node`. */
export async function chooseNodes(
  apiServer: ApiServer,
  { names, selector }: NodeChoice,
): Promise<ChosenNodes> {
  const wanted = [...new Set(names.map(checkNodeName))];
  const byName = wanted.length > 0 && wanted.length <= fewNames && selector === '';
  const query = selector && `?labelSelector=${encodeURIComponent(selector)}`;
  try {
    if (byName)
      return {
        nodes: await Promise.all(wanted.map((name) => apiServer.get(nodePath(name), kinds.Node))),
      };
    const { items, unreadable } = await apiServer.listReadable(`/api/v1/nodes${query}`, kinds.Node);
    const isChosen = ({ metadata }: Node) =>
      wanted.length === 0 || wanted.includes(metadata?.name ?? '');
    return { nodes: items.filter(isChosen), unreadable: unreadable && leftOut(unreadable) };
  } catch (error) {
    if (!(error instanceof ApiServerFailure) || error.status !== 403) throw error;
    return {
      nodes: wanted.map((name) => ({ metadata: { name } })),
      unread: { unknown: error.words, needs: byName ? 'get nodes' : 'list nodes' },
    };
  }
}

function leftOut({ count, problem }: Unreadable): Unknown {
  const nodes = count === 1 ? 'a node' : `${count} nodes`;
  return {
    unknown: `the API server listed ${nodes} that cannot be read: ${problem}`,
    unreadable: true,
  };
}

function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`;
}
