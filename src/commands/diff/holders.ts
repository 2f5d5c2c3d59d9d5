import { summarize } from '../../text/list.ts';

export interface Holders {
  /** Number of nodes that have the value. */
  readonly nodeCount: number;
  /** Names of the first nodes. */
  readonly nodeSummary: string;
  readonly nodeNames: readonly string[];
}

export const holdersColumns = [
  { head: 'NODES', key: 'nodeCount', unit: 'count' },
  { head: 'NAMES', key: 'nodeSummary', unit: 'text' },
  { head: 'ALL NAMES', key: 'nodeNames', unit: 'text', wide: true },
] as const;

export const valueColumn = {
  head: 'VALUE',
  key: 'value',
  unit: 'text',
  absent: '<unset>',
} as const;

const mostNames = 3;

export function holdersOf(nodes: readonly string[]): Holders {
  return { nodeCount: nodes.length, nodeSummary: summarize(nodes, mostNames), nodeNames: nodes };
}
