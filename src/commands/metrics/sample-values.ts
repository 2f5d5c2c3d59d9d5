import type { SampleValue } from '../../kubelet/bodies/metrics-text.ts';

/**
 * Sums values. Sums of whole numbers are exact. For other numbers, the rounding errors are collected and added at the end, as in
 * Prometheus.
 */
export function sumOf(values: readonly SampleValue[]): SampleValue {
  if (values.every(isWhole)) return values.reduce(plus, 0);
  let sum = 0;
  let lost = 0;
  for (const each of values) {
    const value = Number(each);
    const next = sum + value;
    lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  return Number.isFinite(lost) ? sum + lost : sum;
}

function plus(a: SampleValue, b: SampleValue): SampleValue {
  const isExact = [a, b, Number(a) + Number(b)].every(Number.isSafeInteger);
  return isExact ? Number(a) + Number(b) : shortest(BigInt(a) + BigInt(b));
}

export function subtractSamples(a: SampleValue, b: SampleValue): SampleValue {
  // Floats would lose a small difference of two large numbers.
  return isWhole(a) && isWhole(b)
    ? shortest(BigInt(a) - BigInt(b))
    : tidy(Number(a) - Number(b), Number(a));
}

export function quotient(a: SampleValue, divisor: number): number {
  return tidy(Number(a) / divisor, Number(a) / divisor);
}

/** Rounds `value` to the decimal place of the 15th significant digit of `of`. Further digits are errors of binary fractions. */
function tidy(value: number, of: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(of) || of === 0) return value;
  const places = 14 - Math.floor(Math.log10(Math.abs(of)));
  return places < 0 || places > 100 ? value : Number(value.toFixed(places));
}

/** Whether a value is a whole number of at most 64 bits. The last digits of a larger float are not exact. */
function isWhole(value: SampleValue): boolean {
  return typeof value === 'bigint' || (Number.isInteger(value) && Math.abs(value) <= 2 ** 64);
}

function shortest(value: bigint): SampleValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** Formats alternating names and values as `a="b",c="d"`, as in the text format. */
export function formatLabels(labels: readonly string[]): string {
  const pairs: string[] = [];
  for (let at = 0; at < labels.length; at += 2)
    pairs.push(`${labels[at]}="${escapeLabel(labels[at + 1] ?? '')}"`);
  return pairs.join(',');
}

function escapeLabel(text: string): string {
  return /[\\"\n]/.test(text)
    ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    : text;
}

/** Sorts labels by name: servers send them in different orders. A sorted list is returned itself, not a copy. */
export function inOrder(labels: readonly string[]): readonly string[] {
  let isSorted = true;
  for (let at = 2; at < labels.length && isSorted; at += 2)
    isSorted = (labels[at - 2] ?? '') <= (labels[at] ?? '');
  if (isSorted) return labels;
  const pairs = Array.from(
    { length: labels.length / 2 },
    (_, index) => [labels[2 * index] ?? '', labels[2 * index + 1] ?? ''] as const,
  );
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1)).flat();
}

/** Returns the value of a label; empty if there is none, as in PromQL. */
export function labelOf(labels: readonly string[], name: string): string {
  for (let at = 0; at < labels.length; at += 2)
    if (labels[at] === name) return labels[at + 1] ?? '';
  return '';
}

export function pickLabels(
  labels: readonly string[],
  keep: (name: string) => boolean,
): readonly string[] {
  const kept: string[] = [];
  for (let at = 0; at < labels.length; at += 2) {
    const name = labels[at] ?? '';
    if (keep(name)) kept.push(name, labels[at + 1] ?? '');
  }
  return kept;
}
