// The report as metrics of Prometheus. Texts that change from one run to the next are no labels: each would begin another series.

import { severities } from '../../kubelet/finding.ts';
import { type Column, figure } from '../../text/column.ts';
import { metricParts } from '../../text/render-metrics.ts';
import { type Report, verdicts } from './report.ts';

interface MetricRow {
  readonly verdict?: string;
  readonly severity?: string;
  readonly node?: string;
  readonly path?: 'apiserver' | 'direct';
  readonly value: number;
}

export function renderMetrics({ verdict, findings, nodes }: Report): string {
  const answers = nodes.flatMap(({ name: node, viaApiServer, direct }) =>
    // A path that was not asked has no sample.
    [
      { node, path: 'apiserver' as const, probe: viaApiServer },
      { node, path: 'direct' as const, probe: direct },
    ].flatMap(({ probe, ...row }) =>
      probe.result === 'not asked'
        ? []
        : [{ ...row, value: probe.result === 'ok' ? 1 : 0, seconds: probe.ms / 1000 }],
    ),
  );
  return [
    metric(
      'status_verdict',
      'Whether status has this verdict; ok is the good one.',
      Object.keys(verdicts).map((each) => ({ verdict: each, value: each === verdict ? 1 : 0 })),
    ),
    metric(
      'status_findings',
      'How many findings status has.',
      severities.map((severity) => ({
        severity,
        value: findings.filter((each) => each.severity === severity).length,
      })),
    ),
    metric('node_answers', 'Whether status gets an answer by this path.', answers),
    metric(
      'node_answer_seconds',
      'How long the answer took.',
      answers.map(({ seconds, ...row }) => ({ ...row, value: seconds })),
    ),
    metric(
      'node_certificate_expiry_timestamp_seconds',
      'When the serving certificate of the kubelet expires, in Unix time.',
      nodes.flatMap(({ name: node, certificate }) =>
        certificate ? [{ node, value: Date.parse(certificate.notAfter) / 1000 }] : [],
      ),
    ),
  ].join('');
}

const labels: readonly Column<MetricRow>[] = (['verdict', 'severity', 'node', 'path'] as const).map(
  (key) => ({ head: key, key, unit: 'text' }),
);

function metric(name: string, help: string, rows: readonly MetricRow[]): string {
  const columns = [...labels, figure<MetricRow>('value', 'value', 'count', { name, help })];
  return [...metricParts({ columns }, rows)].join('');
}
