import type { OutputFormat } from '../../cli/output-template.ts';
import type { Paint } from '../../text/color.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { rowList } from '../../text/render-row-list.ts';
import { type RowFormat, renderRows } from '../../text/render-rows.ts';
import { type Arrangement, arrangeRows } from '../../text/sort-rows.ts';
import type { Bundle } from './bundle.ts';
import type { CertificateFacts } from './facts.ts';
import { certificateMetrics } from './render-metrics.ts';
import { type CertificateRow, certificateRows, certificatesView } from './rows.ts';

export interface CertificatesStyle {
  readonly format: OutputFormat<RowFormat>;
  readonly arrangement: Arrangement<CertificateRow>;
  readonly noHeaders: boolean;
  readonly paint: Paint;
}

/** In parts, one after the other. */
export function renderCertificates(
  facts: CertificateFacts,
  { format, arrangement, noHeaders, paint }: CertificatesStyle,
): Iterable<string> {
  if (format === 'prometheus') return certificateMetrics(facts);
  const rows = arrangeRows(certificateRows(facts), arrangement);
  return typeof format === 'function'
    ? [format(rowList(certificatesView, rows), { noHeaders })]
    : renderRows(certificatesView, rows, { format, noHeaders, paint });
}

const mostNames = 5;

/** What stderr tells of a bundle that is written to a file. */
export function renderBundleEnd(
  { certificates, missing, believed }: Bundle,
  { file, trustFirst }: { readonly file: string; readonly trustFirst: boolean },
): readonly string[] {
  const canBelieve = missing.some(({ why }) => why.startsWith('nothing vouches'));
  return [
    ...(believed.length === 0
      ? []
      : [
          `warning: trusted on first use: ${summarize(believed, mostNames)}: nothing vouches for them but their own answers; compare the fingerprints with those on the nodes (openssl x509 -noout -fingerprint -sha256 -in /var/lib/kubelet/pki/kubelet.crt)`,
        ]),
    ...[...Map.groupBy(missing, ({ why }) => why)].map(
      ([why, group]) =>
        `error: the bundle does not verify ${summarize(
          group.map(({ name }) => name),
          mostNames,
        )}: ${why}`,
    ),
    ...(canBelieve && !trustFirst
      ? ['hint: to trust what these kubelets show now: --trust-on-first-use']
      : []),
    certificates === 0
      ? 'error: no bundle is written: it would be empty'
      : `${file === '-' ? 'wrote' : `wrote ${file}:`} ${certificates} certificate${certificates === 1 ? '' : 's'}`,
  ].map(escapeControlLine);
}
