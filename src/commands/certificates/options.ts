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

/** For `--ca-bundle`, in place of a file. */
export const standardOutput = '-';

export function parseCertificatesOptions(
  options: CertificatesOptions,
  { port, isOutputGiven }: { readonly port: number | undefined; readonly isOutputGiven: boolean },
  format: OutputFormat<RowFormat>,
): CertificatesRequest {
  const { node, selector, address, caBundle, trustOnFirstUse, noHeaders } = options;
  if (address.length > 0 && (node.length > 0 || selector !== ''))
    throw new UsageFailure('--address cannot be used with --node or --selector');
  if (trustOnFirstUse && caBundle === '')
    throw new UsageFailure('--trust-on-first-use requires --ca-bundle');
  if (caBundle === standardOutput && isOutputGiven)
    throw new UsageFailure('--ca-bundle - and --output cannot be used together');
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
