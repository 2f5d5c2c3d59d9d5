import { Failure } from '../../errors.ts';
import { optionOf } from '../../kubelet/causes/hop.ts';
import { type Pod, pod as podType } from '../../objects.ts';
import { checkType } from '../../schema.ts';
import { parseBoundedJson } from '../../text/json.ts';
import { nearestNames } from '../../text/nearest.ts';
import { type Kubelet, longestErrorBody } from './client.ts';
import { responseFailure } from './response-failure.ts';

/** In bytes. Of 110 pods, a kubelet's list has about 1 MiB. */
const longestList = 64 * 1024 * 1024;

/** A pod of those that a kubelet runs: as it knows them, also when the API server is down. */
export async function findPodOfKubelet(
  kubelet: Kubelet,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<Pod> {
  const request = { method: 'GET', path: '/pods' };
  const response = await kubelet.send(request);
  const isRefused = response.status >= 400;
  const read = await kubelet.read(response, isRefused ? longestErrorBody : longestList);
  if (isRefused) throw responseFailure(kubelet, request, read);
  const unreadable = (problem: string) =>
    new Failure(`the ${kubelet.label} answered GET /pods with no list of pods: ${problem}`);
  if (read.cut) throw unreadable(`more than ${longestList / 1024 / 1024} MiB`);
  const parsed = parseBoundedJson(read.text);
  if ('problem' in parsed) throw unreadable(parsed.problem);
  const items = itemsOf(parsed.value);
  if (!items) throw unreadable('of another kind');
  const isWanted = (item: unknown) => {
    const { metadata } = item as { metadata?: { namespace?: unknown; name?: unknown } };
    return metadata?.namespace === namespace && metadata.name === name;
  };
  const found = items.find(isWanted);
  if (found === undefined) throw absent(kubelet, { namespace, name }, items);
  const { decoded, problem } = checkType(podType, found, { whole: false });
  if (!decoded) throw unreadable(problem);
  return decoded.value;
}

function itemsOf(value: unknown): readonly object[] | undefined {
  const { kind, items } = (value ?? {}) as { readonly kind?: unknown; readonly items?: unknown };
  if (kind !== 'PodList') return undefined;
  // Null on a node without pods.
  if (items === null || items === undefined) return [];
  const isObject = (item: unknown) => typeof item === 'object' && item !== null;
  return Array.isArray(items) ? items.filter(isObject) : undefined;
}

function absent(
  { label, where }: Kubelet,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  items: readonly object[],
): Failure {
  const pods = items.flatMap((item) => {
    const { metadata } = item as { metadata?: { namespace?: unknown; name?: unknown } };
    return typeof metadata?.name === 'string'
      ? [`${String(metadata.namespace)}/${metadata.name}`]
      : [];
  });
  const near = nearestNames(`${namespace}/${name}`, pods, 3);
  return new Failure(`the ${label} runs no pod ${namespace}/${name}`, {
    hints: [
      ...(near.length === 0 ? [] : [`did you mean: ${near.join(' or ')}?`]),
      `kubectl kubeletaccess get pods -A ${optionOf(where)}`,
    ],
  });
}
