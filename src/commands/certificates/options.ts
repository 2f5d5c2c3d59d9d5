import {
  type FleetOptions,
  type FleetRequest,
  parseFleetOptions,
} from '../../cli/fleet-options.ts';
import type { OutputFormat } from '../../cli/output-template.ts';
import { parseAddress } from '../../cli/parse-address.ts';
import { parseSortBy } from '../../cli/parse-sort-by.ts';
import { parseTop } from '../../cli/row-options.ts';
import { UsageFailure } from '../../errors.ts';
import type { RowFormat } from '../../text/render-rows.ts';
import type { Arrangement } from '../../text/sort-rows.ts';
import { type CertificateRow, certificatesView } from './rows.ts';

/** The options as they are given. */
interface CertificatesOptions extends FleetOptions {
  readonly address: readonly string[];
  readonly caBundle: string;
  readonly trustOnFirstUse: boolean;
  readonly output: string;
  readonly sortBy: string;
  readonly top: string;
  readonly noHeaders: boolean;
}

export interface CertificatesRequest extends FleetRequest {
  readonly addresses: readonly ReturnType<typeof parseAddress>[];
  readonly format: OutputFormat<RowFormat>;
  readonly arrangement: Arrangement<CertificateRow>;
  readonly noHeaders: boolean;
  /** Undefined without --ca-bundle. */
  readonly bundle: { readonly file: string; readonly trustFirst: boolean } | undefined;
}

interface CertificatesGiven {
  readonly port: number | undefined;
  readonly isOutputGiven: boolean;
  /** Whether kubelets are not to be verified. */
  readonly isUnverified: boolean;
}

/** For `--ca-bundle`, in place of a file. */
export const standardOutput = '-';

export function parseCertificatesOptions(
  options: CertificatesOptions,
  { port, isOutputGiven, isUnverified }: CertificatesGiven,
  format: OutputFormat<RowFormat>,
): CertificatesRequest {
  const { node, selector, address, caBundle, trustOnFirstUse, noHeaders } = options;
  if (address.length > 0 && (node.length > 0 || selector !== ''))
    throw new UsageFailure('--address cannot be used with --node or --selector');
  if (trustOnFirstUse && caBundle === '')
    throw new UsageFailure('--trust-on-first-use requires --ca-bundle');
  if (caBundle !== '' && isUnverified)
    throw new UsageFailure(
      '--ca-bundle and --kubelet-insecure-skip-tls-verify cannot be used together: a bundle is of what verifies kubelets',
    );
  const [ignored] = [
    isOutputGiven && '--output',
    options.sortBy !== '' && '--sort-by',
    options.top !== '' && '--top',
    noHeaders && '--no-headers',
  ].filter(Boolean);
  if (caBundle === standardOutput && ignored)
    throw new UsageFailure(
      `--ca-bundle - and ${ignored} cannot be used together: it is printed in place of the table`,
    );
  return {
    ...parseFleetOptions(options),
    addresses: address.map((text) => parseAddress(text, port)),
    format,
    arrangement: {
      sortBy: parseSortBy(options.sortBy, certificatesView.columns),
      top: parseTop(options.top),
    },
    noHeaders,
    bundle: caBundle === '' ? undefined : { file: caBundle, trustFirst: trustOnFirstUse },
  };
}
