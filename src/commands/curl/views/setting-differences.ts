import type { View } from '../../../text/column.ts';
import { summarize } from '../../../text/list.ts';
import type { NodeRows } from './body-view.ts';

/** A value of a setting that not all nodes have. */
export interface SettingDifferenceRow {
  readonly field: string;
  /** In JSON, or what no JSON is: not set. */
  readonly value: string;
  /** How many have it. */
  readonly nodes: number;
  /** The first of them. */
  readonly names: string;
  readonly allNames: string;
}

/** A kubelet leaves out what is zero, or what its version does not have. */
const notSet = '<unset>';

/** How many nodes a line names. */
const mostNames = 3;

/** Of rows of settings: fields from a to z; of each, the value that most nodes have comes first. */
export function settingDifferences(nodes: readonly NodeRows[]): readonly SettingDifferenceRow[] {
  const fields = new Map<string, Map<string, string[]>>();
  for (const { node, rows } of nodes)
    for (const { field, value } of rows) {
      const holders = valueIn(fields, String(field), () => new Map<string, string[]>());
      valueIn(holders, String(value), () => []).push(node);
    }
  return [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([field, holders]) => rowsOf(field, holders, nodes));
}

function rowsOf(
  field: string,
  holders: ReadonlyMap<string, readonly string[]>,
  nodes: readonly NodeRows[],
): readonly SettingDifferenceRow[] {
  const set = new Set([...holders.values()].flat());
  const unset = nodes.map(({ node }) => node).filter((node) => !set.has(node));
  const all = [...holders, ...(unset.length > 0 ? [[notSet, unset] as const] : [])];
  if (all.length < 2) return [];
  return all
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([value, names]) => ({
      field,
      value,
      nodes: names.length,
      names: summarize(names, mostNames),
      allNames: names.join(','),
    }));
}

function valueIn<Key, Value>(map: Map<Key, Value>, key: Key, usual: () => Value): Value {
  const found = map.get(key) ?? usual();
  map.set(key, found);
  return found;
}

export const settingDifferencesView: View<SettingDifferenceRow> = {
  kind: 'KubeletSettingDifferenceList',
  columns: [
    { head: 'FIELD', key: 'field', unit: 'text' },
    { head: 'VALUE', key: 'value', unit: 'text' },
    { head: 'NODES', key: 'nodes', unit: 'count' },
    { head: 'NAMES', key: 'names', unit: 'text' },
    { head: 'ALL NAMES', key: 'allNames', unit: 'text', wide: true },
  ],
};
