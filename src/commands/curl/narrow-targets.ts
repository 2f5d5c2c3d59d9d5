/** One of `count` parts into which nodes are divided; `number` is from 1 on. */
export interface Shard {
  readonly number: number;
  readonly count: number;
}

export interface Narrowing {
  /** A name must match one of them, if there are any. */
  readonly include: readonly RegExp[];
  /** A name must match none of them. */
  readonly exclude: readonly RegExp[];
  readonly shard: Shard | undefined;
}

/** The targets that remain, in order. */
export function narrowTargets<T extends { readonly name: string }>(
  targets: readonly T[],
  { include, exclude, shard }: Narrowing,
): readonly T[] {
  const matches = (name: string) => (pattern: RegExp) => pattern.test(name);
  return targets.filter(
    ({ name }) =>
      (include.length === 0 || include.some(matches(name))) &&
      !exclude.some(matches(name)) &&
      (!shard || hash(name) % shard.count === shard.number - 1),
  );
}

/**
 * FNV-1a with 32 bits, and the mixing of murmur3 behind it: of names that differ in a digit, all bits differ. By the name alone, so that
 * processes with lists of different age still visit each node once.
 */
function hash(name: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1)
    value = Math.imul(value ^ name.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
