import { isGiven } from '../../cli/argv.ts';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { fleetOptions, parseFleetOptions, parseWarnDays } from '../../cli/fleet-options.ts';
import { kubeletCredentialFlags, skipVerification } from '../../cli/global-options.ts';
import { addressChoiceOf, kubeletPortOf, parseVia } from '../../cli/kubelets.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { declare } from '../../cli/option.ts';
import { outputOption, parseFormat } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseAddress, splitLists } from '../../cli/parse-options.ts';
import { checkNoHeaders, parseLimit, parseSortBy } from '../../cli/row-options.ts';
import { printParts } from '../../cli/write-output.ts';
import {
  exitCodeOf,
  exitCodes,
  Failure,
  formatError,
  notTogether,
  type Outcomes,
  orFailure,
} from '../../errors.ts';
import { foundIn } from '../../known.ts';
import { replaceOutputFile } from '../../kube/files/replace-file.ts';
import { certificateReader } from '../../kube/kubelet-client/read-certificate.ts';
import { openProgress } from '../../text/progress.ts';
import { ifPossible, openDoor } from '../shared/door/open-door.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { tableOptions } from '../shared/rows/table-options.ts';
import { addressTypeLines, addressTypesTable } from './address-types.ts';
import { type Bundle, makeBundle } from './bundle.ts';
import type { CertificateFacts } from './facts.ts';
import { gatherCertificates } from './gather.ts';
import { certificateFormats, renderEnd, renderNodes, type Style, tallyOf } from './render.ts';
import { certificateLines, isUnsafe, lacksClient } from './report.ts';
import { certificatesTable } from './rows.ts';

export class CertificatesCommand extends ClusterCommand {
  static override paths = [['certificates']];
  static override usage = describe({
    details:
      'Print when the serving and the client certificate of each kubelet expire. Nothing is changed in the cluster. More than 20 nodes in one state are one row; -o wide prints each.\n\nThe serving certificate comes from a TLS handshake: its issuer, whether it names the addresses of the node, and whether a CA verifies it. The expiry of the client certificate (CLIENT) and failed renewals come from the metrics of the kubelet. Pending signing requests (CSRs) are printed, too.\n\n--ca-bundle writes the certificates that verify all kubelets, for metrics-server or a collector.',
    examples: [
      [
        'For a cron job: exit 3 if one expires soon or does not verify',
        'kubectl kubeletaccess certificates --expires-within 30d',
      ],
      [
        'Which address type verifies for all kubelets, and which metrics-server settings does it need?',
        'kubectl kubeletaccess certificates --address-types',
      ],
      [
        'Write a CA bundle that verifies all kubelets, for metrics-server --kubelet-certificate-authority',
        'kubectl kubeletaccess certificates --ca-bundle kubelets.pem',
      ],
      [
        'Save the fingerprints of all kubelets, for --kubelet-fingerprint @kubelets.txt',
        'kubectl kubeletaccess certificates -o fingerprints > kubelets.txt',
      ],
      [
        'Metrics for the text file collector of node-exporter',
        'kubectl kubeletaccess certificates -o prometheus > kubelet_certificates.prom',
      ],
      [
        'Check one kubelet while the API server is down',
        'kubectl kubeletaccess certificates --kubelet-address 10.0.0.5',
      ],
    ],
    exitCodes: [
      [0, 'all read (even if invalid, without --expires-within)'],
      [3, 'with --expires-within, some expire by then or do not verify'],
      [4, 'some are unknown (with --expires-within, of clients too), or the bundle lacks some'],
      [1, 'no certificate was read'],
    ],
  });

  names = fleetOptions.names();
  node = fleetOptions.node();
  selector = fleetOptions.selector();
  role = fleetOptions.role();
  kubeletAddress = nodeOptions.kubeletAddress();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  expiresWithin = declare.behavior.textIfGiven(
    '--expires-within',
    'Exit 3 if one expires within this time (30d), or does not verify.',
    { not: [{ with: skipVerification, why: 'nothing would be verified' }] },
  );
  servingOnly = declare.behavior.flag(
    '--serving-only',
    'Check only serving certificates: no credential is sent to kubelets.',
    { not: kubeletCredentialFlags.map((name) => ({ with: name, why: 'no credential is sent' })) },
  );
  trustOnFirstUse = declare.behavior.flag(
    '--trust-on-first-use',
    'Include certificates that only kubelets vouch for.',
    { needs: ['--ca-bundle'] },
  );
  addressTypes = declare.behavior.flag(
    '--address-types',
    'Show which types of addresses verify, and settings of programs.',
    {
      not: [
        ...['--expires-within', '--kubelet-address', skipVerification],
        ...['--output=fingerprints', '--output=prometheus'],
      ],
    },
  );
  table = tableOptions({ output: outputOption(certificateFormats, templates) });
  caBundle = declare.output.text(
    '--ca-bundle',
    'Write the CAs that verify all kubelets to FILE (PEM), or - (stdout).',
    {
      completes: 'file',
      not: [{ with: skipVerification, why: 'a bundle is of what verifies kubelets' }],
    },
  );

  override offlineHint() {
    return { args: [], without: ['--selector'] };
  }

