import { parsePodList, type RunningFacts, runningFacts } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { rowOf, textField, type ViewOf, wideVolatile } from '../shared/rows/fields.ts';
import { type DifferenceSource, namingFields, sideField, statusFields } from './compared-pods.ts';
import type { Difference, PodComparison, PodDifference, PodSides } from './pod-differences.ts';
import { identityOf, isStatic, type PodFacts, podFacts } from './pod-facts.ts';

/** @param kubelet pods of the kubelet; undefined if they could not be read */
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

export const comparedRunningPodsView: ViewOf<DifferenceSource> = {
  kind: 'KubeletRunningPodDifferenceList',
  names: 'pod',
  columns: [
    ...namingFields,
    {
      ...{ head: 'CONTAINERS', key: 'containers', unit: 'count' },
      of: ({ runtime }) => runtime?.containers.length ?? 0,
      about: 'How many run.',
    },
    ...statusFields,
    textField(
      'NAMES',
      'containerNames',
      ({ runtime }) => runtime?.containers.join(',') || undefined,
      wideVolatile,
    ),
    textField('RUNTIME UID', 'runtimeUid', ({ runtime }) => runtime?.uid, { wide: true }),
    sideField('kubelet', 'Uid'),
    sideField('api', 'Uid'),
  ],
};

export function comparedRunningPodRow(difference: PodDifference, node: string): Row {
  return rowOf(comparedRunningPodsView, { ...difference, node });
}

/** /runningpods is read before /pods, so that a pod that starts in between is in /pods. */
export const comparedRunningPods: PodComparison = {
  columns: comparedRunningPodsView,
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
  row: comparedRunningPodRow,
};
