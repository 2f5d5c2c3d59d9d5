/** A list of at least one item. */
export type Group<T> = readonly [T, ...T[]];

/** Groups items with the same key, in the order of the first item of each group. */
export function groupsOf<T>(items: Iterable<T>, keyOf: (item: T) => unknown): readonly Group<T>[] {
  return [...Map.groupBy(items, keyOf).values()] as [T, ...T[]][];
}

/** Groups items with the same key, the largest group first. */
export function largestGroups<T>(
  items: Iterable<T>,
  keyOf: (item: T) => unknown,
): readonly Group<T>[] {
  return groupsOf(items, keyOf).toSorted((a, b) => b.length - a.length);
}
