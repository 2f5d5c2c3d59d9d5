import { Failure, Interrupted, messageOf, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { Kind } from '../../kube/api-server/kinds.ts';
import type { Listed } from '../../kube/api-server/list-pages.ts';
import { explainDenial } from '../../kube/api-server/write-refusal.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { BodyView, NodeRows, PodComparison } from './views/body-view.ts';
import { type PodDifference, stillDiffers } from './views/pod-differences.ts';
import { type PodFacts, packPod, podFacts, unpackPod } from './views/pod-facts.ts';
import { podType } from './views/pods-body.ts';

/** A view of what differs between kubelets and the API server. */
export interface ApiComparison {
  readonly view: BodyView;
  /** Reads the pods that the API server has on these nodes. To be called before any of their kubelets. */
  begin(apiServer: ApiServer, nodes: readonly string[]): Promise<void>;
  /** The rows of nodes that differ also from what the API server has now, and what is to be said of them. */
  confirm(nodes: readonly NodeRows[]): Promise<ConfirmedRows>;
}

interface ConfirmedRows {
  readonly nodes: readonly NodeRows[];
  readonly notes: readonly string[];
}

/**
 * Looks at the API server before and after the kubelets: what changes meanwhile, as it does all the time in a large cluster,
 * differs from one of them alone.
 */
export function compareWithApi(view: BodyView, comparison: PodComparison): ApiComparison {
  const found = new Map<string, readonly PodDifference[]>();
  let read: () => Promise<ApiPods> = async () => none;
  let before: ApiPods = none;
  const rowsOf = (node: string, differences: readonly PodDifference[]) =>
    differences.map((difference) => comparison.row(difference, node));
  return {
    view: {
      ...view,
      rows: (bodies, node) => {
        const { decoded, problem } = comparison.find(bodies, before.of(node));
        if (!decoded) return { problem };
        const { differences, problems } = decoded.value;
        found.set(node, differences);
        return { decoded: { value: { rows: rowsOf(node, differences), problems } } };
      },
    },
    begin: async (apiServer, nodes) => {
      read = () => readPods(apiServer, nodes);
      before = await read();
    },
    confirm: async (nodes) => {
      const isSame = nodes.every(({ rows }) => rows.length === 0);
      if (isSame) return { nodes, notes: before.notes };
      const after = await orFailure(read()).catch(asFailure);
      if (after instanceof Failure)
        return {
          nodes,
          notes: [
            ...before.notes,
            `note: differences are not confirmed, and some may be of changes in between: ${escapeControlLine(messageOf(after))}`,
          ],
        };
      const confirmed = nodes.map(({ node }) => {
        const now = after.of(node);
        const still = (found.get(node) ?? []).flatMap(
          (each) => stillDiffers(each, now, comparison.differencesOf) ?? [],
        );
        return { node, rows: rowsOf(node, still) };
      });
      return { nodes: confirmed, notes: after.notes };
    },
  };
}

/** An interrupt leaves what is known until then. */
function asFailure(error: unknown): Failure {
  if (error instanceof Interrupted) return new Failure(error.message);
  throw error;
}

/** What the API server has. */
interface ApiPods {
  readonly of: (node: string) => readonly PodFacts[];
  readonly notes: readonly string[];
}

const none: ApiPods = { of: () => [], notes: [] };

/** Of up to so many nodes, each has a list of its own. */
const fewNodes = 10;

/** Throws a denial that names the permission. */
async function readPods(apiServer: ApiServer, nodes: readonly string[]): Promise<ApiPods> {
  const numbers = new Map([...new Set(nodes)].map((node, number) => [node, number]));
  const kind = packedPods(numbers);
  const paths =
    nodes.length > fewNodes
      ? ['/api/v1/pods']
      : nodes.map((node) => `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`);
  let lists: readonly Listed<string>[];
  try {
    lists = await Promise.all(paths.map((path) => apiServer.listReadable(path, kind)));
  } catch (error) {
    throw explainDenial(error);
  }
  const byNode = new Map<number, string[]>();
  for (const { items } of lists)
    for (const packed of items) {
      if (packed === elsewhere) continue;
      const [node] = unpackPod(packed);
      const packedOfNode = byNode.get(node) ?? [];
      packedOfNode.push(packed);
      byNode.set(node, packedOfNode);
    }
  const notes = lists.flatMap(({ unreadable }) =>
    unreadable
      ? `note: the API server listed pods that cannot be read (${unreadable.count}): ${escapeControlLine(unreadable.problem)}`
      : [],
  );
  return {
    of: (node) => (byNode.get(numbers.get(node) ?? -1) ?? []).map((packed) => unpackPod(packed)[1]),
    notes,
  };
}

/** Of nodes that are not asked for, nothing is kept. */
const elsewhere = '';

/** A page of pods may take megabytes: of each, what is compared is kept. */
function packedPods(nodes: ReadonlyMap<string, number>): Kind<string> {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    whole: false,
    type: podType.map((pod) => {
      const node = nodes.get(pod.spec.nodeName ?? '');
      return node === undefined ? elsewhere : packPod(node, podFacts(pod));
    }),
  };
}
