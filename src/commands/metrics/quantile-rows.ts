import { detached, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import { groupsOf } from '../../text/groups.ts';
import {
  column,
  columnsOf,
  type DescribedView,
  type RowOf,
  text,
  wide,
} from '../shared/rows/fields.ts';
import { helpColumn, metricColumn, nodeColumn, typeColumn } from './columns.ts';
import type { Series } from './node-series.ts';
import { formatLabels, labelOf, pickLabels, quotient, sumOf } from './sample-values.ts';
import { labelsOfSum, type SumBy } from './sum-by.ts';

const inUnit = { unitOf: 'metric', type: 'number' } as const;

const fields = {
  node: nodeColumn(true),
  metric: metricColumn,
  count: column('COUNT', 'sample', { about: 'Number of observations.' }),
  p50: column('P50', 'sample', {
    ...{ ...inUnit, above: 'p50Above' },
    about:
      '50th percentile, as Prometheus estimates it from a histogram, or as the kubelet serves it in a summary. Absent without observations.',
  }),
  p90: column('P90', 'sample', { ...inUnit, above: 'p90Above' }),
  p99: column('P99', 'sample', { ...inUnit, above: 'p99Above' }),
  labels: text('LABELS'),
  sum: column('SUM', 'sample', { ...wide, unitOf: 'metric', about: 'Sum of the observations.' }),
  mean: column('MEAN', 'sample', { ...inUnit, ...wide }),
  p50Above: column('P50 ABOVE', 'sample', {
    ...{ ...inUnit, ...wide },
    about:
      'Last finite bound of a histogram if the 50th percentile is above it. Then p50 equals this bound, as in Prometheus, because the real value is unknown.',
  }),
  p90Above: column('P90 ABOVE', 'sample', { ...inUnit, ...wide }),
  p99Above: column('P99 ABOVE', 'sample', { ...inUnit, ...wide }),
  type: { ...typeColumn, type: ['histogram', 'summary'] as const },
  help: helpColumn,
};

type QuantileRow = RowOf<typeof fields>;

export interface QuantilePart {
  readonly node: string | undefined;
  readonly metric: string;
  readonly labels: string | undefined;
  readonly type: QuantileRow['type'];
  readonly help: string | undefined;
  readonly part: 'bucket' | 'quantile' | 'sum' | 'count';
  /** Upper bound of a bucket, or the quantile of a summary, such as 0.5. */
  readonly bound: number | undefined;
  readonly value: SampleValue;
}

/** Returns undefined for a series that is no part of a histogram or summary. @param by undefined if series are not summed */
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

// Matches decimal numbers as Prometheus writes them.
const decimal = /^[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:e[+-]?\d{1,4})?$/i;

function parseBound(bound: string): number | undefined {
  if (/^\+?inf$/i.test(bound)) return Number.POSITIVE_INFINITY;
  return decimal.test(bound) ? Number(bound) : undefined;
}

/** Adds up parts that have the same metric, labels, node, kind and bound, in the order of first appearance. */
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
        ? quantileFunction(ofPart('bucket'))
        : (q: number): Quantile => {
            // With --rate, quantiles of a summary are omitted, because they cover the last minutes and not the time between the two
            // responses.
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

export function quantilesView(hasNode: boolean): DescribedView {
  return {
    kind: 'KubeletQuantileList',
    about:
      'A histogram or summary in one row; with --rate, only its observations between two responses.',
    columns: columnsOf({ ...fields, node: nodeColumn(hasNode) }),
  };
}

// Computes quantiles of histograms as Prometheus does. Source: promql/quantile.go of prometheus/prometheus.

/** A bucket: `count` observations were at most `le`. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** `value` is undefined if there are no observations, or no bucket with an infinite bound. */
export interface Quantile {
  readonly value: number | undefined;
  /** Whether the quantile is above the last finite bound. Then `value` is this bound, because the real value is unknown. */
  readonly isAbove: boolean;
}

/** Returns `histogram_quantile` of Prometheus, with undefined in place of NaN. */
export function quantileFunction(unsorted: readonly Bucket[]): (q: number) => Quantile {
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

/** Estimates the observation with the given rank, as if the observations in a bucket were evenly spread. */
function valueIn(bucket: Bucket | undefined, below: Bucket | undefined, rank: number) {
  if (!bucket) return undefined;
  if (!below && bucket.le <= 0) return bucket.le;
  const start = below?.le ?? 0;
  const before = below?.count ?? 0;
  const share = (rank - before) / (bucket.count - before);
  return start + (bucket.le - start) * share;
}

/**
 * Sorts buckets by bound, merges buckets with equal bounds, and raises a count that is less than the count of a lower bound: kubelets may
 * serve such counts while observations come in.
 */
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
