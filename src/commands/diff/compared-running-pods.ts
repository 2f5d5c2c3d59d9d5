import { parsePodList, type RunningFacts, runningFacts } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import type { View } from '../../text/column.ts';
import { untyped } from '../shared/rows/body-view.ts';
import { statusOf } from './compared-pods.ts';
import type { PodComparison } from './pod-comparison.ts';
import type { Difference, PodDifference, PodSides } from './pod-differences.ts';
import { identityOf, isStatic, type PodFacts, podFacts } from './pod-facts.ts';

/** A pod that does not run as its kubelet or the API server has it. Undefined is of who does not have it. */
export interface ComparedRunningPodRow {
  readonly namespace: string;
  readonly pod: string;
  readonly node: string;
  /** How many run. */
  readonly containers: number;
  /** The status by the kubelet: <none> if it has none. */
  readonly kubelet: string | undefined;
  readonly api: string | undefined;
  readonly difference: string;
  readonly containerNames: string | undefined;
  readonly runtimeUid: string | undefined;
  readonly kubeletUid: string | undefined;
  readonly apiUid: string | undefined;
}

/** @param kubelet undefined if it could not be read */
export function runningPodDifferences(
  runtime: readonly RunningFacts[],
  kubelet: readonly PodFacts[] | undefined,
  api: readonly PodFacts[],
): readonly PodDifference[] {
  const ofKubelet = byIdentity(kubelet ?? []);
  const ofApi = byIdentity(api);
  const withoutKubelet = kubelet === undefined;
  const running = new Set(runtime.map(({ uid }) => uid));
  const missing = kubelet?.filter((each) => each.isRunning && !running.has(each.uid)) ?? [];
  const sides: readonly PodSides[] = [
    ...runtime.map((each) => ({
      runtime: each,
      kubelet: ofKubelet(each.uid),
      api: ofApi(each.uid),
      withoutKubelet,
    })),
    ...missing.map((each) => ({ kubelet: each, api: ofApi(each.uid) })),
  ];
  return sides
    .map((each) => ({ ...each, differences: differencesOfRunning(each) }))
    .filter(({ differences }) => differences.length > 0);
}

/** None if it runs as both have it. */
export function differencesOfRunning(sides: PodSides): readonly Difference[] {
  const { runtime, kubelet, api, withoutKubelet = false } = sides;
  if (!runtime) return kubelet ? ['not running'] : [];
  if (!kubelet && !withoutKubelet) return ['orphaned'];
  if (api) return [];
  return [kubelet && isStatic(kubelet) ? 'no mirror' : 'not in API'];
}

function byIdentity(pods: readonly PodFacts[]): (uid: string | undefined) => PodFacts | undefined {
  const byKey = new Map(pods.map((pod) => [identityOf(pod), pod]));
  return (uid) => (uid === undefined ? undefined : byKey.get(uid));
}

export function comparedRunningPodRow(
  { runtime, kubelet, api, differences }: PodDifference,
  node: string,
): ComparedRunningPodRow {
  const { namespace = '', pod = '' } = runtime ?? kubelet ?? api ?? {};
  const { containers = [], uid } = runtime ?? {};
  return {
    namespace,
    pod,
    node,
    containers: containers.length,
    kubelet: statusOf(kubelet),
    api: statusOf(api),
    difference: differences.join(', '),
    containerNames: containers.join(',') || undefined,
    runtimeUid: uid,
    kubeletUid: kubelet?.uid,
    apiUid: api?.uid,
  };
}

export const comparedRunningPodsView: View<ComparedRunningPodRow> = {
  kind: 'KubeletRunningPodDifferenceList',
  names: 'pod',
  columns: [
    { head: 'NAMESPACE', key: 'namespace', unit: 'text' },
    { head: 'POD', key: 'pod', unit: 'text' },
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'CONTAINERS', key: 'containers', unit: 'count' },
    { head: 'KUBELET', key: 'kubelet', unit: 'text', role: 'volatile' },
    { head: 'API', key: 'api', unit: 'text', role: 'volatile' },
    { head: 'DIFFERENCE', key: 'difference', unit: 'text', role: 'volatile' },
    { head: 'NAMES', key: 'containerNames', unit: 'text', wide: true, role: 'volatile' },
    { head: 'RUNTIME UID', key: 'runtimeUid', unit: 'text', wide: true },
    { head: 'KUBELET UID', key: 'kubeletUid', unit: 'text', wide: true },
    { head: 'API UID', key: 'apiUid', unit: 'text', wide: true },
  ],
};

/** Read before /pods, which then has every container started in between. */
export const comparedRunningPods: PodComparison = {
  columns: untyped(comparedRunningPodsView),
  extraPaths: ['/pods'],
  differencesOf: differencesOfRunning,
  find: ({ body, extra }, api) =>
    mapChecked(parsePodList(body), (runtime) => {
      const list = extra['/pods'];
      const kubelet = list === undefined ? undefined : parsePodList(list);
      const running = runtime.map(runningFacts);
      const known = kubelet?.decoded?.value.map(podFacts);
      const differences = runningPodDifferences(running, known, api);
      const pods = [...running, ...(known ?? [])];
      const problem = kubelet?.problem;
      const problems = problem === undefined ? {} : { '/pods': problem };
      return { differences, pods, problems };
    }),
  row: (difference, node) => ({ ...comparedRunningPodRow(difference, node) }),
};
