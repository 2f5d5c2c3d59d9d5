import { Command } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { type FleetRequest, fleetOptions, parseFleetOptions } from '../../cli/fleet-options.ts';
import {
  addressTypesOf,
  kubeletPortOf,
  openKubeletsAnonymously,
  openKubeletsIfAny,
} from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { type OutputFormat, openOutput, outputOption } from '../../cli/output-template.ts';
import { parseOneOf } from '../../cli/parse-options.ts';
import { printParts } from '../../cli/print-parts.ts';
import { exitCodes } from '../../errors.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import type { Severity } from '../../kubelet/audit-rules.ts';
import { openProgress } from '../../text/progress.ts';
import { type AuditAccess, gatherAudit, usualReadOnlyPort } from './gather.ts';
import { type AuditFormat, auditFormats, renderAudit } from './render.ts';
import { auditExitCode, auditReport } from './report.ts';

const failingSeverities = ['high', 'medium', 'low'] as const satisfies readonly Severity[];

interface AuditRequest extends FleetRequest {
  readonly types: readonly string[];
  readonly port: number | undefined;
  /** Exit 3 for a finding of this severity or a higher one. */
  readonly failOn: Severity | undefined;
  readonly format: OutputFormat<AuditFormat>;
  readonly showAll: boolean;
}

export class AuditCommand extends ClusterCommand {
  static override paths = [['audit']];
  static override usage = Command.Usage({
    details:
      'Check authentication, authorization, ports, handlers and certificates of kubelets, differences between nodes, and which subjects RBAC lets reach kubelets. Only GET requests are sent. Exit codes: 0: all checks completed; 3: a finding at or above --fail-on; 1: some checks could not be completed.',
    examples: [
      ['Audit all kubelets', 'kubectl kubeletaccess audit'],
      ['Fail a pipeline on findings', 'kubectl kubeletaccess audit --fail-on medium'],
      ['Upload to code scanning', 'kubectl kubeletaccess audit -o sarif > kubelets.sarif'],
    ],
  });

  node = fleetOptions.node();
  selector = fleetOptions.selector();
  failOn = declare.behavior.text(
    '--fail-on',
    `Exit 3 on a finding of this severity or a higher one: ${failingSeverities.join(', ')}.`,
    '',
    { completes: failingSeverities },
  );
  output = outputOption(auditFormats);
  showAll = fleetOptions.showAll();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  warnDays = fleetOptions.warnDays();

  override async execute(): Promise<number> {
    const { format, failOn, showAll, warnDays, ...request } = await this.parseOptions();
    const paint = paintOf(this);
    const { stdout, stderr, signal } = this.context;
    const connection = await openConnection(this);
    const apiServer = openServer(this, connection);
    const progress = openProgress(stderr, 'auditing kubelets', true);
    const settings = {
      ...request,
      readOnlyPort: usualReadOnlyPort,
      progress: progress.update,
    };
    try {
      const access = await this.auditAccess(connection);
      const { server } = connection;
      const found = await gatherAudit(apiServer, access, settings, signal);
      progress.end();
      const report = auditReport({ server, now: Date.now(), warnDays, ...found });
      await printParts({ stdout, signal }, renderAudit(report, { format, showAll, paint }));
      return signal.aborted ? exitCodes.interrupted : auditExitCode(report, failOn);
    } finally {
      progress.end();
      apiServer.close();
    }
  }

  private async parseOptions(): Promise<AuditRequest> {
    return {
      ...parseFleetOptions(this),
      types: addressTypesOf(this.globals),
      port: kubeletPortOf(this.globals),
      failOn:
        this.failOn === '' ? undefined : parseOneOf('--fail-on', this.failOn, failingSeverities),
      format: await openOutput(this.output, auditFormats, this.context),
      showAll: this.showAll,
    };
  }

  private async auditAccess(connection: ApiConnection): Promise<AuditAccess> {
    return {
      caller: await openKubeletsIfAny(this, connection),
      anonymous: {
        verifying: await readOrNote(() => openKubeletsAnonymously(this, connection, true)),
        trusting: await openKubeletsAnonymously(this, connection, false),
      },
    };
  }
}
