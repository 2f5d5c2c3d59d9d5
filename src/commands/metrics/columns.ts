export const metricColumn = { head: 'METRIC', key: 'metric', unit: 'text' } as const;

export const labelsColumn = { head: 'LABELS', key: 'labels', unit: 'text' } as const;

export const typeColumn = {
  head: 'TYPE',
  key: 'type',
  unit: 'text',
  wide: true,
  role: 'volatile',
} as const;

export const helpColumn = {
  head: 'HELP',
  key: 'help',
  unit: 'text',
  wide: true,
  role: 'volatile',
} as const;

export function nodeColumn(isOfNode: boolean) {
  return { head: 'NODE', key: 'node', unit: 'text', wide: !isOfNode } as const;
}
