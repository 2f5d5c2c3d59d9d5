import {
  type Cells,
  type Column,
  isJsonText,
  isList,
  namingColumns,
  plainText,
  type Unit,
  type Value,
  type View,
} from './column.ts';
import { escapeControl } from './escape.ts';

/** Prefix of all metric names. Kubelets use `kubelet_` for their own metrics. */
const prefix = 'kubeletaccess_';

/** Suffix of metric names by unit, as Prometheus recommends. */
const suffixes: Readonly<Record<Unit, string>> = {
  text: '',
  count: '',
  bytes: '_bytes',
  cores: '_cores',
  percent: '_ratio',
  bytesPerSecond: '_bytes_per_second',
  seconds: '_seconds',
  age: '',
  sample: '',
};

/**
 * Renders rows in Prometheus' text format, metric by metric. Each column with a `metric` becomes a metric. Its labels are the texts that
 * identify a row. A metric is a counter if its name ends in `_total`; otherwise a gauge. An absent value gives no sample.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats and /docs/practices/naming.
 */
export function* metricParts<Row extends Cells<Row>>(
  { columns, info }: Pick<View<Row>, 'columns' | 'info'>,
  rows: readonly Row[],
): Generator<string> {
  const labeled = withLabels(columns, rows);
  for (const column of columns) {
    const { metric, unit, key } = column;
    if (metric)
      yield* samples(metricName(column), metric.help, labeled, ({ row, labels }) => {
        const value = sampleOf(row[key], unit);
        return value === undefined ? undefined : { labels, value };
      });
  }
  const facts = columns.filter(({ role }) => role === 'label');
  if (info)
    yield* samples(prefix + info.name, info.help, labeled, ({ row, labels }) => {
      const more = labelsOf(facts, row);
      return more.length === 0 ? undefined : { labels: [...labels, ...more], value: '1' };
    });
}

/** Renders one gauge in Prometheus' text format. In each row, the field `value` is the sample, and the other fields are labels. */
export function renderGauge(
  name: string,
  help: string,
  rows: readonly { readonly [label: string]: string | number | boolean | undefined }[],
): string {
  const labels = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter(
    (key) => key !== 'value',
  );
  const columns = [
    ...labels.map((key) => ({ head: key, key, unit: 'text' }) as const),
    { head: 'value', key: 'value', unit: 'count', metric: { name, help } } as const,
  ];
  return [...metricParts({ columns }, rows)].join('');
}

interface Labeled<Row> {
  readonly row: Row;
  /** Formatted labels, such as `node="a"`. */
  readonly labels: readonly string[];
}

/** Adds labels to rows. If several rows have the same labels, keeps only the first, because Prometheus rejects duplicate samples. */
function withLabels<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly Labeled<Row>[] {
  const names = namingColumns(columns);
  const found = new Map<string, Labeled<Row>>();
  for (const row of rows) {
    const labels = labelsOf(names, row);
    const key = labels.join();
    if (!found.has(key)) found.set(key, { row, labels });
  }
  return [...found.values()];
}

function* samples<Row>(
  name: string,
  help: string,
  rows: readonly Labeled<Row>[],
  sample: (
    row: Labeled<Row>,
  ) => { readonly labels: readonly string[]; readonly value: string } | undefined,
): Generator<string> {
  const type = name.endsWith('_total') ? 'counter' : 'gauge';
  let head = `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  for (const row of rows) {
    const found = sample(row);
    if (!found) continue;
    const labels = found.labels.length === 0 ? '' : `{${found.labels.join(',')}}`;
    yield `${head}${name}${labels} ${found.value}\n`;
    // The HELP and TYPE lines are printed together with the first sample, so that a metric without samples prints nothing.
    head = '';
  }
}

function metricName<Row>({ metric, unit }: Column<Row>): string {
  const name = metric?.name ?? '';
  const suffix = suffixes[unit];
  const isWhole = name.endsWith(suffix) || name.endsWith(`${suffix}_total`);
  return prefix + name + (isWhole ? '' : suffix);
}

/** Formats a sample. A percentage becomes a ratio, true becomes 1, and false becomes 0. Returns undefined for texts. */
function sampleOf(value: Value, unit: Unit): string | undefined {
  if (value === undefined || typeof value === 'string' || isJsonText(value) || isList(value))
    return undefined;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'bigint') return String(value);
  if (!Number.isFinite(value)) return undefined;
  return String(unit === 'percent' ? Number((value / 100).toPrecision(15)) : value);
}

function labelsOf<Row extends Cells<Row>>(
  columns: readonly Column<Row>[],
  row: Row,
): readonly string[] {
  return columns.flatMap(({ key }) => {
    const value = row[key];
    return value === undefined ? [] : [`${snakeCase(key)}="${escapeLabel(plainText(value))}"`];
  });
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
