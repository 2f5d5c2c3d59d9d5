import * as v from '@badrap/valita';
import { Failure } from '../../errors.ts';
import { optionOf } from '../../kubelet/causes/hop.ts';
import { type Pod, pod as podType } from '../../objects.ts';
import { checkType } from '../../schema.ts';
import { parseBoundedJson } from '../../text/json.ts';
import { didYouMean } from '../../text/nearest.ts';
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
  const isError = response.status >= 400;
  const read = await kubelet.read(response, isError ? longestErrorBody : longestList);
  if (isError) throw responseFailure(kubelet, request, read);
  const unreadable = (problem: string) =>
    new Failure(`the ${kubelet.label} answered GET /pods with no list of pods: ${problem}`);
  if (read.cut) throw unreadable(`more than ${longestList / 1024 / 1024} MiB`);
  const parsed = parseBoundedJson(read.text);
  if ('problem' in parsed) throw unreadable(parsed.problem);
  const list = checkType(podList, parsed.value, { whole: false }).decoded?.value;
  if (!list) throw unreadable('of another kind');
  const wanted = `${namespace}/${name}`;
  const byName = new Map<string, unknown>(
    (list.items ?? []).flatMap((item) => {
      const named = checkType(namedPod, item, { whole: false }).decoded?.value.metadata;
      return named ? [[`${named.namespace}/${named.name}`, item] as const] : [];
    }),
  );
  if (!byName.has(wanted)) throw absent(kubelet, wanted, [...byName.keys()]);
  const { decoded, problem } = checkType(podType, byName.get(wanted), { whole: false });
  if (!decoded) throw unreadable(problem);
  return decoded.value;
}

/** One pod that is not as the API has it leaves the others. */
const podList = v.object({
  kind: v.literal('PodList'),
  /** Null on a node without pods. */
  items: v.array(v.unknown()).optional(),
});
const namedPod = v.object({ metadata: v.object({ namespace: v.string(), name: v.string() }) });

function absent({ label, where }: Kubelet, wanted: string, pods: readonly string[]): Failure {
  return new Failure(`the ${label} runs no pod ${wanted}`, {
    hints: [...didYouMean(wanted, pods), `kubectl kubeletaccess get pods -A ${optionOf(where)}`],
  });
}
