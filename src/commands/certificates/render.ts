import type { OutputFormat } from '../../cli/output.ts';
import { groupFailures, renderTally } from '../../cli/tally.ts';
import { failureFields, formatError } from '../../errors.ts';
import { isFound } from '../../known.ts';
import { isTrusted } from '../../kubelet/certificate.ts';
import { formatFingerprint } from '../../kubelet/fingerprint.ts';
import { waitingRequest } from '../../kubelet/serving-requests.ts';
import type { Paint } from '../../text/color.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { counted, summarize } from '../../text/list.ts';
import { renderGauge } from '../../text/render-metrics.ts';
import { renderRows, rowFormats } from '../../text/render-rows.ts';
import { type Arrangement, arrangeRows } from '../../text/sort-rows.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import type { DescribedView } from '../shared/rows/fields.ts';
import type { Bundle } from './bundle.ts';
import { type CertificateFacts, metricsOf, type NodeCertificate } from './facts.ts';

export const certificateFormats = [...rowFormats, 'fingerprints'] as const;
type CertificateFormat = (typeof certificateFormats)[number];

/** A table with a row for each node. */
export interface NodeTable {
  readonly view: DescribedView;
  readonly rowsOf: (facts: CertificateFacts) => readonly Row[];
  /** Joins rows of many nodes in the same state to one row. */
  readonly fold: (rows: readonly Row[]) => readonly Row[];
  /** Whether to leave out columns that are empty on all nodes. */
  readonly isSparse?: boolean;
}

export interface Style {
  readonly format: OutputFormat<CertificateFormat>;
  readonly arrangement: Arrangement<Row>;
  /** Whether a table joins many nodes in the same state to one row; false with --sort-by, --reverse or --limit. */
  readonly isFolded: boolean;
  readonly noHeaders: boolean;
  readonly paint: Paint;
}

export function renderNodes(
  { view, rowsOf, fold, isSparse }: NodeTable,
  facts: CertificateFacts,
  { format, arrangement, isFolded, noHeaders, paint }: Style,
): Iterable<string> {
  const all = rowsOf(facts);
  const nodes = new Map(all.map((row, index) => [row, facts.nodes[index]]));
  const rows = arrangeRows(all, arrangement);
  const ordered = rows.flatMap((row) => nodes.get(row) ?? []);
  if (format === 'fingerprints')
    return ordered.flatMap(({ name, shown }) =>
      shown ? `${name}=${formatFingerprint(shown.certificate.fingerprint)}\n` : [],
    );
  if (format === 'prometheus')
    return gauges.map(([name, help, read]) =>
      renderGauge(
        name,
        help,
        ordered.map((each) => ({ node: each.name, value: read(each, facts) })),
      ),
    );
  const failed = tallyOf(facts).failed.map(({ name, cause, failure }) => ({
    ...{ node: name, cause },
    ...failureFields(failure, (text) => text),
  }));
  const columns = view.columns.filter(
    ({ key }) => !isSparse || all.some((row) => row[key] !== undefined),
  );
  const isTable = format === 'table';
  return renderRows({ ...view, columns }, isFolded && isTable ? fold(rows) : rows, {
    ...{ format, noHeaders, paint, columns: isTable ? paint.columns : undefined },
    reads: { server: facts.server, failed: [...failed, ...(facts.missing ?? [])] },
  });
}

export function tallyOf({ nodes }: CertificateFacts) {
  return { all: nodes.length, failed: nodes.flatMap((each) => each.failed ?? []) };
}

interface End {
  readonly warnings: readonly string[];
  readonly isFingerprints: boolean;
  /** Whether the underlying errors of failures are printed, too. */
  readonly causes: boolean;
  readonly written: readonly [bundle: Bundle, file: string] | undefined;
}

export function renderEnd(
  facts: CertificateFacts,
  { isFingerprints, warnings, causes, written }: End,
): string {
  const tally = tallyOf(facts);
  const lines = [
    ...warnings,
    ...(facts.leftOut === undefined ? [] : [`warning: ${facts.leftOut}`]),
    ...(written ? bundleLines(...written) : []),
    ...(isFingerprints ? fingerprintLines(facts) : []),
    renderTally(tally, !causes),
  ];
  const failures = groupFailures(tally, { whole: causes, isBrief: true }).map(
    (failure) => formatError(failure, causes).text,
  );
  return failures.join('') + escapeControlLines(lines);
}

