// The metrics have the node as their only label: what else a certificate says changes when it is renewed, and would begin another series.
import { isFound } from '../../known.ts';
import { waitingRequest } from '../../kubelet/serving-requests.ts';
import type { Column } from '../../text/column.ts';
import { metricParts } from '../../text/render-metrics.ts';
import type { CertificateFacts, NodeCertificate } from './facts.ts';

interface MetricRow {
  readonly node: string;
  readonly expiry: number | undefined;
  readonly notBefore: number | undefined;
  readonly verified: boolean | undefined;
  readonly namesAll: boolean | undefined;
  readonly pending: boolean | undefined;
}

const columns: readonly Column<MetricRow>[] = [
  { head: 'NODE', key: 'node', unit: 'text' },
  gauge(
    'expiry',
    'certificate_expiry_timestamp_seconds',
    'When the serving certificate of the kubelet expires, in Unix time.',
  ),
  gauge(
    'notBefore',
    'certificate_not_before_timestamp_seconds',
    'From when on the serving certificate of the kubelet is valid, in Unix time.',
  ),
  gauge(
    'verified',
    'certificate_verified',
    'Whether a trusted CA or fingerprint vouches for the serving certificate at the address of the kubelet.',
  ),
  gauge(
    'namesAll',
    'certificate_san_match',
    'Whether the serving certificate names all addresses of the Node object.',
  ),
  gauge(
    'pending',
    'certificate_request_pending',
    'Whether a CertificateSigningRequest of the kubelet waits for approval or for a signature.',
  ),
];

function gauge(key: keyof MetricRow, name: string, help: string): Column<MetricRow> {
  return { head: key, key, unit: 'count', metric: { name, help } };
}

/** What is not known has no sample. */
export function certificateMetrics(facts: CertificateFacts): Iterable<string> {
  return metricParts(
    { columns },
    facts.nodes.map((node) => metricRow(node, facts)),
  );
}

function metricRow(
  { name, node, shown }: NodeCertificate,
  { requests }: CertificateFacts,
): MetricRow {
  const result = shown?.certificate.verification.result;
  return {
    node: name,
    expiry: shown && unixTime(shown.certificate.notAfter),
    notBefore: shown && unixTime(shown.certificate.notBefore),
    verified:
      result === undefined || result === 'not checked'
        ? undefined
        : result === 'verified' || result === 'fingerprint',
    namesAll: shown && shown.names.missing.length === 0,
    pending:
      node === undefined || !isFound(requests)
        ? undefined
        : waitingRequest(requests.found, node) !== undefined,
  };
}

function unixTime(text: string): number {
  return Date.parse(text) / 1000;
}
