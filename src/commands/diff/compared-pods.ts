import { parsePodList } from '../../kubelet/bodies/pods.ts';
import { mapChecked } from '../../schema.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { type Field, rowOf, textField, type ViewOf } from '../shared/rows/fields.ts';
import {
  differencesOf,
  type PodComparison,
  type PodDifference,
  pairPods,
} from './pod-differences.ts';
import { type PodFacts, podFacts } from './pod-facts.ts';

export interface DifferenceSource extends PodDifference {
  readonly node: string;
}

type Side = 'kubelet' | 'api';

export const namingFields: readonly Field<DifferenceSource>[] = [
  textField('NAMESPACE', 'namespace', (source) => anySide(source)?.namespace ?? ''),
  textField('POD', 'pod', (source) => anySide(source)?.pod ?? ''),
  textField('NODE', 'node', ({ node }) => node),
];

function anySide({ runtime, kubelet, api }: PodDifference) {
  return runtime ?? kubelet ?? api;
}

const volatile = { role: 'volatile' } as const;

export const statusFields: readonly Field<DifferenceSource>[] = [
  textField('KUBELET', 'kubelet', ({ kubelet }) => statusOf(kubelet), {
    ...volatile,
    about: 'The status by the kubelet: <none> if it has none.',
  }),
  textField('API', 'api', ({ api }) => statusOf(api), volatile),
  textField('DIFFERENCE', 'difference', ({ differences }) => differences.join(', '), {
    ...volatile,
    about: 'Such as `ready, restarts`.',
  }),
];

function statusOf(facts: PodFacts | undefined): string | undefined {
  return facts && (facts.status ?? '<none>');
}

export function sideField(
  side: Side,
  word: 'Ready' | 'Restarts' | 'Uid',
  more: Partial<Field<DifferenceSource>> = {},
): Field<DifferenceSource> {
  const fact = word.toLowerCase() as 'ready' | 'restarts' | 'uid';
  const head = `${side} ${word}`.toUpperCase();
  return textField(head, `${side}${word}`, (source) => source[side]?.[fact], {
    wide: true,
    ...more,
  });
}

export const comparedPodsView: ViewOf<DifferenceSource> = {
  kind: 'KubeletPodDifferenceList',
  names: 'pod',
  columns: [
    ...namingFields,
    ...statusFields,
    textField('SOURCE', 'source', ({ kubelet }) => kubelet?.source, { wide: true }),
    sideField('kubelet', 'Ready', volatile),
    sideField('api', 'Ready', volatile),
    sideField('kubelet', 'Restarts', { unit: 'count' }),
    sideField('api', 'Restarts', { unit: 'count' }),
    sideField('kubelet', 'Uid'),
    sideField('api', 'Uid'),
    textField('MIRROR OF', 'mirrorOf', ({ api }) => api?.mirrorOf, {
      wide: true,
      about: 'For a mirror pod: the uid of the static pod that it shows.',
    }),
  ],
};

export function comparedPodRow(difference: PodDifference, node: string): Row {
  return rowOf(comparedPodsView, { ...difference, node });
}

export const comparedPods: PodComparison = {
  columns: comparedPodsView,
  extraPaths: [],
  differencesOf,
  find: ({ body }, api) =>
    mapChecked(parsePodList(body), (list) => {
      const pods = list.map(podFacts);
      const differences = pairPods(pods, api)
        .map((sides) => ({ ...sides, differences: differencesOf(sides) }))
        .filter((each) => each.differences.length > 0);
      return { differences, pods, problems: {} };
    }),
  row: comparedPodRow,
};
