import { parsePodList } from '../../kubelet/bodies/pods.ts';
import type { Checked } from '../../schema.ts';
import { type Bodies, type BodyView, type RowsRead, untyped } from '../shared/rows/body-view.ts';
import { podLabels } from '../shared/rows/pod-labels.ts';
import { podRows, podsView } from './pods.ts';

export const pods: BodyView = {
  ...untyped(podsView),
  plural: 'pods',
  extraPaths: [],
  rows: ({ body }: Bodies, node: string): Checked<RowsRead> => {
    const { decoded, problem } = parsePodList(body);
    if (!decoded) return { problem };
    const rows = podRows(node, decoded.value).map((row) => ({ ...row }));
    const labelsOf = podLabels(() => decoded.value);
    return { decoded: { value: { rows, problems: {}, labelsOf } } };
  },
};
