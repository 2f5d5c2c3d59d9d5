import { parseFeatureGates } from '../../kubelet/bodies/feature-gates.ts';
import { parseConfigz } from '../../kubelet/configz.ts';
import { mapChecked } from '../../schema.ts';
import { type BodyView, simpleView } from '../shared/rows/body-view.ts';
import { always, columnsOf, type DescribedView, text } from '../shared/rows/fields.ts';

export const featureGatesView: DescribedView = {
  ...{ kind: 'KubeletFeatureGateList', names: 'node', about: 'A feature gate of a kubelet.' },
  columns: columnsOf({
    node: text('NODE', always),
    gate: text('GATE', always),
    stage: text('STAGE', {
      about:
        'Stage of the gate: GA, BETA, ALPHA or DEPRECATED. With --set, absent without /metrics.',
    }),
    enabled: text('ENABLED', { ...always, type: 'boolean' }),
  }),
};

export const featureGates: BodyView = simpleView('feature gates', featureGatesView, (body, node) =>
  mapChecked(parseFeatureGates(body), (gates) =>
    gates.map(({ name, stage, enabled }) => ({ node, gate: name, stage, enabled })),
  ),
);

/** Gates that the configuration of the kubelet sets. Their stages are in its metrics. */
export const gatesSet: BodyView = {
  ...featureGatesView,
  plural: 'feature gates',
  extraPaths: ['/metrics'],
  emptyNotes: () => ['no feature gates are set in the configuration'],
  rows: ({ body, extra }, node) => {
    const metrics = extra['/metrics'];
    const { decoded, problem } = metrics === undefined ? {} : parseFeatureGates(metrics);
    const stages = new Map(decoded?.value.map(({ name, stage }) => [name, stage]));
    return mapChecked(parseConfigz(body), ({ featureGates: gates = {} }) => ({
      rows: Object.entries(gates).map(([gate, enabled]) => ({
        node,
        gate,
        stage: stages.get(gate),
        enabled,
      })),
      problems: problem === undefined ? {} : { '/metrics': problem },
    }));
  },
};
