import { type Group, groupsOf } from './groups.ts';

/** Up to this number, rows with the same result are shown one by one. More rows are shown as one row. */
const mostSimilar = 20;

/**
 * Groups items with the same key if there are more than 20 of them; other items stay single. Groups are in the order of their first items.
 */
export function groupSimilar<T>(
  items: readonly T[],
  keyOf: (item: T) => string | undefined,
): readonly Group<T>[] {
  const byKey = Map.groupBy(items, keyOf);
  return groupsOf(items, (item) => {
    const key = keyOf(item);
    const isMany = key !== undefined && (byKey.get(key)?.length ?? 0) > mostSimilar;
    // A new symbol differs from every other key, so that the item stays single.
    return isMany ? key : Symbol('single');
  });
}

/** Returns the name, version and address of a single node. For several nodes, returns their number, versions and ports. */
export function nodeCells(
  group: Group<{ readonly name: string; readonly version: string; readonly address: string }>,
): readonly string[] {
  const [{ name, version, address }] = group;
  if (group.length === 1) return [name, version, address];
  const versions = group.map((node) => node.version);
  const ports = group.map((node) => node.address.replace(/^.*:/s, 'port '));
  return [
    formatCount(group.length, 'nodes'),
    summarizeColumn(versions, 'versions'),
    summarizeColumn(ports, 'ports'),
  ];
}

/** Returns the value if all values are equal, such as `v1.37.2`; otherwise the number of different values, such as `3 versions`. */
export function summarizeColumn(values: readonly string[], plural: string): string {
  const [first = '', ...others] = new Set(values);
  return others.length === 0 ? first : formatCount(others.length + 1, plural);
}

/** Formats a count: `4,997 nodes`. */
export function formatCount(count: number, plural: string): string {
  return `${String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')} ${plural}`;
}
