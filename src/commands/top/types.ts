import type { BodyView } from '../shared/rows/body-view.ts';
import type { RowType } from '../shared/rows/row-types.ts';

export interface TopType extends RowType {
  readonly load: () => Promise<BodyView>;
}

const views = () => import('./summary-views.ts');

const ofPods = {
  path: '/stats/summary',
  of: 'pods',
  by: ['namespace', 'pod', 'owner', 'node'],
} as const;

export const topTypes: readonly TopType[] = [
  {
    words: ['nodes', 'node', 'no'],
    prints: 'CPU, memory, disk and what is left until pods are evicted, of nodes',
    path: '/stats/summary',
    of: 'nodes',
    load: async () => (await views()).nodes,
  },
  {
    ...ofPods,
    words: ['pods', 'pod', 'po'],
    prints: 'CPU, memory and disk of pods',
    by: ['namespace', 'owner', 'node'],
    load: async () => (await views()).pods,
  },
  {
    ...ofPods,
    words: ['containers', 'container'],
    prints: 'CPU, memory and disk of containers',
    load: async () => (await views()).containers,
  },
  {
    ...ofPods,
    words: ['volumes', 'volume', 'vol'],
    prints: 'space and inodes of the volumes of pods',
    load: async () => (await views()).volumes,
  },
  {
    words: ['images', 'image', 'img'],
    prints:
      'images of nodes, the pods that use them, and what is left until unused ones are deleted',
    path: '/stats/summary',
    of: 'nodes',
    by: ['image', 'node'],
    needsNodes: true,
    load: async () => (await views()).images,
  },
];
