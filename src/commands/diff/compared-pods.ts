import type { Count } from '../../kubelet/bodies/exact.ts';
import { parsePodList } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import type { View } from '../../text/column.ts';
import { untyped } from '../shared/rows/body-view.ts';
import type { PodComparison } from './pod-comparison.ts';
import { differencesOf, type PodDifference, pairPods } from './pod-differences.ts';
import { type PodFacts, podFacts } from './pod-facts.ts';

/** A pod of which a kubelet and the API server have not the same. Undefined is of who does not have it. */
export interface ComparedPodRow {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /** The status by the kubelet: <none> if it has none. */
  readonly kubelet: string | undefined;
  readonly api: string | undefined;
  /** Such as `ready, restarts`. */
  readonly difference: string;
  readonly source: string | undefined;
  readonly kubeletReady: string | undefined;
  readonly apiReady: string | undefined;
  readonly kubeletRestarts: Count | undefined;
  readonly apiRestarts: Count | undefined;
  readonly kubeletUid: string | undefined;
  readonly apiUid: string | undefined;
  /** For a mirror pod: the uid of the static pod that it shows. */
  readonly mirrorOf: string | undefined;
}

export function comparedPodRow(
  { kubelet, api, differences }: PodDifference,
  node: string,
): ComparedPodRow {
  const { namespace = '', pod = '' } = kubelet ?? api ?? {};
  return {
    namespace,
    pod,
    node,
    kubelet: statusOf(kubelet),
    api: statusOf(api),
    difference: differences.join(', '),
    source: kubelet?.source,
    kubeletReady: kubelet?.ready,
    apiReady: api?.ready,
    kubeletRestarts: kubelet?.restarts,
    apiRestarts: api?.restarts,
    kubeletUid: kubelet?.uid,
    apiUid: api?.uid,
    mirrorOf: api?.mirrorOf,
  };
}

/** A dash would say that there is no such pod. */
export function statusOf(facts: PodFacts | undefined): string | undefined {
  return facts && (facts.status ?? '<none>');
}

export const comparedPodsView: View<ComparedPodRow> = {
  kind: 'KubeletPodDifferenceList',
  names: 'pod',
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'KUBELET', key: 'kubelet', unit: 'text', role: 'volatile' },
    { head: 'API', key: 'api', unit: 'text', role: 'volatile' },
    { head: 'DIFFERENCE', key: 'difference', unit: 'text', role: 'volatile' },
    { head: 'SOURCE', key: 'source', unit: 'text', wide: true },
    { head: 'KUBELET READY', key: 'kubeletReady', unit: 'text', wide: true, role: 'volatile' },
    { head: 'API READY', key: 'apiReady', unit: 'text', wide: true, role: 'volatile' },
    { head: 'KUBELET RESTARTS', key: 'kubeletRestarts', unit: 'count', wide: true },
    { head: 'API RESTARTS', key: 'apiRestarts', unit: 'count', wide: true },
    { head: 'KUBELET UID', key: 'kubeletUid', unit: 'text', wide: true },
    { head: 'API UID', key: 'apiUid', unit: 'text', wide: true },
    { head: 'MIRROR OF', key: 'mirrorOf', unit: 'text', wide: true },
  ],
};

export const comparedPods: PodComparison = {
  columns: untyped(comparedPodsView),
  extraPaths: [],
  differencesOf,
  find: ({ body }, api) =>
    mapChecked(parsePodList(body), (list) => {
      const pods = list.map(podFacts);
      const differences = pairPods(pods, api)
        .map((sides) => ({ ...sides, differences: differencesOf(sides) }))
        .filter((each) => each.differences.length > 0);
      return { differences, pods, problems: {} };
    }),
  row: (difference, node) => ({ ...comparedPodRow(difference, node) }),
};
