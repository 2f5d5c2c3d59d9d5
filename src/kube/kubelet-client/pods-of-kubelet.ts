import * as v from '@badrap/valita';
import { Failure } from '../../errors.ts';
import { optionOf } from '../../kubelet/causes/hop.ts';
import { type Pod, pod as podType } from '../../objects.ts';
import { checkType } from '../../schema.ts';
import { command } from '../../text/command.ts';
import { parseBoundedJson } from '../../text/json.ts';
import { didYouMean, nearestNames } from '../../text/nearest.ts';
import { type Kubelet, longestErrorBody } from './client.ts';
import { responseFailure } from './response-failure.ts';

/** Limit of a kubelet's list of pods in bytes: 110 pods take about 1 MiB. */
const longestList = 64 * 1024 * 1024;

/**
 * Returns pods from their kubelet's list of pods, which is available even while the API server is down: all of them, or the wanted ones,
 * with a failure for each that the list does not contain.
 */
export async function podsOfKubelet(
  kubelet: Kubelet,
  wanted: readonly PodPlace[] = [],
): Promise<{ readonly pods: readonly Pod[]; readonly failures: readonly Failure[] }> {
  const read = await readPods(kubelet);
  if (wanted.length === 0)
    return { pods: read.map(({ item }) => decodePod(kubelet, item)), failures: [] };
  const places = read.map(({ place }) => place);
  const found = wanted.map(({ namespace, name }) => {
    const own = read.find(({ place }) => place.name === name && place.namespace === namespace);
    return own ? decodePod(kubelet, own.item) : absent(kubelet, { namespace, name }, places);
  });
  return {
    pods: found.flatMap((each) => (each instanceof Failure ? [] : each)),
    failures: found.filter((each) => each instanceof Failure),
  };
}

export async function findPodOfKubelet(kubelet: Kubelet, wanted: PodPlace): Promise<Pod> {
  const { pods, failures } = await podsOfKubelet(kubelet, [wanted]);
  const [pod] = pods;
  if (!pod) throw failures[0];
  return pod;
}

function decodePod(kubelet: Kubelet, item: unknown): Pod {
  const { decoded, problem } = checkType(podType, item);
  if (!decoded) throw unreadable(kubelet, problem);
  return decoded.value;
}

function unreadable({ label }: Kubelet, problem: string): Failure {
  return new Failure(`the ${label} answered GET /pods with no list of pods: ${problem}`);
}

/** Reads a kubelet's pods. Does not decode them, so that a malformed pod does not affect the others. */
async function readPods(
  kubelet: Kubelet,
): Promise<readonly { readonly item: unknown; readonly place: PodPlace }[]> {
  const request = { method: 'GET', path: '/pods' };
  const response = await kubelet.send(request);
  const isError = response.status >= 400;
  const read = await kubelet.read(response, isError ? longestErrorBody : longestList);
  if (isError) throw responseFailure(kubelet, request, read);
  if (read.cut) throw unreadable(kubelet, `more than ${longestList / 1024 / 1024} MiB`);
  const parsed = parseBoundedJson(read.text);
  if ('problem' in parsed) throw unreadable(kubelet, parsed.problem);
  const list = checkType(podList, parsed.value).decoded?.value;
  if (!list) throw unreadable(kubelet, 'of another kind');
  const items = list.kind === 'Pod' ? [parsed.value] : (list.items ?? []);
  return items.flatMap((item) => {
    const place = checkType(namedPod, item).decoded?.value.metadata;
    return place ? [{ item, place }] : [];
  });
}

const podList = v.union(
  v.object({
    kind: v.literal('PodList'),
    /** Null if the node has no pods. */
    items: v.array(v.unknown()).optional(),
  }),
  /** The API server's answer in place of a kubelet: see `podItself`. */
  v.object({ kind: v.literal('Pod') }),
);
const namedPod = v.object({ metadata: v.object({ namespace: v.string(), name: v.string() }) });

/**
 * Suggests the first of these that exist: pods with the same name in other namespaces, pods of a workload with that name, pods with similar
 * names.
 */
export function suggestPods(wanted: PodPlace, pods: readonly PodPlace[]): readonly string[] {
  const found =
    [
      pods.filter(({ name }) => name === wanted.name),
      pods.filter(({ name }) => name.startsWith(`${wanted.name}-`)),
    ].find((each) => each.length > 0) ?? [];
  if (found.length > 0) return found.slice(0, 3).map(formatPod);
  return nearestNames(formatPod(wanted), pods.map(formatPod), 3);
}

interface PodPlace {
  readonly namespace: string;
  readonly name: string;
}

function formatPod({ namespace, name }: PodPlace): string {
  return `${namespace}/${name}`;
}

function absent({ label, where }: Kubelet, wanted: PodPlace, pods: readonly PodPlace[]): Failure {
  return new Failure(`the ${label} runs no pod ${formatPod(wanted)}`, {
    hints: [
      ...didYouMean(suggestPods(wanted, pods)),
      command`kubectl kubeletaccess get pods -A ${optionOf(where)}`,
    ],
  });
}
