import { parseFeatureGates } from '../../kubelet/bodies/feature-gates.ts';
import { mapChecked } from '../../schema.ts';
import type { View } from '../../text/column.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';

/** A feature gate of a kubelet. */
export interface FeatureGateRow {
  readonly node: string;
  readonly gate: string;
  /** Stage of the gate: GA, BETA, ALPHA or DEPRECATED. */
  readonly stage: string;
  readonly enabled: boolean;
}

const view: View<FeatureGateRow> = {
  kind: 'KubeletFeatureGateList',
  names: 'node',
  columns: [
    { head: 'NODE', key: 'node', unit: 'text' },
    { head: 'GATE', key: 'gate', unit: 'text' },
    { head: 'STAGE', key: 'stage', unit: 'text' },
    { head: 'ENABLED', key: 'enabled', unit: 'text' },
  ],
};

export const featureGates: BodyView = simpleView('feature gates', view, (body, node) =>
  mapChecked(parseFeatureGates(body), (gates) =>
    gates.map(({ name, stage, enabled }) => ({ node, gate: name, stage, enabled })),
  ),
);
