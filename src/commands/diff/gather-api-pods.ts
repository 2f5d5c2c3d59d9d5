import { Failure, Interrupted, messageOf, orFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { Kind } from '../../kube/api-server/kinds.ts';
import { orMissingPermission } from '../../kube/api-server/write-denial.ts';
import { podType } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import { escapeControlLine } from '../../text/escape.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import type { BodyView } from '../shared/rows/body-view.ts';
import type { Comparison } from '../shared/rows/print-rows.ts';
import { type PodComparison, type PodDifference, stillDiffers } from './pod-differences.ts';
import { type PodFacts, packPod, podFacts, unpackPod } from './pod-facts.ts';

/**
 * Compares the pods of kubelets with two lists of pods from the API server. The first list is read before the kubelets, the second after. A
 * pod that changes in between differs from only one list, so it is not reported.
 */
export function compareWithApi(
  comparison: PodComparison,
): Comparison & { readonly view: BodyView } {
  // Differences by row. `confirm` needs them, and a selector may drop rows before `confirm` is called.
  const found = new WeakMap<Row, PodDifference>();
  let read: () => Promise<ApiPods> = async () => none;
  let before: ApiPods = none;
  const rowOf = (node: string, difference: PodDifference) => {
    const row = comparison.row(difference, node);
    found.set(row, difference);
    return row;
  };
  return {
    view: {
      ...comparison.columns,
      plural: 'differences',
      extraPaths: comparison.extraPaths,
      rows: (bodies, node) => {
        const api = before.of(node);
        return mapChecked(comparison.find(bodies, api), ({ differences, pods, problems }) => ({
          rows: differences.map((difference) => rowOf(node, difference)),
          problems,
          pods: () => [...pods, ...api],
        }));
      },
    },
    begin: async (apiServer, nodes, namespace) => {
      read = () => readPods(apiServer, nodes, namespace);
      before = await read();
    },
    confirm: async (nodes) => {
      const isSame = nodes.every(({ rows }) => rows.length === 0);
      if (isSame) return { nodes, notes: [] };
      const after = await orFailure(read()).catch(asFailure);
      if (after instanceof Failure)
        return {
          nodes,
          notes: [
            `note: differences are not confirmed, and some may be of changes in between: ${escapeControlLine(messageOf(after))}`,
          ],
        };
      const confirmed = nodes.map(({ node, via, rows }) => {
        const now = after.of(node);
        const still = rows.flatMap((row) => {
          const difference = found.get(row);
          return (difference && stillDiffers(difference, now, comparison.differencesOf)) ?? [];
        });
        return { node, via, rows: still.map((difference) => comparison.row(difference, node)) };
      });
      return { nodes: confirmed, notes: [] };
    },
  };
}

/** Turns an interrupt into a Failure, so that the differences found so far are printed. */
function asFailure(error: unknown): Failure {
  if (error instanceof Interrupted) return new Failure(error.message);
  throw error;
}

interface ApiPods {
  readonly of: (node: string) => readonly PodFacts[];
}

const none: ApiPods = { of: () => [] };

/** Up to this number of nodes, one request for each node lists its pods. For more nodes, one request lists all pods. */
const fewNodes = 10;

/** If the API server denies the lists, the thrown Failure names the missing permission. */
async function readPods(
  apiServer: ApiServer,
  nodes: readonly string[],
  namespace: string | undefined,
): Promise<ApiPods> {
  const numbers = new Map([...new Set(nodes)].map((node, number) => [node, number]));
  const kind = packedPods(numbers);
  const path =
    namespace === undefined
      ? '/api/v1/pods'
      : `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const paths =
    nodes.length > fewNodes
      ? [path]
      : nodes.map((node) => `${path}?fieldSelector=spec.nodeName%3D${node}`);
  const lists = await orMissingPermission(
    Promise.all(paths.map((path) => apiServer.listNoted(path, kind))),
  );
  const byNode = new Map<number, string[]>();
  for (const { items } of lists)
    for (const packed of items) {
      if (packed === elsewhere) continue;
      const [node] = unpackPod(packed);
      const packedOfNode = byNode.get(node) ?? [];
      packedOfNode.push(packed);
      byNode.set(node, packedOfNode);
    }
  return {
    of: (node) => (byNode.get(numbers.get(node) ?? -1) ?? []).map((packed) => unpackPod(packed)[1]),
  };
}

/** Replaces pods of other nodes, which are not compared. */
const elsewhere = '';

/** Keeps only the compared fields of pods, because a page of pods may take megabytes. */
function packedPods(nodes: ReadonlyMap<string, number>): Kind<string> {
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    type: podType.map((pod) => {
      const node = nodes.get(pod.spec.nodeName ?? '');
      return node === undefined ? elsewhere : packPod(node, podFacts(pod));
    }),
  };
}
