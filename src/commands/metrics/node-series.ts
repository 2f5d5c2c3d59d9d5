import { type Family, readMetrics, type SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import type { Checked } from '../../schema.ts';
import { formatLabels, inOrder, minus, quotient } from './sample-values.ts';
import type { SeriesFilter } from './series-filter.ts';

/** A series of one node. */
export interface Series {
  readonly metric: string;
  readonly family: Family;
  /** Names and values in turn, without those that are empty. */
  readonly labels: readonly string[];
  /** The same as a text, in the order served. */
  readonly text: string;
  /** Of a change: by how much. */
  readonly value: SampleValue;
  readonly timestampMs: number | undefined;
  /** Only of a change. */
  readonly perSecond?: number;
  /** Only of a change: between its two samples. */
  readonly seconds?: number;
}

/** An earlier response of the same node. */
export interface Earlier {
  readonly body: string;
  /** How long before the other it was. */
  readonly ms: number;
}

/** Each once, in the order served: of samples of the same series Prometheus keeps the first. */
export function readSeries(body: string, filter: SeriesFilter): Checked<readonly Series[]> {
  const all: Series[] = [];
  const seen = new Map<string, Set<string>>();
  const problem = readMetrics(body, (sample) => {
    if (!filter(sample.metric, sample.labels)) return;
    const text = formatLabels(sample.labels);
    const key = keyOfLabels(sample.labels, text);
    const keys = seen.get(sample.metric) ?? new Set();
    if (keys.size === 0) seen.set(sample.metric, keys);
    if (keys.has(key)) return;
    // As a key it is a text of its own, and no longer a piece of the body.
    keys.add(key);
    const { metric, family, labels, value, timestampMs } = sample;
    all.push({ metric, family, labels, text, value, timestampMs });
  });
  if (problem !== undefined) return { problem: `no metrics: ${problem}` };
  return { decoded: { value: all } };
}

/**
 * What changed since an earlier response. A counter that is less than before has started again, from 0, as Prometheus has it. A
 * series that is new has no change.
 */
export function readChanges(
  body: string,
  { body: earlier, ms }: Earlier,
  filter: SeriesFilter,
): Checked<readonly Series[]> {
  const [before, after] = [readSeries(earlier, filter), readSeries(body, filter)];
  if (!before.decoded || !after.decoded) return before.decoded ? after : before;
  const byKey = new Map(before.decoded.value.map((each) => [keyOf(each), each]));
  const changes = after.decoded.value.flatMap((series) => {
    const first = byKey.get(keyOf(series));
    if (!first) return [];
    const value = changeOf(series, first);
    if (Number.isNaN(value)) return [];
    const seconds = secondsBetween(first, series) ?? ms / 1000;
    return [{ ...series, value, seconds, perSecond: quotient(value, seconds) }];
  });
  return { decoded: { value: changes } };
}

function keyOf({ metric, labels, text }: Series): string {
  return `${metric}{${keyOfLabels(labels, text)}`;
}

/** Labels are a set: of those in another order it is the same. */
function keyOfLabels(labels: readonly string[], text: string): string {
  const sorted = inOrder(labels);
  return sorted === labels ? text : formatLabels(sorted);
}

function changeOf(series: Series, before: Series): SampleValue {
  const isReset = isCounting(series) && series.value < before.value;
  return isReset ? series.value : minus(series.value, before.value);
}

/** Whether it only grows: counters, and all of a histogram or summary but quantiles. */
function isCounting({ metric, family: { type, name } }: Series): boolean {
  if (type === 'counter' || type === 'histogram') return true;
  return type === 'summary' && metric !== name;
}

/** By their own times, where both have one: a kubelet may serve what it measured before. */
function secondsBetween(first: Series, { timestampMs }: Series): number | undefined {
  if (first.timestampMs === undefined || timestampMs === undefined) return undefined;
  const seconds = (timestampMs - first.timestampMs) / 1000;
  return seconds > 0 ? seconds : undefined;
}
