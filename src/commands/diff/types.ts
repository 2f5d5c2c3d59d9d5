import { kubeletEndpoints, servedSince } from '../../kubelet/endpoints.ts';
import type { BodyView } from '../shared/rows/body-view.ts';
import { acceptHeaderFor, type RowType } from '../shared/rows/row-types.ts';

export interface DiffType extends RowType {
  readonly load: () => Promise<BodyView>;
  /** Whether --baseline can compare this type with a KubeletConfiguration. */
  readonly hasBaseline?: true;
}

/** The value of --baseline that stands for kubeadm's ConfigMap, and the name of the ConfigMap. */
export const kubeadmBaseline = 'kubelet-config';

const ofNodes = {
  of: 'nodes',
  whyNoMetrics: 'differences have no numbers: -o json, -o csv',
} as const;

export const diffTypes: readonly DiffType[] = [
  {
    ...ofNodes,
    words: ['configz', 'config'],
    hasBaseline: true,
    prints: 'settings that differ between kubelets',
    path: '/configz',
    load: async () => (await import('./setting-differences.ts')).settingDifferences,
  },
  {
    ...ofNodes,
    words: ['flagz', 'flags'],
    prints: `flags that differ between kubelets (${servedSince(kubeletEndpoints.flagz)})`,
    path: '/flagz',
    accept: acceptHeaderFor('Flagz'),
    load: async () => (await import('./setting-differences.ts')).flagDifferences,
  },
  {
    ...ofNodes,
    words: ['featuregates', 'featuregate', 'gates'],
    prints: 'feature gates that differ between kubelets',
    path: '/metrics',
    load: async () => (await import('./setting-differences.ts')).gateDifferences,
  },
];
