// The views of /pods.
import type { Checked } from '../../../schema.ts';
import { type Bodies, type BodyView, erased, type RowsRead } from './body-view.ts';
import { comparedPodRow, comparedPodsView } from './compared-pods.ts';
import { differencesOf, pairPods } from './pod-differences.ts';
import { podFacts } from './pod-facts.ts';
import { podLabels } from './pod-labels.ts';
import { podRows, podsView } from './pods.ts';
import { parsePodList } from './pods-body.ts';

export const pods: BodyView = {
  ...erased(podsView),
  plural: 'pods',
  companions: [],
  rows: ({ body }: Bodies, node: string): Checked<RowsRead> => {
    const { decoded, problem } = parsePodList(body);
    if (!decoded) return { problem };
    const rows = podRows(node, decoded.value).map((row) => ({ ...row }));
    const labelsOf = podLabels(() => decoded.value);
    return { decoded: { value: { rows, problems: {}, labelsOf } } };
  },
};

export const comparedPods: BodyView = {
  ...pods,
  ...erased(comparedPodsView),
  plural: 'differences',
  comparePods: {
    differencesOf,
    find: ({ body }, api) => {
      const { decoded, problem } = parsePodList(body);
      if (!decoded) return { problem };
      const differences = pairPods(decoded.value.map(podFacts), api)
        .map((sides) => ({ ...sides, differences: differencesOf(sides) }))
        .filter((each) => each.differences.length > 0);
      return { decoded: { value: { differences, problems: {} } } };
    },
    row: (difference, node) => ({ ...comparedPodRow(difference, node) }),
  },
};
