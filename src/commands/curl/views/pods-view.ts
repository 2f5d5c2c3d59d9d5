// The view of /pods.
import { type BodyView, erased } from './body-view.ts';
import { podLabels } from './pod-labels.ts';
import { podRows, podsView } from './pods.ts';
import { parsePodList } from './pods-body.ts';

export const pods: BodyView = {
  ...erased(podsView),
  plural: 'pods',
  companions: [],
  rows: ({ body }, node) => {
    const { decoded, problem } = parsePodList(body);
    if (!decoded) return { problem };
    const rows = podRows(node, decoded.value).map((row) => ({ ...row }));
    const labelsOf = podLabels(() => decoded.value);
    return { decoded: { value: { rows, problems: {}, labelsOf } } };
  },
};