  override async execute(): Promise<number> {
    const settings = parseOptions(this);
    const facts = await this.read(settings);
    const { stdout, stderr, signal } = this.context;
    const { bundle: asked, warnDays, isChecked, table, style, addressTypes } = settings;
    const bundle = asked && makeBundle(facts.nodes, { ...asked, now: facts.now });
    const unwritten = asked && bundle && (await this.write(bundle, asked.file));
    // Print the table after writing the file, because a reader of stdout may close the pipe early.
    if (asked?.file !== standardOutput)
      await printParts(
        { stdout, signal },
        renderNodes(table, facts, { ...style, paint: paintOf(this) }),
      );
    stderr.write(
      renderEnd(facts, {
        isFingerprints: style.format === 'fingerprints',
        warnings: addressTypes
          ? addressTypeLines(facts, asked?.file)
          : certificateLines(facts, warnDays),
        causes: Number(this.globals.verbosity) > 0,
        written:
          asked && bundle && !unwritten && !signal.aborted ? [bundle, asked.file] : undefined,
      }),
    );
    if (unwritten && !signal.aborted) throw unwritten;
    if (unwritten) stderr.write(formatError(unwritten, false).text);
    return exitCodeOf({
      signal,
      isUnmet: isChecked && isUnsafe(facts, warnDays),
      ...outcomesOf(facts, bundle, isChecked),
    });
  }

  /**
   * Writes the bundle. Returns a failure instead of throwing it, so that the table is printed. After an interrupt, writes nothing because
   * CAs may be missing.
   */
  private async write({ certificates, text }: Bundle, file: string): Promise<Failure | undefined> {
    const { stdout, signal, cwd } = this.context;
    if (certificates === 0) return undefined;
    if (signal.aborted) return new Failure('no bundle is written: interrupted');
    const written = await orFailure(
      (async () =>
        file === standardOutput
          ? void (await printParts({ stdout, signal }, [text]))
          : replaceOutputFile(file, cwd, text))(),
    );
    return written ?? undefined;
  }

  private async read(settings: CertificatesSettings): Promise<CertificateFacts> {
    const { signal, stderr } = this.context;
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    const path = { ...addressChoiceOf(this.globals), apiServer };
    const { direct } = await openDoor(this, connection, {
      ...{ ...path, via: 'direct', shows: 'handshake' },
    });
    using progress = openProgress(stderr, 'reading certificates', true);
    const reading = {
      ...{ ...settings, ...path, server: connection, progress: progress.update },
      serverName: direct.trust.serverName,
    };
    const via = parseVia({ ...this, via: '' });
    const metrics = settings.readsMetrics
      ? await ifPossible(openDoor(this, connection, { ...path, via }))
      : undefined;
    const readers = { serving: certificateReader(direct), metrics };
    const facts = await gatherCertificates(apiServer, readers, reading, signal);
    progress.end();
    stderr.write(foundIn(metrics)?.notes(Number(this.globals.verbosity) > 0) ?? '');
    return { ...facts, server: connection.server };
  }
}

type CertificatesSettings = ReturnType<typeof parseOptions>;

const standardOutput = '-';

function parseOptions(options: CertificatesCommand) {
  const { expiresWithin, kubeletAddress, addressTypes, caBundle, globals } = options;
  const format = parseFormat(options.table.output, certificateFormats, templates);
  checkTogether(options);
  return {
    ...parseFleetOptions(options),
    warnDays: parseWarnDays(expiresWithin ?? '30d'),
    isChecked: expiresWithin !== undefined,
    addresses: splitLists(kubeletAddress).map((text) => parseAddress(text, kubeletPortOf(globals))),
    readsMetrics:
      !options.servingOnly &&
      !addressTypes &&
      format !== 'fingerprints' &&
      caBundle !== standardOutput,
    addressTypes,
    ...tableOf(options, format),
    bundle: caBundle === '' ? undefined : { file: caBundle, trustFirst: options.trustOnFirstUse },
  };
}

function tableOf({ table, addressTypes }: CertificatesCommand, format: Style['format']) {
  const { sortBy, reverse, noHeaders } = table;
  const { limit } = parseLimit(table);
  const own = addressTypes ? addressTypesTable : certificatesTable;
  const by = parseSortBy<Row>(sortBy, own.view.columns);
  // Without --sort-by, the certificate that expires first is the first row. `reverse` is inverted because numbers sort in descending order
  // by default.
  const arrangement =
    by || addressTypes
      ? { sortBy: by, reverse, limit }
      : { sortBy: { key: 'daysLeft' }, reverse: !reverse, limit };
  const isFolded = sortBy === '' && !reverse && limit === undefined;
  return { table: own, style: { format, arrangement, isFolded, noHeaders } };
}

function checkTogether({ table, given, caBundle }: CertificatesCommand): void {
  checkNoHeaders(table, table.output);
  const [ofTable] = [
    isGiven(given, '--output') && '--output',
    table.sortBy !== '' && '--sort-by',
    table.reverse && '--reverse',
    table.limit !== '' && '--limit',
    table.noHeaders && '--no-headers',
  ].filter(Boolean);
  if (caBundle === standardOutput && ofTable)
    throw notTogether('--ca-bundle -', ofTable, { why: 'it is printed in place of the table' });
}

/** If the bundle lacks some nodes, the result is partial. If the bundle is empty, the command fails. */
function outcomesOf(
  facts: CertificateFacts,
  bundle: Bundle | undefined,
  isChecked: boolean,
): Outcomes {
  return {
    verdict: bundle?.certificates === 0 ? exitCodes.error : undefined,
    all: facts.nodes.length,
    failed: tallyOf(facts).failed.length,
    isPartial:
      facts.leftOut !== undefined ||
      (bundle && bundle.missing.length > 0) ||
      (isChecked && facts.nodes.some(lacksClient)),
  };
}
