import { always, column, text, wide } from '../shared/rows/fields.ts';

export function nodeColumn(isOfNode: boolean) {
  return text('NODE', { wide: !isOfNode, about: 'Name of the node; absent in sums over nodes.' });
}

export const metricColumn = text('METRIC', always);

export const typeColumn = text('TYPE', { ...always, ...wide, role: 'volatile' });

export const helpColumn = text('HELP', { ...wide, role: 'volatile' });

export const nodeCountColumn = column('NODES', 'count', always);
