/** An integer of up to 64 bits. It is a number up to 2^53, and a bigint above. */
export type Count = number | bigint;

/** The uint64 for -1, which means `no limit`, as for the inodes of CephFS. Kubelets send no larger value. */
const unlimited = 18_446_744_073_709_551_615n;

/** Returns the value of a uint64; undefined if it is missing, unlimited, negative or fractional. */
export function known(value: Count | undefined): Count | undefined {
  if (value === undefined || value >= unlimited || value < 0) return undefined;
  if (typeof value === 'bigint') return shortest(value);
  return Number.isInteger(value) ? value : undefined;
}

export function difference(from: Count | undefined, what: Count | undefined): Count | undefined {
  if (from === undefined || what === undefined) return undefined;
  return shortest(BigInt(from) - BigInt(what));
}

/** Adds two values. Treats an undefined value as 0, but returns undefined if both values are undefined. */
export function sum(one: Count | undefined, other: Count | undefined): Count | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return shortest(BigInt(one) + BigInt(other));
}

export function larger(one: Count | undefined, other: Count | undefined): Count | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? other : one;
}

/** Returns `part` in percent of `whole`, with two decimals; undefined if one of them is unknown, or `whole` is 0. */
export function percentOf(part: Count | undefined, whole: Count | undefined): number | undefined {
  if (part === undefined || whole === undefined || Number(whole) === 0) return undefined;
  return Math.round((Number(part) / Number(whole)) * 10_000) / 100;
}

export function shortest(value: bigint): Count {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
