import type { BodyView } from '../shared/rows/body-view.ts';
import type { RowType } from '../shared/rows/row-types.ts';
import type { PodComparison } from './pod-comparison.ts';

/** Of nodes with each other, or of kubelets with the API server. */
export type DiffType = RowType &
  (
    | { readonly load: () => Promise<BodyView>; readonly loadPods?: undefined }
    | { readonly loadPods: () => Promise<PodComparison> }
  );

const compared = {
  of: 'pods',
  needsNames: true,
  noLabels: 'a pod that differs may have no labels',
  noMetrics: 'differences have no numbers: -o json, -o csv',
} as const;

/** What `diff` compares. */
export const diffTypes: readonly DiffType[] = [
  {
    words: ['configz', 'config'],
    prints: 'settings that not all kubelets have',
    path: '/configz',
    of: 'nodes',
    needsSeveral: true,
    noMetrics: 'differences have no numbers: -o json, -o csv',
    load: async () => (await import('./setting-differences.ts')).settingDifferences,
  },
  {
    words: ['flagz', 'flags'],
    prints: 'flags that not all kubelets have (since 1.34)',
    path: '/flagz',
    accept:
      'application/json;as=Flagz;v=v1beta1;g=config.k8s.io,application/json;as=Flagz;v=v1alpha1;g=config.k8s.io,text/plain',
    of: 'nodes',
    needsSeveral: true,
    noMetrics: 'differences have no numbers: -o json, -o csv',
    load: async () => (await import('./setting-differences.ts')).flagDifferences,
  },
  {
    ...compared,
    words: ['pods', 'pod', 'po'],
    prints: 'pods that the API server reports differently, or not at all',
    path: '/pods',
    loadPods: async () => (await import('./compared-pods.ts')).comparedPods,
  },
  {
    ...compared,
    words: ['runningpods', 'runningpod', 'running'],
    prints: 'pods that run, and kubelet or API server do not have, or the other way round',
    path: '/runningpods/',
    loadPods: async () => (await import('./compared-running-pods.ts')).comparedRunningPods,
  },
];
