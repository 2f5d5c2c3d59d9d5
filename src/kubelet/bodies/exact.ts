/** An integer of 64 bits: a number up to 2^53, a bigint beyond. */
export type Count = number | bigint;

/** The value of file systems without such a limit, such as CephFS for inodes: -1 as a uint64. No kubelet sends more. */
const unlimited = 18_446_744_073_709_551_615n;

/** The value of a uint64; undefined if the kubelet says that it does not know it. */
export function known(value: Count | undefined): Count | undefined {
  if (value === undefined || value >= unlimited || value < 0) return undefined;
  if (typeof value === 'bigint') return shortest(value);
  return Number.isInteger(value) ? value : undefined;
}

/** Undefined if one of them is. */
export function difference(from: Count | undefined, what: Count | undefined): Count | undefined {
  if (from === undefined || what === undefined) return undefined;
  return shortest(BigInt(from) - BigInt(what));
}

/** Undefined if both are. */
export function sum(one: Count | undefined, other: Count | undefined): Count | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return shortest(BigInt(one) + BigInt(other));
}

export function larger(one: Count | undefined, other: Count | undefined): Count | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one < other ? other : one;
}

/** With two decimals; undefined if the whole is 0 or unknown. */
export function percentOf(part: Count | undefined, whole: Count | undefined): number | undefined {
  if (part === undefined || whole === undefined || Number(whole) === 0) return undefined;
  return Math.round((Number(part) / Number(whole)) * 10_000) / 100;
}

/** A number, if that holds it. */
export function shortest(value: bigint): Count {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
