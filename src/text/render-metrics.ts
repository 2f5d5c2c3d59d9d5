import type { Cells } from './cells.ts';
import type { Column, Unit, Value } from './column.ts';
import { escapeControl } from './escape.ts';

/** Before each name: kubelets have metrics of their own, which begin with `kubelet_`. */
const prefix = 'kubeletaccess_';

/** What a name ends with, by the conventions of Prometheus. */
const suffixes: Readonly<Record<Unit, string>> = {
  text: '',
  count: '',
  bytes: '_bytes',
  cores: '_cores',
  percent: '_ratio',
  bytesPerSecond: '_bytes_per_second',
  seconds: '_seconds',
};

/**
 * Metrics in Prometheus' text format, one after the other: a column with a metric is one, and columns of text are its labels. A
 * name in `_total` is a counter, each other one a gauge. A value that is not reported has no sample.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats and /docs/practices/naming.
 */
export function* metricParts<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Generator<string> {
  const labels = columns.filter(({ unit, changes }) => unit === 'text' && !changes);
  for (const column of columns) {
    const { metric, unit, key } = column;
    if (!metric) continue;
    const name = metricName(column);
    let head = `# HELP ${name} ${escapeHelp(metric.help)}\n# TYPE ${name} ${isCounter(name) ? 'counter' : 'gauge'}\n`;
    for (const row of rows) {
      const value = sampleOf(row[key], unit);
      if (value === undefined) continue;
      yield `${head}${name}${labelsOf(labels, row)} ${value}\n`;
      // A metric without samples has no head either.
      head = '';
    }
  }
}

function metricName<Row>({ metric, unit }: Column<Row>): string {
  const name = metric?.name ?? '';
  const suffix = suffixes[unit];
  const isWhole = name.endsWith(suffix) || name.endsWith(`${suffix}_total`);
  return prefix + name + (isWhole ? '' : suffix);
}

function isCounter(name: string): boolean {
  return name.endsWith('_total');
}

/** A percentage is a ratio there, and what is true 1. */
function sampleOf(value: Value, unit: Unit): string | undefined {
  if (value === undefined || typeof value === 'string') return undefined;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return String(value);
  if (!Number.isFinite(value)) return undefined;
  return String(unit === 'percent' ? Number((value / 100).toPrecision(15)) : value);
}

function labelsOf<Row extends Cells<Row>>(columns: readonly Column<Row>[], row: Row): string {
  const labels = columns.flatMap(({ key }) => {
    const value = row[key];
    return value === undefined ? [] : [`${snakeCase(key)}="${escapeLabel(String(value))}"`];
  });
  return labels.length === 0 ? '' : `{${labels.join(',')}}`;
}

function snakeCase(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function escapeHelp(text: string): string {
  return escapeControl(text).replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
