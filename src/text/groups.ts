export type Group<T> = readonly [T, ...T[]];

/** Groups items that have the same key. Groups are in the order of their first items. */
export function groupsOf<T>(items: Iterable<T>, keyOf: (item: T) => unknown): readonly Group<T>[] {
  return [...Map.groupBy(items, keyOf).values()] as [T, ...T[]][];
}

/** Groups items that have the same key. The largest group is first. */
export function largestGroups<T>(
  items: Iterable<T>,
  keyOf: (item: T) => unknown,
): readonly Group<T>[] {
  return groupsOf(items, keyOf).toSorted((a, b) => b.length - a.length);
}
