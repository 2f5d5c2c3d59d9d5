import { readMetrics } from '../../kubelet/bodies/metrics-text.ts';
import { nearestNames } from '../../text/nearest.ts';

/** Prefixes of metric names, and the endpoints under /metrics that serve them; undefined for /metrics itself. */
const endpoints = [
  [
    /^(?:kubelet|rest_client|workqueue|storage_operation|volume_manager|kubernetes_feature)_/,
    undefined,
  ],
  [/^(?:container|machine)_/, 'cadvisor'],
  [/^(?:node|pod)_(?:cpu|memory|swap)_/, 'resource'],
  [/^prober_/, 'probes'],
  [/^kubernetes_healthchecks?(?:_|$)/, 'slis'],
] as const;

/** Returns likely names for a mistyped name: names that contain it, else similar names, else names with the same first words. */
function nearMetrics(wanted: string, names: readonly string[], most = 3): readonly string[] {
  const part = wanted.toLowerCase();
  const containing = names.filter((name) => name.toLowerCase().includes(part));
  if (containing.length > 0) return shortest(containing, most);
  const near = nearestNames(wanted, names, most);
  if (near.length > 0) return near;
  const words = part.split('_');
  for (let count = words.length - 1; count >= 2; count -= 1) {
    const start = `${words.slice(0, count).join('_')}_`;
    const alike = names.filter((name) => name.startsWith(start));
    if (alike.length > 0) return shortest(alike, most);
  }
  return [];
}

function shortest(names: readonly string[], most: number): readonly string[] {
  return [...names].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).slice(0, most);
}

export interface ServedNames {
  readonly metrics: ReadonlySet<string>;
  /** Names of histograms and summaries, without their suffixes. */
  readonly distributions: ReadonlySet<string>;
}

export function servedNames(body: string): ServedNames {
  const metrics = new Set<string>();
  const distributions = new Set<string>();
  readMetrics(body, ({ metric, family: { name, type } }) => {
    metrics.add(metric);
    if (type === 'histogram' || type === 'summary') distributions.add(name);
    return undefined;
  });
  return { metrics, distributions };
}

/** Returns the same command for another kind of metrics, without filters. */
export type Rerun = (kind: string | undefined, more: readonly string[]) => string;

export function filterHints(
  filter: string,
  { metrics, distributions }: ServedNames,
  {
    kind,
    isQuantiles,
    isRate,
    rerun,
    allNames,
  }: {
    readonly kind: string | undefined;
    readonly isQuantiles: boolean;
    readonly isRate: boolean;
    readonly rerun: Rerun;
    /** Command that lists all names. */
    readonly allNames: string;
  },
): readonly string[] {
  const name = /^\s*([A-Za-z_:][\w:]*)\s*(?:\{|$)/.exec(filter)?.[1];
  if (name === undefined) return [];
  if (!isQuantiles && distributions.has(name))
    return [
      `hint: ${name} is a histogram or summary: add _bucket, _sum or _count to its name, or --quantiles`,
    ];
  const names = isQuantiles ? distributions : metrics;
  // With --rate, a metric that did not change has no row.
  if (names.has(name) && isRate) return [];
  const filtered = (by: string) => rerun(kind, ['--filter', by]);
  if (names.has(name))
    return [`hint: ${name} has series, but none with these labels: ${filtered(name)}`];
  const near = nearMetrics(name, [...names]);
  const [start, other] = endpoints.find(([beginning]) => beginning.test(name)) ?? [];
  if (start && other !== kind && !near.some((each) => each.includes(name)))
    return [
      `hint: metrics that begin so are of another endpoint: ${rerun(other, ['--filter', filter])}`,
    ];
  if (near.length === 0) return [`hint: all names: ${allNames}`];
  if (near.some((each) => each.toLowerCase().includes(name.toLowerCase())))
    return [
      `hint: names with ${name} in them, such as ${near[0] ?? ''}: ${filtered(`{__name__=~".*${name}.*"}`)}`,
    ];
  return near.map((each) => `hint: did you mean: ${filtered(each)}`);
}
