import type { Unknown } from '../../known.ts';
import type { Node } from '../../objects.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import { kinds } from './kinds.ts';
import type { Unreadable } from './list-pages.ts';
import { checkNodeName, getNode, missingNode } from './nodes.ts';

/** Which nodes a command is for; all, if everything is empty. */
export interface NodeChoice {
  readonly names: readonly string[];
  /** As `kubectl get -l` takes it. */
  readonly selector: string;
  /** As `kubectl get --field-selector` takes it. */
  readonly fieldSelector?: string;
}

/** That the caller may not read Node objects. */
interface NodesDenial {
  readonly failure: ApiServerFailure;
  /** `list nodes` */
  readonly needs: string;
}

export interface ChosenNodes {
  readonly nodes: readonly Node[];
  /** Set where the caller may not read Node objects: then `nodes` are those named, without addresses. */
  readonly denial?: NodesDenial;
  /** Set where `nodes` lacks some that are not as the API has them. */
  readonly unreadable?: Unknown | undefined;
}

/** Up to so many are read by name, which takes a smaller permission. */
const fewNames = 10;

/**
 * The chosen nodes in the order of the cluster, each once. A named node that does not exist is a failure, as for `kubectl get
 * node`, unless labels or fields choose among those named.
 */
export async function chooseNodes(
  apiServer: ApiServer,
  { names, selector, fieldSelector = '' }: NodeChoice,
): Promise<ChosenNodes> {
  const wanted = [...new Set(names.map(checkNodeName))];
  const isNarrowed = selector !== '' || fieldSelector !== '';
  const byName = wanted.length > 0 && wanted.length <= fewNames && !isNarrowed;
  try {
    if (byName) return { nodes: await Promise.all(wanted.map((name) => getNode(apiServer, name))) };
    const query = queryOf({ labelSelector: selector, fieldSelector });
    const { items, unreadable } = await apiServer.listReadable(`/api/v1/nodes${query}`, kinds.Node);
    const found = new Map(items.map((node) => [node.metadata.name, node]));
    const missing = wanted.find((name) => !found.has(name));
    if (missing !== undefined && !isNarrowed && !unreadable)
      throw missingNode(missing, [...found.keys()]);
    const chosen = new Set(wanted.length === 0 ? found.keys() : wanted);
    return {
      nodes: [...found.values()].filter(({ metadata }) => chosen.has(metadata.name)),
      unreadable: unreadable && leftOut(unreadable),
    };
  } catch (error) {
    if (!(error instanceof ApiServerFailure) || error.status !== 403) throw error;
    return {
      nodes: wanted.map((name) => ({ metadata: { name } })),
      denial: { failure: error, needs: byName ? 'get nodes' : 'list nodes' },
    };
  }
}

/** A denial for those who go on without the nodes. */
export function unreadNodes({ failure, needs }: NodesDenial): Unknown {
  return { unknown: failure.words, needs };
}

function queryOf(parameters: Readonly<Record<string, string>>): string {
  const given = Object.entries(parameters)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

function leftOut({ count, problem }: Unreadable): Unknown {
  const nodes = count === 1 ? 'a node' : `${count} nodes`;
  return {
    unknown: `the API server listed ${nodes} that cannot be read: ${problem}`,
    unreadable: true,
  };
}
