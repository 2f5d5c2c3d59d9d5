import type { SampleValue } from '../../kubelet/bodies/metrics-text.ts';

/** Exact for whole numbers of any size. */
export function plus(a: SampleValue, b: SampleValue): SampleValue {
  const sum = Number(a) + Number(b);
  return isWhole(a) && isWhole(b) && !Number.isSafeInteger(sum)
    ? shortest(BigInt(a) + BigInt(b))
    : sum;
}

export function minus(a: SampleValue, b: SampleValue): SampleValue {
  // The difference of two large numbers may be small, and is none of their floats.
  return isWhole(a) && isWhole(b)
    ? shortest(BigInt(a) - BigInt(b))
    : tidy(Number(a) - Number(b), Number(a));
}

export function quotient(a: SampleValue, divisor: number): number {
  return tidy(Number(a) / divisor, Number(a) / divisor);
}

/** Without the last digits, which are what binary fractions leave: `of` has 15 that count. */
function tidy(value: number, of: number): number {
  if (!Number.isFinite(value) || !Number.isFinite(of) || of === 0) return value;
  const places = 14 - Math.floor(Math.log10(Math.abs(of)));
  return places < 0 || places > 100 ? value : Number(value.toFixed(places));
}

function isWhole(value: SampleValue): boolean {
  return typeof value === 'bigint' || Number.isInteger(value);
}

function shortest(value: bigint): SampleValue {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** `a="b",c="d"` of names and values in turn, as the text format has them. */
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

/** Empty if there is none, as in PromQL. */
export function labelOf(labels: readonly string[], name: string): string {
  for (let at = 0; at < labels.length; at += 2)
    if (labels[at] === name) return labels[at + 1] ?? '';
  return '';
}

/** Those that `keep` names, in their order. */
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
