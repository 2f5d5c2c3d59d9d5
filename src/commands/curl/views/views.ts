import type { BodyView, ViewParameters } from './body-view.ts';
import type { Grouping } from './sum-rows.ts';

/** A view, loaded when it is used. */
export interface ViewEntry {
  /** What `--by` may name. */
  readonly by: readonly Grouping[];
  /** Whether it shows nothing of one node alone. */
  readonly compares?: true;
  /** Whether it compares kubelets with the API server, which knows them by the names of their nodes. */
  readonly comparesApi?: true;
  /** The same where it sums by itself. */
  readonly ownBy?: readonly string[] | 'labels';
  /** Options for some views alone that it takes. */
  readonly takes?: readonly ('filter' | 'diff')[];
  /** Whether it reads the response twice, as with `diff`. */
  readonly readsTwice?: true;
  /** Why its rows have no labels. */
  readonly noLabels?: string;
  /** Why it has no -o prometheus. */
  readonly noMetrics?: string;
  /** What is added to the query of the request. Without it, a short name asks for the response. */
  readonly query?: string;
  /** What the request asks for, unless the caller does. */
  readonly accept?: string;
  /** Throws a UsageFailure for parameters that are wrong. */
  readonly load: (parameters: ViewParameters) => Promise<BodyView>;
}

/** Options that choose another view of the same body. */
export const viewChoices = [
  'pods',
  'containers',
  'volumes',
  'quantiles',
  'series',
  'diff',
  'compare',
] as const;

export type ViewChoice = (typeof viewChoices)[number];

const summaryViews = () => import('./summary-views.ts');
const podsViews = () => import('./pods-view.ts');
const runningPodsViews = () => import('./running-pods-view.ts');
const healthViews = () => import('./health-views.ts');
const configzViews = () => import('./configz-views.ts');

const metricsViews = () => import('./metrics-views.ts');

/** Without native histograms, of which a text has nothing. */
const metricsText = {
  by: [],
  ownBy: 'labels',
  takes: ['filter'],
  accept: 'text/plain;version=0.0.4',
} as const;

const metrics = {
  usual: { ...metricsText, load: async (parameters) => (await metricsViews()).series(parameters) },
  quantiles: {
    ...metricsText,
    takes: ['filter', 'diff'],
    noMetrics: 'Prometheus computes quantiles by itself: histogram_quantile(0.99, …)',
    load: async (parameters) => (await metricsViews()).quantiles(parameters),
  },
  series: {
    ...metricsText,
    ownBy: ['metric', 'label', 'node'],
    load: async (parameters) => (await metricsViews()).counts(parameters),
  },
  diff: {
    ...metricsText,
    readsTwice: true,
    noMetrics: 'Prometheus computes rates by itself: rate(…[5m])',
    load: async (parameters) => (await metricsViews()).changes(parameters),
  },
} satisfies Readonly<Partial<Record<'usual' | ViewChoice, ViewEntry>>>;

/** A kubelet that does not have a version answers with the next of them; one before 1.35 only has a text. */
function versioned(kind: string): string {
  const versions = ['v1beta1', 'v1alpha1'].map(
    (version) => `application/json;as=${kind};v=${version};g=config.k8s.io`,
  );
  return [...versions, 'text/plain'].join(',');
}

const compared = {
  by: [],
  comparesApi: true,
  noMetrics: 'differences have no numbers: -o json, -o csv',
} as const;

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
    compare: { ...compared, load: async () => (await podsViews()).comparedPods },
  },
  '/runningpods/': {
    usual: {
      by: ['namespace'],
      noLabels: 'a container runtime does not know labels of pods, as the kubelet does: PATH pods',
      load: async () => (await runningPodsViews()).runningPods,
    },
    compare: { ...compared, load: async () => (await runningPodsViews()).comparedRunningPods },
  },
  '/configz': {
    usual: { by: [], load: async () => (await configzViews()).settings },
    diff: { by: [], compares: true, load: async () => (await configzViews()).differences },
  },
  '/metrics': metrics,
  '/metrics/cadvisor': metrics,
  '/metrics/resource': metrics,
  '/metrics/probes': metrics,
  '/metrics/slis': metrics,
  '/healthz': {
    usual: { by: [], query: 'verbose', load: async () => (await healthViews()).checks },
  },
  '/healthz/{check}': { usual: oneCheckAt('/healthz/{check}') },
  '/statusz': {
    usual: {
      by: [],
      accept: versioned('Statusz'),
      load: async () => (await healthViews()).status,
    },
  },
  '/flagz': {
    usual: { by: [], accept: versioned('Flagz'), load: async () => (await healthViews()).flags },
    diff: {
      by: [],
      compares: true,
      accept: versioned('Flagz'),
      load: async () => (await healthViews()).differentFlags,
    },
  },
};

export const pathsWithViews: readonly string[] = Object.keys(entries);

/** The paths that an option chooses a view of. */
export function pathsWith(choice: ViewChoice): readonly string[] {
  return pathsWithViews.filter((path) => entries[path]?.[choice]);
}

/** Undefined where there is none. */
export function findView(path: string, choice: ViewChoice | undefined): ViewEntry | undefined {
  const isOneCheck = /^\/healthz\/[^/]+$/.test(path);
  if (isOneCheck) return choice === undefined ? oneCheckAt(path) : undefined;
  return entries[path]?.[choice ?? 'usual'];
}

function oneCheckAt(path: string): ViewEntry {
  return { by: [], load: async () => (await healthViews()).checkAt(path) };
}
