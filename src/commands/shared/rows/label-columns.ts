import type { Column } from '../../../text/column.ts';
import type { Labels, Row } from '../fleet/outcome.ts';

export interface LabelChoice {
  readonly keys: readonly string[];
  readonly all: boolean;
}

/** Returns columns with the same heads as in kubectl: `app.kubernetes.io/name` is NAME. */
export function labelColumns({ keys, all }: LabelChoice): readonly Column<Row>[] {
  const names = columnKeys(keys);
  const columns = keys.map((key, index): Column<Row> => {
    const head = (key.split('/').at(-1) ?? key).toUpperCase();
    return { head, key: names[index] ?? '', unit: 'text', role: 'label' };
  });
  return all
    ? [...columns, { head: 'LABELS', key: 'labels', unit: 'text', role: 'volatile' }]
    : columns;
}

/** Returns the cells for an object with these labels. A missing label has no cell. */
export function labelCells({ keys, all }: LabelChoice, labels: Labels = {}): Row {
  const names = columnKeys(keys);
  const cells = keys.flatMap((key, index) =>
    Object.hasOwn(labels, key) ? [[names[index] ?? '', labels[key]] as const] : [],
  );
  const texts = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return {
    ...Object.fromEntries(cells),
    ...(all && texts.length > 0 ? { labels: texts.sort().join(',') } : {}),
  };
}

/** Names labels as kube-state-metrics does: `label_app_kubernetes_io_name`. Equal names get suffixes `_conflict1` and so on. */
function columnKeys(keys: readonly string[]): readonly string[] {
  const names = keys.map((key) => `label_${key.replaceAll(/[^A-Za-z0-9]/g, '_')}`);
  return names.map((name, index) => {
    const isAlone = names.indexOf(name) === names.lastIndexOf(name);
    const before = names.slice(0, index).filter((each) => each === name);
    return isAlone ? name : `${name}_conflict${before.length + 1}`;
  });
}
