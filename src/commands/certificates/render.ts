import type { OutputFormat } from '../../cli/output-template.ts';
import { groupFailures, renderTally } from '../../cli/tally.ts';
import { formatError, messageOf } from '../../errors.ts';
import type { Paint } from '../../text/color.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { rowList } from '../../text/render-row-list.ts';
import { type RowFormat, renderRows } from '../../text/render-rows.ts';
import { type Arrangement, arrangeRows } from '../../text/sort-rows.ts';
import type { Bundle } from './bundle.ts';
import type { CertificateFacts } from './facts.ts';
import { certificateMetrics } from './render-metrics.ts';
import { type CertificateRow, certificateRows, certificatesView, foldedRows } from './rows.ts';
import { renderWarnings } from './warnings.ts';

export interface CertificatesStyle {
  readonly format: OutputFormat<RowFormat>;
  readonly arrangement: Arrangement<CertificateRow>;
  readonly isFolded: boolean;
  readonly noHeaders: boolean;
  readonly paint: Paint;
}

/** In parts, one after the other. */
export function renderCertificates(
  facts: CertificateFacts,
  { format, arrangement, isFolded, noHeaders, paint }: CertificatesStyle,
): Iterable<string> {
  const nodes = new Map(certificateRows(facts).map((row, index) => [row, facts.nodes[index]]));
  const rows = arrangeRows([...nodes.keys()], arrangement);
  const unread = tallyOf(facts).failed.map(({ name, cause, failure }) => ({
    node: name,
    cause,
    message: messageOf(failure),
  }));
  const failed = [...unread, ...(facts.missing ?? [])];
  if (format === 'prometheus')
    return certificateMetrics({ ...facts, nodes: rows.flatMap((row) => nodes.get(row) ?? []) });
  return typeof format === 'function'
    ? [format(rowList(certificatesView, rows, { failed }), { noHeaders })]
    : renderRows(certificatesView, isFolded && format === 'table' ? foldedRows(rows) : rows, {
        format,
        noHeaders,
        failed,
        paint,
      });
}

/** The counts of nodes. */
export function tallyOf({ nodes }: CertificateFacts) {
  return { all: nodes.length, failed: nodes.flatMap((each) => each.failed ?? []) };
}

interface End {
  readonly warnDays: number;
  /** Whether the errors behind failures are told, too. */
  readonly causes: boolean;
  /** Undefined if none was asked for, or an interrupt came first. */
  readonly written: readonly [bundle: Bundle, file: string] | undefined;
}

/** What stderr tells at the end: failures by cause, what is wrong with certificates or a bundle, and the counts as the last line. */
export function renderEnd(facts: CertificateFacts, { warnDays, causes, written }: End): string {
  const tally = tallyOf(facts);
  const lines = [
    ...renderWarnings(facts, warnDays),
    ...(facts.leftOut === undefined ? [] : [`warning: ${facts.leftOut}`]),
    ...(written ? bundleLines(...written) : []),
    renderTally(tally),
  ];
  const failures = groupFailures(tally, { whole: causes }).map(
    (failure) => formatError(failure, causes).text,
  );
  return failures.join('') + escapeControlLines(lines);
}

const mostNames = 5;

function bundleLines(
  { certificates, missing, believed, believedAuthorities }: Bundle,
  file: string,
): readonly string[] {
  return [
    ...(believed.length === 0
      ? []
      : [
          `warning: trusted on first use: ${summarize(believed, mostNames)}: no CA has verified them; compare the fingerprints with those on the nodes (openssl x509 -noout -fingerprint -sha256 -in /var/lib/kubelet/pki/kubelet.crt)`,
        ]),
    ...(believedAuthorities.length === 0
      ? []
      : [
          `warning: ${summarize(believedAuthorities, mostNames)}: a CA is trusted on first use: it can vouch for every other kubelet as well`,
        ]),
    ...[...Map.groupBy(missing, ({ why }) => why)].map(
      ([why, group]) =>
        `error: the bundle does not verify ${summarize(
          group.map(({ name }) => name),
          mostNames,
        )}: ${why}`,
    ),
    ...(missing.some(({ isOffered }) => isOffered)
      ? ['hint: to trust what these kubelets show now: --trust-on-first-use']
      : []),
    certificates === 0
      ? 'error: no bundle is written: it would be empty'
      : `${file === '-' ? 'wrote' : `wrote ${file}:`} ${certificates} certificate${certificates === 1 ? '' : 's'}`,
  ];
}
