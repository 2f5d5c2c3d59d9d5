import type { BodyView } from './body-view.ts';
import type { Grouping } from './sum-rows.ts';

/** A view, loaded when it is used. */
export interface ViewEntry {
  /** What `--by` may name. */
  readonly by: readonly Grouping[];
  /** Whether it shows nothing of one node alone. */
  readonly compares?: true;
  /** Whether it compares kubelets with the API server, which knows them by the names of their nodes. */
  readonly comparesApi?: true;
  readonly load: () => Promise<BodyView>;
}

/** Options that choose another view of the same body. */
export const viewChoices = ['pods', 'containers', 'volumes', 'diff', 'compare'] as const;

export type ViewChoice = (typeof viewChoices)[number];

const summaryViews = () => import('./summary-views.ts');
const podsViews = () => import('./pods-view.ts');
const runningPodsViews = () => import('./running-pods-view.ts');
const configzViews = () => import('./configz-views.ts');

/** By path, and by the option that chooses it. */
const entries: Readonly<
  Record<string, Readonly<Partial<Record<'usual' | ViewChoice, ViewEntry>>>>
> = {
  '/stats/summary': {
    usual: { by: [], load: async () => (await summaryViews()).nodes },
    pods: { by: ['namespace', 'owner'], load: async () => (await summaryViews()).pods },
    containers: {
      by: ['namespace', 'pod', 'owner'],
      load: async () => (await summaryViews()).containers,
    },
    volumes: {
      by: ['namespace', 'pod', 'owner'],
      load: async () => (await summaryViews()).volumes,
    },
  },
  '/pods': {
    usual: {
      by: ['namespace', 'owner'],
      load: async () => (await podsViews()).pods,
    },
    compare: { by: [], comparesApi: true, load: async () => (await podsViews()).comparedPods },
  },
  '/runningpods/': {
    usual: { by: ['namespace'], load: async () => (await runningPodsViews()).runningPods },
    compare: {
      by: [],
      comparesApi: true,
      load: async () => (await runningPodsViews()).comparedRunningPods,
    },
  },
  '/configz': {
    usual: { by: [], load: async () => (await configzViews()).settings },
    diff: { by: [], compares: true, load: async () => (await configzViews()).differences },
  },
};

export const pathsWithViews: readonly string[] = Object.keys(entries);

/** The paths that an option chooses a view of. */
export function pathsWith(choice: ViewChoice): readonly string[] {
  return pathsWithViews.filter((path) => entries[path]?.[choice]);
}

/** Undefined where there is none. */
export function findView(path: string, choice: ViewChoice | undefined): ViewEntry | undefined {
  return entries[path]?.[choice ?? 'usual'];
}