const mostNames = 5;

function fingerprintLines({ nodes }: CertificateFacts): readonly string[] {
  const unverified = nodes.filter(
    ({ shown }) => shown && !isTrusted(shown.certificate.verification),
  );
  if (unverified.length === 0) return [];
  const names = summarize(unverified, mostNames, ({ name }) => name);
  return [
    `warning: no CA verifies ${names}: compare the fingerprints with the nodes before you trust them (${compareCommand})`,
  ];
}

const compareCommand =
  'openssl x509 -noout -fingerprint -sha256 -in /var/lib/kubelet/pki/kubelet.crt';

function bundleLines(
  { certificates, missing, unverified, unverifiedAuthorities }: Bundle,
  file: string,
): readonly string[] {
  return [
    unverified.length === 0
      ? []
      : `warning: trusted on first use: ${summarize(unverified, mostNames)}: no CA has verified them; compare the fingerprints with those on the nodes (${compareCommand})`,
    unverifiedAuthorities.length === 0
      ? []
      : `warning: ${summarize(unverifiedAuthorities, mostNames)}: a CA is trusted on first use: it can vouch for every other kubelet as well`,
    [...Map.groupBy(missing, ({ why }) => why)].map(
      ([why, group]) =>
        `error: the bundle does not verify ${summarize(
          group,
          mostNames,
          ({ name }) => name,
        )}: ${why}`,
    ),
    missing.some(({ isOffered }) => isOffered)
      ? 'hint: to trust what these kubelets show now: --trust-on-first-use'
      : [],
    certificates === 0
      ? 'error: no bundle is written: it would be empty'
      : `${file === '-' ? 'wrote' : `wrote ${file}:`} ${counted(certificates, 'certificate')}`,
  ].flat();
}

type Gauge = readonly [
  name: string,
  help: string,
  read: (node: NodeCertificate, facts: CertificateFacts) => number | boolean | undefined,
];

/** If `read` returns undefined, no sample is printed. */
const gauges: readonly Gauge[] = [
  [
    'certificate_expiry_timestamp_seconds',
    'When the serving certificate of the kubelet expires, in Unix time.',
    ({ shown }) => shown && Date.parse(shown.certificate.notAfter) / 1000,
  ],
  [
    'certificate_not_before_timestamp_seconds',
    'From when on the serving certificate of the kubelet is valid, in Unix time.',
    ({ shown }) => shown && Date.parse(shown.certificate.notBefore) / 1000,
  ],
  [
    'certificate_verified',
    'Whether a trusted CA or fingerprint vouches for the serving certificate at the address of the kubelet.',
    ({ shown }) => {
      const verification = shown?.certificate.verification;
      return verification === undefined || verification.result === 'not-checked'
        ? undefined
        : isTrusted(verification);
    },
  ],
  [
    'certificate_san_match',
    'Whether the serving certificate names all addresses of the Node object.',
    ({ shown }) => shown && shown.names.missing.length === 0,
  ],
  [
    'certificate_request_pending',
    'Whether a CertificateSigningRequest of the kubelet waits for approval or for a signature.',
    ({ node }, { requests }) =>
      node === undefined || !isFound(requests)
        ? undefined
        : waitingRequest(requests.found, node) !== undefined,
  ],
  [
    'client_certificate_expiry_timestamp_seconds',
    'When the client certificate of the kubelet expires, in Unix time.',
    (node, { now }) => {
      const left = metricsOf(node)?.clientLeftSeconds;
      return left === undefined ? undefined : Math.round(now / 1000) + left;
    },
  ],
  [
    'client_certificate_renewal_errors',
    'How often the kubelet failed to renew its client certificate since it started.',
    (node) => metricsOf(node)?.clientRenewalErrors,
  ],
  [
    'certificate_renewal_errors',
    'How often the kubelet failed to renew its serving certificate since it started.',
    (node) => metricsOf(node)?.servingRenewalErrors,
  ],
];
