import { summarize } from '../../text/list.ts';

/** The nodes with a value. */
export interface Holders {
  /** How many have it. */
  readonly nodes: number;
  /** The first of them. */
  readonly names: string;
  readonly allNames: string;
}

export const holdersColumns = [
  { head: 'NODES', key: 'nodes', unit: 'count' },
  { head: 'NAMES', key: 'names', unit: 'text' },
  { head: 'ALL NAMES', key: 'allNames', unit: 'text', wide: true },
] as const;

export const valueColumn = {
  head: 'VALUE',
  key: 'value',
  unit: 'text',
  absent: '<unset>',
} as const;

/** How many nodes a line names. */
const mostNames = 3;

export function holdersOf(nodes: readonly string[]): Holders {
  return { nodes: nodes.length, names: summarize(nodes, mostNames), allNames: nodes.join(',') };
}
