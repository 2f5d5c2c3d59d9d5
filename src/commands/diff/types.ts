import { kubeletEndpoints, servedSince } from '../../kubelet/endpoints.ts';
import type { BodyView } from '../shared/rows/body-view.ts';
import { type RowType, versioned } from '../shared/rows/row-types.ts';
import type { PodComparison } from './pod-differences.ts';

export type DiffType = RowType & {
  /** Whether --baseline can compare this type with a KubeletConfiguration. */
  readonly hasBaseline?: true;
} & (
    | { readonly load: () => Promise<BodyView>; readonly loadPods?: undefined }
    | { readonly loadPods: () => Promise<PodComparison> }
  );

const noMetrics = 'differences have no numbers: -o json, -o csv';
const ofNodes = { of: 'nodes', needsSeveral: true, noMetrics } as const;
const noLabels = 'a pod that differs may have no labels';
const ofPods = { of: 'pods', needsNames: true, noMetrics, noLabels } as const;

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
    accept: versioned('Flagz'),
    load: async () => (await import('./setting-differences.ts')).flagDifferences,
  },
  {
    ...ofNodes,
    words: ['featuregates', 'featuregate', 'gates'],
    prints: 'feature gates that differ between kubelets',
    path: '/metrics',
    load: async () => (await import('./setting-differences.ts')).gateDifferences,
  },
  {
    ...ofPods,
    words: ['pods', 'pod', 'po'],
    prints: 'pods that kubelets and the API server report differently',
    path: '/pods',
    loadPods: async () => (await import('./compared-pods.ts')).comparedPods,
  },
  {
    ...ofPods,
    words: ['runningpods', 'runningpod', 'running'],
    prints: 'pods that only the runtime, the kubelet or the API server knows',
    path: '/runningpods/',
    loadPods: async () => (await import('./compared-running-pods.ts')).comparedRunningPods,
  },
];
