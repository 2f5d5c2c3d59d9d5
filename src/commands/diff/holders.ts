import { summarize } from '../../text/list.ts';
import { always, column, type RowOf, text, wideAlways } from '../shared/rows/fields.ts';

/** Columns of the nodes that have a value. */
export const holders = {
  nodeCount: column('NODES', 'count', { ...always, about: 'Number of nodes that have the value.' }),
  nodeSummary: text('NAMES', { ...always, about: 'Names of the first nodes.' }),
  nodeNames: text('ALL NAMES', { ...wideAlways, type: 'texts' }),
};

const mostNames = 3;

export function holdersOf(nodes: readonly string[]): RowOf<typeof holders> {
  return { nodeCount: nodes.length, nodeSummary: summarize(nodes, mostNames), nodeNames: nodes };
}
