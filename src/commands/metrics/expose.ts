import type { MetricType, SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import { escapeControl, hasInvisible } from '../../text/escape.ts';
import { formatLabels } from './sample-values.ts';
import type { SeriesRow } from './series-rows.ts';

/**
 * Renders series in the text format of Prometheus, with the node as label `node`. As in Prometheus, a label `node` that a kubelet serves
 * becomes `exported_node`. Timestamps are omitted, because the text file collector and the Pushgateway refuse them. The format allows only
 * one type for each name, so a metric that has different types on different nodes becomes untyped, with a comment.
 */
export function* exposeSeries(rows: readonly SeriesRow[]): Generator<string> {
  const quantiles = new Set(
    rows.flatMap(({ metric, type, labels = '' }) =>
      type === 'summary' && /(?:^|,)quantile="/.test(labels) ? [metric] : [],
    ),
  );
  const familyOf = (row: SeriesRow) => nameOfFamily(row, quantiles);
  const torn = disagreed(rows, familyOf);
  const nameOf = (row: SeriesRow) => (torn.has(row.metric) ? row.metric : familyOf(row));
  for (const [name, own] of Map.groupBy(rows, nameOf)) {
    const help = own.find((row) => row.help !== undefined)?.help;
    if (torn.has(name)) yield `# of ${name}, nodes disagree on the type: here it has none\n`;
    if (own.some(({ labels = '' }) => hasInvisible(labels)))
      yield `# of ${name}, signs that do not show are written out in labels\n`;
    if (help !== undefined) yield `# HELP ${name} ${escapeHelp(help)}\n`;
    yield `# TYPE ${name} ${torn.has(name) ? 'untyped' : (own[0]?.type ?? 'untyped')}\n`;
    for (const { metric, node, labels, value } of own) {
      const others = renamed(labels ?? '');
      const all = [formatLabels(['node', node ?? '']), ...(others === '' ? [] : [others])];
      if (value === undefined) continue;
      yield `${metric}{${visible(all.join(','))}} ${formatValue(value)}\n`;
    }
  }
}

function disagreed(
  rows: readonly SeriesRow[],
  familyOf: (row: SeriesRow) => string,
): ReadonlySet<string> {
  const claims = new Map<string, Set<string>>();
  const metrics = new Map<string, Set<string>>();
  const claim = (name: string, family: string, type: MetricType) => {
    const known = claims.get(name) ?? new Set();
    claims.set(name, known.add(`${family} ${type}`));
  };
  for (const row of rows) {
    const family = familyOf(row);
    claim(row.metric, family, row.type);
    // The row claims the name of its family too, because no metric of another family may have this name.
    claim(family, family, row.type);
    metrics.set(family, (metrics.get(family) ?? new Set()).add(row.metric));
  }
  // If nodes disagree on the type or family of a metric, its families are split, and each metric of these families is rendered by itself.
  const torn = new Set<string>();
  const left = [...claims.keys()].filter((name) => (claims.get(name)?.size ?? 0) > 1);
  for (let name = left.pop(); name !== undefined; name = left.pop())
    for (const claimed of claims.get(name) ?? [])
      for (const metric of metrics.get(claimed.split(' ')[0] ?? '') ?? []) {
        if (torn.has(metric)) continue;
        torn.add(metric);
        left.push(metric);
      }
  return torn;
}

/** Matches labels with their quoted values, so that text in a value is not mistaken for a label. */
const pairs = /(^|,)([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*")/gs;

/** Renames a label `node` that a kubelet serves, because the output uses `node` for the name of the node. */
function renamed(labels: string): string {
  if (!labels.includes('node=')) return labels;
  const names = new Set([...labels.matchAll(pairs)].map(([, , name]) => name));
  let free = 'exported_node';
  while (names.has(free)) free = `exported_${free}`;
  return labels.replaceAll(pairs, (pair, comma: string, name: string, value: string) =>
    name === 'node' ? `${comma}${free}=${value}` : pair,
  );
}

function nameOfFamily({ metric, type }: SeriesRow, quantiles: ReadonlySet<string>): string {
  if (type === 'histogram') return metric.replace(/_(?:bucket|sum|count)$/, '');
  if (type !== 'summary' || quantiles.has(metric)) return metric;
  return metric.replace(/_(?:sum|count)$/, '');
}

function formatValue(value: SampleValue): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeHelp(text: string): string {
  return visible(text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'));
}

/** Spells out invisible characters, for which the format has no escapes. */
function visible(text: string): string {
  if (!hasInvisible(text)) return text;
  return Array.from(text, (each) => escapeControl(each).replace(/^\\(?=.)/, '\\\\')).join('');
}
