import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { fleetOptions } from '../../cli/fleet-options.ts';
import { openKubeletsForHandshakes, placesOf } from '../../cli/kubelets.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { declare } from '../../cli/option.ts';
import { outputOption } from '../../cli/output-template.ts';
import { rowOptions } from '../../cli/row-options.ts';
import { printParts } from '../../cli/write-output.ts';
import { exitCodeOf, exitCodes, Failure, formatError, orFailure } from '../../errors.ts';
import { replaceOutputFile } from '../../kube/files/replace-file.ts';
import { certificateReader } from '../../kube/kubelet-client/read-certificate.ts';
import { judgeExpiry } from '../../kubelet/certificate.ts';
import { openProgress } from '../../text/progress.ts';
import { type Bundle, makeBundle } from './bundle.ts';
import type { CertificateFacts } from './facts.ts';
import { gatherCertificates } from './gather.ts';
import {
  type CertificatesRequest,
  certificateFormats,
  parseCertificatesOptions,
  standardOutput,
} from './options.ts';
import { renderCertificates, renderEnd, tallyOf } from './render.ts';

export class CertificatesCommand extends ClusterCommand {
  static override paths = [['certificates']];
  static override usage = describe({
    details:
      'Read the serving certificate of each kubelet by a TLS handshake, without a credential or request. Nothing is changed in the cluster. More than 20 nodes in the same state are one row: -o wide prints each.\n\nPrint its subject, issuer and expiry, whether it names the addresses of the node, whether a CA verifies it, and signing requests that wait for approval. --ca-bundle writes the certificates that verify all kubelets, for metrics-server or a collector.',
    examples: [
      [
        'For a cron job: exit 3 if one expires soon or does not verify',
        'kubectl kubeletaccess certificates --within 30d',
      ],
      [
        'Write what verifies all kubelets, for metrics-server --kubelet-certificate-authority',
        'kubectl kubeletaccess certificates --ca-bundle kubelets.pem',
      ],
      [
        'Keep fingerprints of all kubelets, for --kubelet-fingerprint @kubelets.txt',
        'kubectl kubeletaccess certificates -o fingerprints > kubelets.txt',
      ],
      [
        'Metrics for the text file collector of node-exporter',
        'kubectl kubeletaccess certificates -o prometheus > kubelet_certificates.prom',
      ],
      [
        'Check one kubelet while the API server is down',
        'kubectl kubeletaccess certificates --address 10.0.0.5',
      ],
    ],
    exitCodes: [
      [0, 'all read (even if invalid, without --within)'],
      [3, 'with --within, some expire by then or do not verify'],
      [4, 'some unread or not covered by the bundle'],
      [1, 'none read'],
    ],
  });

  names = fleetOptions.names();
  node = fleetOptions.node();
  selector = fleetOptions.selector();
  role = fleetOptions.role();
  address = nodeOptions.address();
  sortBy = rowOptions.sortBy();
  reverse = rowOptions.reverse();
  limit = rowOptions.limit();
  noHeaders = rowOptions.noHeaders();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  within = declare.behavior.textIfGiven(
    '--within',
    'Exit 3 if a certificate expires within this time (30d), or does not verify.',
  );
  trustOnFirstUse = declare.behavior.flag(
    '--trust-on-first-use',
    'With --ca-bundle, include self-signed serving certificates, and roots that only a kubelet sends.',
  );
  output = outputOption(certificateFormats);
  caBundle = declare.output.text(
    '--ca-bundle',
    'Write the CA certificates that verify all kubelets to FILE (PEM), or "-" for stdout.',
    { completes: 'file' },
  );

  override offlineHint() {
    return { args: [], without: ['--selector'] };
  }

  override async execute(): Promise<number> {
    const request = parseCertificatesOptions(this);
    const facts = await this.read(request);
    const { stdout, stderr, signal } = this.context;
    const { bundle: asked, warnDays, isChecked } = request;
    const bundle = asked && makeBundle(facts.nodes, { ...asked, now: facts.now });
    const style = { ...request, paint: paintOf(this) };
    const unwritten = asked && bundle && (await this.write(bundle, asked.file));
    // After the file: a reader of the table may leave early.
    if (asked?.file !== standardOutput)
      await printParts({ stdout, signal }, renderCertificates(facts, style));
    stderr.write(
      renderEnd(facts, {
        warnDays,
        causes: Number(this.globals.verbosity) > 0,
        written:
          asked && bundle && !unwritten && !signal.aborted ? [bundle, asked.file] : undefined,
      }),
    );
    if (unwritten && !signal.aborted) throw unwritten;
    if (unwritten) stderr.write(formatError(unwritten, false).text);
    if (signal.aborted) return exitCodes.interrupted;
    return isChecked && isUnsafe(facts, warnDays) ? exitCodes.unmet : codeOf(facts, bundle);
  }

  /** Results are printed in any case. If nodes are missing, the bundle could lack their CAs. */
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

  private async read(request: CertificatesRequest): Promise<CertificateFacts> {
    const { signal, stderr } = this.context;
    const connection = await openConnection(this);
    const access = await openKubeletsForHandshakes(this, connection);
    using apiServer = openServer(this, connection);
    using progress = openProgress(stderr, 'reading certificates', true);
    const settings = {
      ...request,
      ...placesOf(this.globals),
      serverName: access.trust.serverName,
      progress: progress.update,
    };
    return await gatherCertificates(apiServer, certificateReader(access), settings, signal);
  }
}

/** Whether a certificate expires soon, or has not been verified by anything. */
function isUnsafe({ nodes, now }: CertificateFacts, warnDays: number): boolean {
  return nodes.some(({ shown }) => {
    if (!shown) return false;
    const { verification } = shown.certificate;
    const isTrusted = verification.result === 'verified' || verification.result === 'fingerprint';
    return !isTrusted || judgeExpiry(shown.certificate, now, warnDays).length > 0;
  });
}

/** A bundle that does not verify all has failed for some, an empty one for all. */
function codeOf(facts: CertificateFacts, bundle: Bundle | undefined): number {
  if (bundle?.certificates === 0) return exitCodes.error;
  const isPartial = facts.leftOut !== undefined || (bundle && bundle.missing.length > 0);
  return exitCodeOf(facts.nodes.length, tallyOf(facts).failed.length, isPartial);
}
