import { type GivenOption, isGiven } from '../../cli/argv.ts';
import {
  type FleetOptions,
  type FleetRequest,
  parseFleetOptions,
} from '../../cli/fleet-options.ts';
import type { Globals } from '../../cli/global-options.ts';
import { kubeletCredentialFlags, kubeletPortOf } from '../../cli/kubelets.ts';
import { type OutputFormat, openOutput } from '../../cli/output-template.ts';
import { parseAddress, parseDays, splitLists } from '../../cli/parse-options.ts';
import { checkNoHeaders, parseLimit, parseSortBy, type RowOptions } from '../../cli/row-options.ts';
import { notTogether, UsageFailure } from '../../errors.ts';
import { dayMs } from '../../text/duration.ts';
import { rowFormats } from '../../text/render-rows.ts';
import type { Arrangement } from '../../text/sort-rows.ts';
import { type CertificateRow, certificatesView } from './rows.ts';

interface CertificatesOptions extends Omit<FleetOptions, 'warnDays'>, RowOptions {
  readonly globals: Globals;
  readonly given: readonly GivenOption[];
  readonly within: string | undefined;
  readonly address: readonly string[];
  readonly caBundle: string;
  readonly trustOnFirstUse: boolean;
  readonly output: string;
}

export interface CertificatesRequest extends FleetRequest {
  /** Whether faulty certificates change the exit code. */
  readonly isChecked: boolean;
  readonly addresses: readonly ReturnType<typeof parseAddress>[];
  readonly format: OutputFormat<CertificateFormat>;
  readonly arrangement: Arrangement<CertificateRow>;
  /** Whether a table has one row for many in the same state: not where rows are asked for by their order. */
  readonly isFolded: boolean;
  readonly noHeaders: boolean;
  /** Undefined without --ca-bundle. */
  readonly bundle: { readonly file: string; readonly trustFirst: boolean } | undefined;
}

/** `fingerprints` has lines for `--kubelet-fingerprint @FILE`. */
export const certificateFormats = [...rowFormats, 'fingerprints'] as const;
type CertificateFormat = (typeof certificateFormats)[number];

/** For `--ca-bundle`, in place of a file. */
export const standardOutput = '-';

export function parseCertificatesOptions(options: CertificatesOptions): CertificatesRequest {
  const { within, address, caBundle, sortBy, reverse, limit, noHeaders, globals } = options;
  const [credential] = kubeletCredentialFlags(globals);
  if (credential !== undefined)
    throw new UsageFailure(
      `${credential} cannot be used with certificates, which sends no credential`,
    );
  const format = openOutput(options.output, certificateFormats);
  checkTogether(options);
  return {
    ...parseFleetOptions({ ...options, warnDays: '30' }),
    ...(within !== undefined && { warnDays: parseDays('--within', within) / dayMs }),
    isChecked: within !== undefined,
    addresses: splitLists(address).map((text) => parseAddress(text, kubeletPortOf(globals))),
    format,
    arrangement: { ...orderOf(options), limit: parseLimit(options).limit },
    isFolded: sortBy === '' && !reverse && limit === '',
    noHeaders,
    bundle: caBundle === '' ? undefined : { file: caBundle, trustFirst: options.trustOnFirstUse },
  };
}

function checkTogether(options: CertificatesOptions): void {
  const { names, node, selector, role, address, caBundle } = options;
  const isUnverified = options.globals.kubeletInsecureSkipTlsVerify;
  if (address.length > 0 && [names, node, selector, role].some(({ length }) => length > 0))
    throw new UsageFailure('--address cannot be used with nodes, --selector or --role');
  if (options.within !== undefined && isUnverified)
    throw notTogether('--within', '--kubelet-insecure-skip-tls-verify', {
      why: 'nothing would be verified',
    });
  checkNoHeaders(options, options.output);
  if (options.trustOnFirstUse && caBundle === '')
    throw new UsageFailure('--trust-on-first-use requires --ca-bundle');
  if (caBundle !== '' && isUnverified)
    throw notTogether('--ca-bundle', '--kubelet-insecure-skip-tls-verify', {
      why: 'a bundle is of what verifies kubelets',
    });
  const [ofTable] = [
    isGiven(options.given, '--output') && '--output',
    options.sortBy !== '' && '--sort-by',
    options.reverse && '--reverse',
    options.limit !== '' && '--limit',
    options.noHeaders && '--no-headers',
  ].filter(Boolean);
  if (caBundle === standardOutput && ofTable)
    throw notTogether('--ca-bundle -', ofTable, { why: 'it is printed in place of the table' });
}

/** The first to expire first, unless another order is given. */
function orderOf(options: CertificatesOptions): Omit<Arrangement<CertificateRow>, 'limit'> {
  const sortBy = parseSortBy(options.sortBy, certificatesView.columns);
  return sortBy
    ? { sortBy, reverse: options.reverse }
    : { sortBy: { key: 'daysLeft' }, reverse: !options.reverse };
}
