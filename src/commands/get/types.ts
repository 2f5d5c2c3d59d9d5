import { kubeletEndpoints, servedSince } from '../../kubelet/endpoints.ts';
import type { BodyView } from '../shared/rows/body-view.ts';
import { type RowType, versioned } from '../shared/rows/row-types.ts';

export interface GetType extends RowType {
  readonly load: (choice?: GetChoice) => Promise<BodyView>;
  /** Option that only this type has. */
  readonly option?: '--field' | '--set';
}

export interface GetChoice {
  /** Parts of names of settings; empty for all settings. */
  readonly fields: readonly string[];
  /** Whether to print only feature gates that the configuration sets. */
  readonly onlySet: boolean;
}

const healthViews = () => import('./health-views.ts');

export const getTypes: readonly GetType[] = [
  {
    words: ['pods', 'pod', 'po'],
    prints: 'pods that kubelets have, static pods too',
    path: '/pods',
    of: 'pods',
    by: ['namespace', 'owner', 'node'],
    load: async () => (await import('./pods.ts')).pods,
  },
  {
    words: ['runningpods', 'runningpod', 'running'],
    prints: 'pods that container runtimes run',
    path: '/runningpods/',
    of: 'pods',
    by: ['namespace', 'node'],
    noLabels: 'container runtimes do not know the labels of pods: kubectl kubeletaccess get pods',
    load: async () => (await import('./running-pods.ts')).runningPods,
  },
  {
    words: ['configz', 'config'],
    prints: 'settings in force',
    path: '/configz',
    of: 'nodes',
    noMetrics: 'settings are no measurements: -o json, -o csv',
    option: '--field',
    load: async (choice) => (await import('./configz-views.ts')).settings(choice?.fields),
  },
  {
    words: ['healthz', 'health'],
    prints: 'health checks, and why one fails',
    path: '/healthz?verbose',
    of: 'nodes',
    load: async () => (await healthViews()).checks,
  },
  {
    words: ['statusz', 'version', 'versions'],
    prints: `versions, start and uptime of kubelets (${servedSince(kubeletEndpoints.statusz)}), which kube-apiserver may not read by default`,
    path: '/statusz',
    accept: versioned('Statusz'),
    of: 'nodes',
    load: async () => (await import('./statusz.ts')).status,
  },
  {
    words: ['flagz', 'flags'],
    prints: `flags of the command line, and their defaults (${servedSince(kubeletEndpoints.flagz)}), which kube-apiserver may not read by default`,
    path: '/flagz',
    accept: versioned('Flagz'),
    of: 'nodes',
    noMetrics: 'flags are no measurements: -o json, -o csv',
    load: async () => (await healthViews()).flags,
  },
  {
    words: ['featuregates', 'featuregate', 'gates'],
    prints: 'feature gates, their stages, and whether they are on',
    path: '/metrics',
    of: 'nodes',
    noMetrics:
      'gates are no measurements: kubectl kubeletaccess metrics kubernetes_feature_enabled',
    option: '--set',
    load: async (choice) => {
      const { featureGates, gatesSet } = await import('./feature-gates.ts');
      return choice?.onlySet ? gatesSet : featureGates;
    },
  },
];
