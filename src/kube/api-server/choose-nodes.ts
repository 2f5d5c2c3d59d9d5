import type { Node } from '../../objects.ts';
import { checkNodeName } from '../kubelet/kubelet.ts';
import { type ApiServer, ApiServerFailure } from './api-server.ts';

/** Which nodes a command is about; all, if neither is given. */
export interface NodeChoice {
  readonly names: readonly string[];
  /** As `kubectl get -l` takes it. */
  readonly selector: string;
}

export interface ChosenNodes {
  readonly nodes: readonly Node[];
  /** The right that the caller lacks to be told of nodes, and the refusal; those named are then known by their names alone. */
  readonly lacking?: { readonly right: string; readonly words: string };
}

/** Few are read by name, for which the right to read these is enough. */
const fewNames = 10;

/** The chosen nodes in the order of the cluster. One named that is not there is a failure, as for `kubectl get node`. */
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
        nodes: await Promise.all(wanted.map((name) => apiServer.get<Node>(nodePath(name)))),
      };
    const found = await apiServer.list<Node>(`/api/v1/nodes${query}`);
    const chosen = ({ metadata }: Node) =>
      wanted.length === 0 || wanted.includes(metadata?.name ?? '');
    return { nodes: found.filter(chosen) };
  } catch (error) {
    if (!(error instanceof ApiServerFailure) || error.status !== 403) throw error;
    return {
      nodes: wanted.map((name) => ({ metadata: { name } })),
      lacking: { right: byName ? 'get nodes' : 'list nodes', words: error.words },
    };
  }
}

function nodePath(name: string): string {
  return `/api/v1/nodes/${name}`;
}
