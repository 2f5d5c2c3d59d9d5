import { parseFeatureGates } from '../../kubelet/bodies/feature-gates.ts';
import { mapChecked } from '../../schema.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import { always, columnsOf, type DescribedView, text } from '../shared/rows/fields.ts';

export const featureGatesView: DescribedView = {
  ...{ kind: 'KubeletFeatureGateList', names: 'node', about: 'A feature gate of a kubelet.' },
  columns: columnsOf({
    node: text('NODE', always),
    gate: text('GATE', always),
    stage: text('STAGE', { ...always, about: 'Stage of the gate: GA, BETA, ALPHA or DEPRECATED.' }),
    enabled: text('ENABLED', { ...always, type: 'boolean' }),
  }),
};

export const featureGates: BodyView = simpleView('feature gates', featureGatesView, (body, node) =>
  mapChecked(parseFeatureGates(body), (gates) =>
    gates.map(({ name, stage, enabled }) => ({ node, gate: name, stage, enabled })),
  ),
);
