import { Command } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { fleetOptions } from '../../cli/fleet-options.ts';
import { addressTypesOf, kubeletPortOf, openKubeletsForHandshakes } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { openOutput, outputOption } from '../../cli/output-template.ts';
import { printParts } from '../../cli/print-parts.ts';
import { rowOptions } from '../../cli/row-options.ts';
import { exitCodeOf } from '../../cli/tally.ts';
import { exitCodes, Failure, formatError, orFailure } from '../../errors.ts';
import { certificateReader } from '../../kube/kubelet/read-certificate.ts';
import { replaceOutputFile } from '../../kube/replace-file.ts';
import { openProgress } from '../../text/progress.ts';
import { rowFormats } from '../../text/render-rows.ts';
import { type Bundle, makeBundle } from './bundle.ts';
import type { CertificateFacts } from './facts.ts';
import { gatherCertificates } from './gather.ts';
import { type CertificatesRequest, parseCertificatesOptions, standardOutput } from './options.ts';
import { renderCertificates, renderEnd, tallyOf } from './render.ts';

export class CertificatesCommand extends ClusterCommand {
  static override paths = [['certificates']];
  static override usage = Command.Usage({
    details:
      'Read the certificate of each kubelet by a TLS handshake, without a credential or request: its subject and issuer, whether it names the addresses of the node, when it expires, whether a CA verifies it, and certificate signing requests that wait for approval. --ca-bundle writes the certificates that verify all kubelets, for metrics-server or a collector. Nothing is changed in the cluster. Exit codes: 0: the certificates of all nodes were read, whatever they are; 4: those of some were not, or the bundle does not verify all; 1: none. To fail on what is wrong with them: audit --fail-on.',
    examples: [
      [
        'Which serving certificates expire first?',
        'kubectl kubeletaccess certificates --sort-by not-after',
      ],
      [
        'Write what verifies all kubelets, for metrics-server --kubelet-certificate-authority',
        'kubectl kubeletaccess certificates --ca-bundle kubelets.pem',
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
  });

  node = fleetOptions.node();
  selector = fleetOptions.selector();
  address = declare.selection.list(
    '--address',
    'HOST or HOST:PORT of a kubelet to check without a lookup in the API server. Can be repeated.',
  );
  sortBy = rowOptions.sortBy();
  top = rowOptions.top();
  noHeaders = rowOptions.noHeaders();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  warnDays = fleetOptions.warnDays();
  trustOnFirstUse = declare.behavior.flag(
    '--trust-on-first-use',
    'With --ca-bundle, include what no CA vouches for: a self-signed serving certificate, or the root that a kubelet sends.',
  );
  output = outputOption(rowFormats);
  caBundle = declare.output.text(
    '--ca-bundle',
    'Write the CA certificates that verify all kubelets to this file, as PEM; "-" for stdout, in place of the table.',
    '',
    { completes: 'file' },
  );

  override async execute(): Promise<number> {
    const request = await this.parseOptions();
    const facts = await this.read(request);
    const { stdout, stderr, signal } = this.context;
    const { bundle: asked, warnDays } = request;
    const bundle = asked && makeBundle(facts.nodes, { ...asked, now: facts.now });
    const style = { ...request, paint: paintOf(this) };
    const unwritten =
      asked && bundle && bundle.certificates > 0
        ? await this.write(bundle.text, asked.file)
        : undefined;
    // After the file: whoever reads the table may leave early.
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
    return signal.aborted
      ? exitCodes.interrupted
      : codeOf(exitCodeOf(tallyOf(facts)), facts, bundle);
  }

  private async parseOptions(): Promise<CertificatesRequest> {
    return parseCertificatesOptions(
      this,
      {
        port: kubeletPortOf(this.globals),
        isOutputGiven: this.given.some(({ option }) => option.name === '--output'),
        isUnverified: this.globals.kubeletInsecureSkipTlsVerify,
      },
      await openOutput(this.output, rowFormats, this.context),
    );
  }

  /** What was read is told all the same. Without all nodes, a bundle could lack the CAs of some. */
  private async write(text: string, file: string): Promise<Failure | undefined> {
    const { stdout, signal, cwd } = this.context;
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
    const apiServer = openServer(this, connection);
    const progress = openProgress(stderr, 'reading certificates', true);
    const settings = {
      ...request,
      types: addressTypesOf(this.globals),
      port: kubeletPortOf(this.globals),
      serverName: access.trust.serverName,
      progress: progress.update,
    };
    try {
      return await gatherCertificates(apiServer, certificateReader(access), settings, signal);
    } finally {
      progress.end();
      apiServer.close();
    }
  }
}

/** A bundle that does not verify all has failed for some, an empty one for all. */
function codeOf(code: number, { leftOut }: CertificateFacts, bundle: Bundle | undefined): number {
  if (bundle?.certificates === 0) return exitCodes.error;
  const isPartial = leftOut !== undefined || (bundle && bundle.missing.length > 0);
  return code === exitCodes.ok && isPartial ? exitCodes.someFailed : code;
}
