import { detached, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import type { View } from '../../text/column.ts';
import { groupsOf } from '../../text/groups.ts';
import { helpColumn, labelsColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels, labelOf, pickLabels, quotient, sumOf } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

/** A histogram or summary in one row; with --rate, of the observations between two responses. */
export interface QuantileRow {
  /** Absent in sums, unless they are of each node. */
  readonly node: string | undefined;
  readonly metric: string;
  /** Number of observations. */
  readonly count: SampleValue | undefined;
  /** For a summary, as the kubelet serves it. Absent without observations. */
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly p99: number | undefined;
  /** The last bound of a histogram, where p50 is above it: no bucket says how far. p50 itself is that bound, as in Prometheus. */
  readonly p50Above: number | undefined;
  readonly p90Above: number | undefined;
  readonly p99Above: number | undefined;
  readonly labels: string | undefined;
  /** Sum of the observations. */
  readonly sum: SampleValue | undefined;
  readonly mean: number | undefined;
  readonly type: 'histogram' | 'summary';
  readonly help: string | undefined;
}

/** A sample of a histogram or summary, before its samples are put together. */
export interface QuantilePart {
  readonly node: string | undefined;
  readonly metric: string;
  readonly labels: string | undefined;
  readonly type: QuantileRow['type'];
  readonly help: string | undefined;
  readonly part: 'bucket' | 'quantile' | 'sum' | 'count';
  /** The bound of a bucket, or which quantile. */
  readonly bound: number | undefined;
  readonly value: SampleValue;
}

/** Undefined for other samples. @param by undefined for no sums */
export function quantilePart(
  node: string,
  series: Series,
  by: SumBy | undefined,
): QuantilePart | undefined {
  const { metric, family, value } = series;
  const { type, name, help } = family;
  if (type !== 'histogram' && type !== 'summary') return undefined;
  const part = partOf(metric, name);
  if (!part || (by && part === 'quantile')) return undefined;
  const boundLabel = part === 'bucket' ? 'le' : part === 'quantile' ? 'quantile' : undefined;
  const bound = boundLabel && parseBound(labelOf(series.labels, boundLabel));
  const labels = boundLabel
    ? pickLabels(series.labels, (label) => label !== boundLabel)
    : series.labels;
  return {
    node: !by || by.isOfNode ? node : undefined,
    metric: name,
    labels: formatLabels(by ? labelsOfSum(labels, by) : labels) || undefined,
    ...{ type, help, part, bound, value },
  };
}

function partOf(metric: string, name: string): QuantilePart['part'] | undefined {
  if (metric === name) return 'quantile';
  const suffix = metric.slice(name.length + 1);
  return suffix === 'bucket' || suffix === 'sum' || suffix === 'count' ? suffix : undefined;
}

// As Prometheus writes them.
const decimal = /^[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:e[+-]?\d{1,4})?$/i;

function parseBound(text: string): number | undefined {
  if (/^\+?inf$/i.test(text)) return Number.POSITIVE_INFINITY;
  return decimal.test(text) ? Number(text) : undefined;
}

/** Sums the parts of the same histogram, bound by bound, in the order of first appearance. */
export function mergeParts(parts: readonly QuantilePart[]): readonly QuantilePart[] {
  const keyOf = (part: QuantilePart) => `${histogramOf(part)} ${part.part} ${part.bound ?? ''}`;
  return groupsOf(parts, keyOf).map((own) => {
    const [part] = own;
    const value = sumOf(own.map((each) => each.value));
    return { ...part, labels: part.labels && detached(part.labels), value };
  });
}

function histogramOf({ metric, labels, node }: QuantilePart): string {
  return `${metric}{${labels ?? ''}}${node ?? ''}`;
}

/** @param onlyObserved leaves out those without observations */
export function quantileRows(
  parts: readonly QuantilePart[],
  onlyObserved: boolean,
): readonly QuantileRow[] {
  return groupsOf(parts, histogramOf).flatMap((own) => {
    const [{ node, metric, labels, type, help }] = own;
    const served = (part: QuantilePart['part']) => own.find((each) => each.part === part)?.value;
    const [count, sum] = [served('count'), served('sum')];
    const observed = Number(count ?? 0);
    if (onlyObserved && !(observed > 0)) return [];
    const ofPart = (part: QuantilePart['part']): readonly Bucket[] =>
      own.flatMap(({ part: each, bound, value }) =>
        each === part && bound !== undefined ? [{ le: bound, count: Number(value) }] : [],
      );
    const quantiles = ofPart('quantile');
    const quantileAt =
      type === 'histogram'
        ? openHistogram(ofPart('bucket'))
        : (q: number): Quantile => {
            // Quantiles of the last minutes are not those of an interval.
            const served = onlyObserved ? undefined : quantiles.find(({ le }) => le === q)?.count;
            return { value: finite(served), isAbove: false };
          };
    const [p50, p90, p99] = [quantileAt(0.5), quantileAt(0.9), quantileAt(0.99)];
    const above = ({ value, isAbove }: Quantile) => (isAbove ? value : undefined);
    return [
      {
        ...{ node, metric, count },
        ...{ p50: p50.value, p90: p90.value, p99: p99.value },
        ...{ p50Above: above(p50), p90Above: above(p90), p99Above: above(p99) },
        ...{ labels, sum },
        mean: observed > 0 && sum !== undefined ? finite(quotient(sum, observed)) : undefined,
        ...{ type, help },
      },
    ];
  });
}

function finite(value: number | undefined): number | undefined {
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

const inUnit = { unit: 'sample', unitOf: 'metric' } as const;

/** @param hasNode whether rows are of one node each */
export function quantilesView(hasNode: boolean): View<QuantileRow> {
  return {
    kind: 'KubeletQuantileList',
    columns: [
      nodeColumn(hasNode),
      metricColumn,
      { head: 'COUNT', key: 'count', unit: 'sample' },
      { ...inUnit, head: 'P50', key: 'p50', above: 'p50Above' },
      { ...inUnit, head: 'P90', key: 'p90', above: 'p90Above' },
      { ...inUnit, head: 'P99', key: 'p99', above: 'p99Above' },
      labelsColumn,
      { ...inUnit, head: 'SUM', key: 'sum', wide: true },
      { ...inUnit, head: 'MEAN', key: 'mean', wide: true },
      { ...inUnit, head: 'P50 ABOVE', key: 'p50Above', wide: true },
      { ...inUnit, head: 'P90 ABOVE', key: 'p90Above', wide: true },
      { ...inUnit, head: 'P99 ABOVE', key: 'p99Above', wide: true },
      typeColumn,
      helpColumn,
    ],
  };
}

// Quantiles of histograms as Prometheus computes them. Source: promql/quantile.go of prometheus/prometheus.

/** How many observations were at most `le`. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** Undefined without observations, and where the bounds have no end. */
export interface Quantile {
  readonly value: number | undefined;
  /** Whether it is above the last bound, which the value then is: no bucket says how far. */
  readonly isAbove: boolean;
}

/** Computes quantiles as `histogram_quantile` does, undefined where that is NaN. */
export function openHistogram(unsorted: readonly Bucket[]): (q: number) => Quantile {
  const buckets = cumulative(unsorted);
  const [bound, last] = buckets.slice(-2);
  if (!bound || last?.le !== Number.POSITIVE_INFINITY || !(last.count > 0))
    return () => ({ value: undefined, isAbove: false });
  return (q) => {
    const rank = q * last.count;
    if (bound.count < rank) return { value: bound.le, isAbove: true };
    const index = buckets.findIndex(({ count }) => count >= rank);
    return { value: valueIn(buckets[index], buckets[index - 1], rank), isAbove: false };
  };
}

/** The observation of that rank, as if the observations of its bucket were spread evenly. */
function valueIn(bucket: Bucket | undefined, below: Bucket | undefined, rank: number) {
  if (!bucket) return undefined;
  if (!below && bucket.le <= 0) return bucket.le;
  const start = below?.le ?? 0;
  const before = below?.count ?? 0;
  const share = (rank - before) / (bucket.count - before);
  return start + (bucket.le - start) * share;
}

/** In the order of bounds, each once, and never fewer than below: those of several scrapes may be. */
function cumulative(buckets: readonly Bucket[]): readonly Bucket[] {
  const sorted: Bucket[] = [];
  for (const { le, count } of buckets.toSorted((a, b) => a.le - b.le)) {
    const last = sorted.at(-1);
    if (last?.le === le) sorted.splice(-1, 1, { le, count: last.count + count });
    else sorted.push({ le, count });
  }
  let most = Number.NEGATIVE_INFINITY;
  return sorted.map(({ le, count }) => {
    most = Math.max(most, count);
    return { le, count: most };
  });
}
