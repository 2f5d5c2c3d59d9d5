import { parsePodList } from '../../kubelet/bodies/pods.ts';
import { type BodyView, untyped } from '../shared/rows/body-view.ts';
import { runningPodRows, runningPodsView } from './running-pods.ts';

export const runningPods: BodyView = {
  ...untyped(runningPodsView),
  plural: 'pods',
  extraPaths: [],
  rows: ({ body }, node) => {
    const { decoded, problem } = parsePodList(body);
    if (!decoded) return { problem };
    const rows = runningPodRows(node, decoded.value).map((row) => ({ ...row }));
    // A runtime does not know the labels of pods.
    const labelsOf = () => undefined;
    return { decoded: { value: { rows, problems: {}, labelsOf } } };
  },
};
