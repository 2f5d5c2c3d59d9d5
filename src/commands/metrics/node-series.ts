import { readMetrics, type Sample, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import { formatLabels, inOrder, minus, quotient } from './sample-values.ts';
import type { SeriesFilter } from './series-filter.ts';

/** With --rate or --watch, the value is the change. Empty labels are left out. */
export interface Series extends Sample {
  /** The labels as a text, in the order served. */
  readonly text: string;
  /** Only of a change. */
  readonly perSecond?: number;
  /** Only of a change: between its two samples. */
  readonly seconds?: number;
}

/** Makes rows of the series of a node, which may be hundreds of thousands: only rows keep them. */
export interface Gathering<R> {
  readonly add: (series: Series) => void;
  readonly rows: () => readonly R[];
}

/** A row of each, or of some. */
export function gatherRows<R>(make: (series: Series) => R | undefined): Gathering<R> {
  const rows: R[] = [];
  return {
    add: (series) => {
      const row = make(series);
      if (row !== undefined) rows.push(row);
    },
    rows: () => rows,
  };
}

/** An earlier response of the same node. */
export interface Earlier {
  readonly body: string;
  /** How long before the other it was. */
  readonly ms: number;
}

/**
 * In bytes, about what the series of a node may take: more than any kubelet serves, and a fifth of what the program then takes. A
 * body of 32 MiB may have a million of them, or few with long labels.
 */
const mostBytes = 50_000_000;
/** Bytes kept for each series beside its labels, and for each metric. */
const bytesOf = { series: 200, metric: 600 } as const;

/**
 * Visits each series once, with its key, in the order served: like Prometheus, it keeps the first of several samples. Returns the
 * fault of the body, if any.
 */
export function readSeries(
  body: string,
  filter: SeriesFilter,
  visit: (series: Series, key: string) => void,
): string | undefined {
  const seen = new Map<string, Set<string>>();
  // A string with one character above U+00FF stores two bytes for each, and so do its slices.
  const width = Buffer.byteLength(body) !== body.length && /[^\0-\xff]/.test(body) ? 2 : 1;
  let room = mostBytes;
  const problem = readMetrics(body, (sample) => {
    if (!filter(sample.metric, sample.labels)) return undefined;
    const text = formatLabels(sample.labels);
    const key = keyOfLabels(sample.labels, text);
    const keys = seen.get(sample.metric) ?? new Set();
    if (keys.has(key)) return undefined;
    if (keys.size === 0) seen.set(sample.metric, keys);
    room -= bytesOf.series + width * text.length + (keys.size === 0 ? bytesOf.metric : 0);
    if (room < 0) return tooMany;
    // Copied as a key: a slice would keep the whole body in memory.
    keys.add(key);
    const { metric, family, labels, value, timestampMs } = sample;
    visit({ metric, family, labels, text, value, timestampMs }, key);
    return undefined;
  });
  return problem === tooMany || problem === undefined ? problem : `no metrics: ${problem}`;
}

const tooMany = `more series than ${mostBytes / 1e6} MB of memory hold: select some by --filter`;

/**
 * What changed since an earlier response. A counter that is less than before has started again, from 0, as Prometheus has it. A
 * series that is new has no change.
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

/** Labels are a set: their order does not matter. */
function keyOfLabels(labels: readonly string[], text: string): string {
  const sorted = inOrder(labels);
  return sorted === labels ? text : formatLabels(sorted);
}

function changeOf(series: Series, before: SampleValue): SampleValue {
  const isReset = isCounting(series) && series.value < before;
  return isReset ? series.value : minus(series.value, before);
}

/** Whether it only grows: counters, and all of a histogram or summary but quantiles. */
function isCounting({ metric, family: { type, name } }: Series): boolean {
  if (type === 'counter' || type === 'histogram') return true;
  return type === 'summary' && metric !== name;
}

/** By the samples' own times, if both have one: a kubelet may serve an older measurement. */
function secondsBetween(
  first: Pick<Series, 'timestampMs'>,
  { timestampMs }: Series,
): number | undefined {
  if (first.timestampMs === undefined || timestampMs === undefined) return undefined;
  const seconds = (timestampMs - first.timestampMs) / 1000;
  return seconds > 0 ? seconds : undefined;
}
