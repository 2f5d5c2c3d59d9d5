// The views of /runningpods/.
import { type BodyView, erased } from './body-view.ts';
import {
  comparedRunningPodRow,
  comparedRunningPodsView,
  differencesOfRunning,
  runningPodDifferences,
} from './compared-running-pods.ts';
import { podFacts } from './pod-facts.ts';
import { parsePodList } from './pods-body.ts';
import { runningFacts, runningPodRows, runningPodsView } from './running-pods.ts';

export const runningPods: BodyView = {
  ...erased(runningPodsView),
  plural: 'pods',
  companions: [],
  rows: ({ body }, node) => {
    const { decoded, problem } = parsePodList(body);
    if (!decoded) return { problem };
    const rows = runningPodRows(node, decoded.value).map((row) => ({ ...row }));
    // A runtime does not know the labels of pods.
    const labelsOf = () => undefined;
    return { decoded: { value: { rows, problems: {}, labelsOf } } };
  },
};

/** Read before /pods: what is started in between is in /pods already. */
export const comparedRunningPods: BodyView = {
  ...runningPods,
  ...erased(comparedRunningPodsView),
  plural: 'differences',
  companions: ['/pods'],
  comparePods: {
    differencesOf: differencesOfRunning,
    find: ({ body, companions }, api) => {
      const runtime = parsePodList(body);
      if (!runtime.decoded) return { problem: runtime.problem };
      const list = companions['/pods'];
      const kubelet = list === undefined ? undefined : parsePodList(list);
      const differences = runningPodDifferences(
        runtime.decoded.value.map(runningFacts),
        kubelet?.decoded?.value.map(podFacts),
        api,
      );
      const problem = kubelet?.problem;
      const problems = problem === undefined ? {} : { '/pods': problem };
      return { decoded: { value: { differences, problems } } };
    },
    row: (difference, node) => ({ ...comparedRunningPodRow(difference, node) }),
  },
};
