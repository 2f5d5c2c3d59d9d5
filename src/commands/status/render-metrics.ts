// The report as metrics of Prometheus. Texts that change from one run to the next are no labels: each would begin another series.
import { metricParts } from '../../text/render-metrics.ts';
import { severities } from './report/finding.ts';
import type { NodeReport } from './report/nodes.ts';
import { type Report, verdicts } from './report.ts';

interface PathRow {
  readonly node: string;
  readonly path: 'apiserver' | 'direct';
  readonly answers: number;
  readonly seconds: number | undefined;
}

const verdictColumns = [
  label('verdict'),
  gauge('isSo', 'count', 'status_verdict', 'Whether status has this verdict; ok is the good one.'),
];
const findingColumns = [
  label('severity'),
  gauge('findings', 'count', 'status_findings', 'How many findings status has.'),
];
const pathColumns = [
  label('node'),
  label('path'),
  gauge('answers', 'count', 'node_answers', 'Whether status gets an answer by this path.'),
  gauge('seconds', 'seconds', 'node_answer_seconds', 'How long the answer took.'),
];
const certificateColumns = [
  label('node'),
  gauge(
    'expiry',
    'seconds',
    'node_certificate_expiry_timestamp_seconds',
    'When the serving certificate of the kubelet expires, in Unix time.',
  ),
];

function label<Key extends string>(key: Key) {
  return { head: key, key, unit: 'text' } as const;
}

function gauge<Key extends string>(
  key: Key,
  unit: 'count' | 'seconds',
  name: string,
  help: string,
) {
  return { head: key, key, unit, metric: { name, help } } as const;
}

export function renderMetrics({ verdict, findings, nodes }: Report): string {
  const verdictRows = Object.keys(verdicts).map((each) => ({
    verdict: each,
    isSo: each === verdict ? 1 : 0,
  }));
  const findingRows = severities.map((severity) => ({
    severity,
    findings: findings.filter((each) => each.severity === severity).length,
  }));
  const certificateRows = nodes.flatMap(({ name, certificate }) =>
    certificate ? [{ node: name, expiry: Date.parse(certificate.notAfter) / 1000 }] : [],
  );
  return [
    ...metricParts({ columns: verdictColumns }, verdictRows),
    ...metricParts({ columns: findingColumns }, findingRows),
    ...metricParts({ columns: pathColumns }, nodes.flatMap(pathRows)),
    ...metricParts({ columns: certificateColumns }, certificateRows),
  ].join('');
}

/** Paths that were not asked have no sample. */
function pathRows({ name, viaApiServer, direct }: NodeReport): readonly PathRow[] {
  return (
    [
      ['apiserver', viaApiServer],
      ['direct', direct],
    ] as const
  ).flatMap(([path, { result, ms }]) =>
    result === 'not asked'
      ? []
      : [
          {
            node: name,
            path,
            answers: result === 'ok' ? 1 : 0,
            seconds: ms === undefined ? undefined : ms / 1000,
          },
        ],
  );
}
