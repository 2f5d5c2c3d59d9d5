import { severities } from '../../kubelet/finding.ts';
import { renderGauge } from '../../text/render-metrics.ts';
import { type Report, verdicts } from './report.ts';

export function renderMetrics({ verdict, findings, nodes }: Report): string {
  const answers = nodes.flatMap(({ name: node, viaApiServer, direct }) =>
    // Prints no sample for a path on which the kubelet was not asked.
    [
      { node, path: 'apiserver' as const, probe: viaApiServer },
      { node, path: 'direct' as const, probe: direct },
    ].flatMap(({ probe, ...row }) =>
      probe.result === 'not-asked'
        ? []
        : [{ row, isOk: probe.result === 'ok', seconds: probe.ms / 1000 }],
    ),
  );
  return [
    renderGauge(
      'status_verdict',
      'Whether status has this verdict; ok is the good one.',
      Object.keys(verdicts).map((each) => ({ verdict: each, value: each === verdict })),
    ),
    renderGauge(
      'status_findings',
      'How many findings status has.',
      severities.map((severity) => ({
        severity,
        value: findings.filter((each) => each.severity === severity).length,
      })),
    ),
    renderGauge(
      'node_answers',
      'Whether status gets an answer by this path.',
      answers.map(({ row, isOk }) => ({ ...row, value: isOk })),
    ),
    renderGauge(
      'node_answer_seconds',
      'How long the answer took.',
      answers.map(({ row, seconds }) => ({ ...row, value: seconds })),
    ),
    renderGauge(
      'node_certificate_expiry_timestamp_seconds',
      'When the serving certificate of the kubelet expires, in Unix time.',
      nodes.flatMap(({ name: node, certificate }) =>
        certificate ? [{ node, value: Date.parse(certificate.notAfter) / 1000 }] : [],
      ),
    ),
  ].join('');
}
