// Quantiles of histograms as Prometheus computes them. Source: promql/quantile.go of prometheus/prometheus.

/** How many observations were at most `le`. */
export interface Bucket {
  readonly le: number;
  readonly count: number;
}

/** The same as `histogram_quantile`; undefined where that is NaN, as without observations. */
export function quantileOf(q: number, unsorted: readonly Bucket[]): number | undefined {
  const buckets = cumulative(unsorted);
  const last = buckets.at(-1);
  if (!last || last.le !== Number.POSITIVE_INFINITY || buckets.length < 2) return undefined;
  if (!(last.count > 0)) return undefined;
  const rank = q * last.count;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const [below, bucket] = [buckets[index - 1], buckets[index]];
  if (!bucket) return undefined;
  // Beyond the last bound nothing is known: it is the answer.
  if (bucket === last) return buckets.at(-2)?.le;
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
