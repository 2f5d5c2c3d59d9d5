import { readMetrics, type Sample, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import { formatLabels, inOrder, quotient, subtractSamples } from './sample-values.ts';
import type { SeriesFilter } from './series-filter.ts';

/** With --rate, `value` is the change between two responses. */
export interface Series extends Sample {
  readonly text: string;
  /** Set only with --rate. */
  readonly perSecond?: number;
  /** Seconds between the two samples of a change; set only with --rate. */
  readonly seconds?: number;
}

/** Makes rows from the series of a node. Series are added one by one, because a node may have hundreds of thousands of them. */
export interface Gathering<R> {
  readonly add: (series: Series) => void;
  readonly rows: () => readonly R[];
}

/** @param make returns undefined for a series to omit */
export function gatherRows<Part, R>(
  make: (series: Series) => Part | undefined,
  finish: (parts: readonly Part[]) => readonly R[],
): Gathering<R> {
  const parts: Part[] = [];
  return {
    add: (series) => {
      const part = make(series);
      if (part !== undefined) parts.push(part);
    },
    rows: () => finish(parts),
  };
}

export interface Earlier {
  readonly body: string;
  /** Time in ms between the two responses. */
  readonly ms: number;
}

/**
 * Approximate limit in bytes for the series of a node. No kubelet needs as much. Series of this size use five times as much memory. A body
 * of 32 MiB may have a million series, or few series with long labels.
 */
const mostBytes = 50_000_000;
/** Approximate bytes of a series without its labels, and of a metric. */
const bytesOf = { series: 200, metric: 600 } as const;

/**
 * Visits each series in the body. As in Prometheus, only the first of several samples of a series is used.
 * @returns the error in the body, if any
 */
export function readSeries(
  body: string,
  filter: SeriesFilter,
  visit: (series: Series, key: string) => void,
): string | undefined {
  const seen = new Map<string, Set<string>>();
  // If one character of a string is above U+00FF, V8 stores all characters of the string and of its slices in two bytes.
  const width = Buffer.byteLength(body) !== body.length && /[^\0-\xff]/.test(body) ? 2 : 1;
  let room = mostBytes;
  const problem = readMetrics(body, (sample) => {
    if (!filter(sample.metric, sample.labels)) return undefined;
    const text = formatLabels(sample.labels);
    const sorted = inOrder(sample.labels);
    const key = sorted === sample.labels ? text : formatLabels(sorted);
    const keys = seen.get(sample.metric) ?? new Set();
    if (keys.has(key)) return undefined;
    if (keys.size === 0) seen.set(sample.metric, keys);
    room -= bytesOf.series + width * text.length + (keys.size === 0 ? bytesOf.metric : 0);
    if (room < 0) return tooMany;
    // V8 copies a text that becomes a key of a Set. A slice would keep the whole body in memory.
    keys.add(key);
    const { metric, family, labels, value, timestampMs } = sample;
    visit({ metric, family, labels, text, value, timestampMs }, key);
    return undefined;
  });
  return problem === tooMany || problem === undefined ? problem : `no metrics: ${problem}`;
}

const tooMany = `more series than ${mostBytes / 1e6} MB of memory hold: select some by --filter`;

/**
 * Visits the change of each series. As in Prometheus, a counter that decreased is treated as reset to 0 in between, and a new series is
 * left out.
 */
export function readChanges(
  body: string,
  { body: earlier, ms }: Earlier,
  filter: SeriesFilter,
  visit: (series: Series) => void,
): string | undefined {
  const before = new Map<string, Map<string, Pick<Series, 'value' | 'timestampMs'>>>();
  const problem = readSeries(earlier, filter, ({ metric, value, timestampMs }, key) => {
    const own = before.get(metric) ?? new Map<string, Pick<Series, 'value' | 'timestampMs'>>();
    before.set(metric, own.set(key, { value, timestampMs }));
  });
  if (problem !== undefined) return problem;
  return readSeries(body, filter, (series, key) => {
    const first = before.get(series.metric)?.get(key);
    if (!first) return;
    const value = changeOf(series, first.value);
    if (Number.isNaN(value)) return;
    const seconds = secondsBetween(first, series) ?? ms / 1000;
    visit({ ...series, value, seconds, perSecond: quotient(value, seconds) });
  });
}

function changeOf(series: Series, before: SampleValue): SampleValue {
  const isReset = isCounting(series) && series.value < before;
  return isReset ? series.value : subtractSamples(series.value, before);
}

/**
 * Whether the value never decreases without a reset. This is true of counters, and of all metrics of histograms and summaries except
 * quantiles.
 */
function isCounting({ metric, family: { type, name } }: Series): boolean {
  if (type === 'counter' || type === 'histogram') return true;
  return type === 'summary' && metric !== name;
}

/**
 * Returns the seconds between the timestamps of two samples, because a kubelet may serve measurements that are older than its response.
 * Returns undefined if timestamps are missing or do not increase.
 */
function secondsBetween(
  first: Pick<Series, 'timestampMs'>,
  { timestampMs }: Series,
): number | undefined {
  if (first.timestampMs === undefined || timestampMs === undefined) return undefined;
  const seconds = (timestampMs - first.timestampMs) / 1000;
  return seconds > 0 ? seconds : undefined;
}
