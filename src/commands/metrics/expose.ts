import type { MetricType, SampleValue } from '../../kubelet/bodies/metrics-text.ts';
import { escapeControl, hasInvisible } from '../../text/escape.ts';
import { formatLabels } from './sample-values.ts';
import type { SeriesRow } from './series-rows.ts';

/**
 * Series of several nodes in the text format, with the node as a label: as Prometheus does it, what is served under that name is
 * `exported_node`. Without timestamps, which the text file collector and the Pushgateway refuse. Metrics of a family stand together.
 */
export function* exposeSeries(rows: readonly SeriesRow[]): Generator<string> {
  for (const [name, own] of Map.groupBy(rows, familyOf)) {
    const help = own.find((row) => row.help !== undefined)?.help;
    if (help !== undefined) yield `# HELP ${name} ${escapeHelp(help)}\n`;
    yield `# TYPE ${name} ${typeOf(own)}\n`;
    for (const { metric, node, labels, value } of own) {
      const others = renamed(labels ?? '');
      const all = [formatLabels(['node', node]), ...(others === '' ? [] : [others])];
      if (value === undefined) continue;
      yield `${metric}{${visible(all.join(','))}} ${formatValue(value)}\n`;
    }
  }
}

/** Names of labels, with the values in quotes behind them: what is in a value is none. */
const pairs = /(^|,)([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*")/gs;

/** Without a label `node` of their own. */
function renamed(labels: string): string {
  if (!labels.includes('node=')) return labels;
  const names = new Set([...labels.matchAll(pairs)].map(([, , name]) => name));
  let free = 'exported_node';
  while (names.has(free)) free = `exported_${free}`;
  return labels.replaceAll(pairs, (pair, comma: string, name: string, value: string) =>
    name === 'node' ? `${comma}${free}=${value}` : pair,
  );
}

function familyOf({ metric, type }: SeriesRow): string {
  if (type === 'histogram') return metric.replace(/_(?:bucket|sum|count)$/, '');
  return type === 'summary' ? metric.replace(/_(?:sum|count)$/, '') : metric;
}

/** Kubelets of several versions may have several. */
function typeOf(rows: readonly SeriesRow[]): MetricType {
  const [first, ...others] = new Set(rows.map(({ type }) => type));
  return first && others.length === 0 ? first : 'untyped';
}

function formatValue(value: SampleValue): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeHelp(text: string): string {
  return visible(text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n'));
}

/** The format has no escape for what does not show: it is written out. */
function visible(text: string): string {
  if (!hasInvisible(text)) return text;
  return Array.from(text, (sign) => escapeControl(sign).replace(/^\\(?=.)/, '\\\\')).join('');
}
