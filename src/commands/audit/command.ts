import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import {
  checkShowAll,
  checkShowToken,
  fleetOptions,
  parseFleetOptions,
} from '../../cli/fleet-options.ts';
import { openKubeletsAnonymously, openKubeletsIfAny, placesOf } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { openOutput, outputOption } from '../../cli/output-template.ts';
import { parseOneOf, splitLists } from '../../cli/parse-options.ts';
import { printParts } from '../../cli/write-output.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { readInput } from '../../kube/files/read-file.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import { readYaml, YamlFault } from '../../kube/yaml/read-yaml.ts';
import { auditRules, ruleIdOf, type Severity } from '../../kubelet/audit-rules.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { nearest } from '../../text/nearest.ts';
import { openProgress } from '../../text/progress.ts';
import { type Accepted, parseAccepted, withoutAccepted } from './accept-findings.ts';
import { type AuditAccess, gatherAudit } from './gather.ts';
import { auditFormats, renderAudit } from './render.ts';
import { auditExitCode, auditReport } from './report.ts';

function readDocument(bytes: Buffer, name: string): unknown {
  try {
    return readYaml(bytes);
  } catch (error) {
    if (error instanceof YamlFault) throw new Failure(`${name}: ${error.message}`);
    throw error;
  }
}

const failingSeverities = ['high', 'medium', 'low'] as const satisfies readonly Severity[];

/** `KA402`, or `KA402=serviceaccount:monitoring:prometheus`. */
function parseIgnored(text: string): Accepted {
  const [word = '', ...rest] = text.split('=');
  const where = rest.length === 0 ? undefined : rest.join('=');
  const rule = ruleIdOf(word);
  if (rule && where !== '') return { rule, where };
  const near = rule ? undefined : nearest(word.toUpperCase(), ids);
  throw new UsageFailure(
    `invalid --ignore value "${text}": must be the id of an audit rule, or RULE=SUBJECT`,
    {
      hints: [
        near === undefined ? 'docs/reference/audit-rules.md lists them' : `did you mean: ${near}?`,
      ],
    },
  );
}

const ids: readonly string[] = auditRules.map(({ id }) => id);

export class AuditCommand extends ClusterCommand {
  static override paths = [['audit']];
  static override usage = describe({
    details:
      'Check authentication, authorization, ports, handlers and certificates of kubelets, differences between nodes, and which subjects RBAC lets reach kubelets. Only GET requests are sent.\n\n--accepted takes YAML, in which where is a subject, node or binding, and may be left out:\n\n  accepted:\n  - {rule: KA402, where: group:ops, reason: on call, until: "2027-01-31"}',
    examples: [
      ['Audit all kubelets', 'kubectl kubeletaccess audit'],
      ['Fail a pipeline on findings', 'kubectl kubeletaccess audit --fail-on medium'],
      ['Upload to code scanning', 'kubectl kubeletaccess audit -o sarif > kubelets.sarif'],
    ],
    exitCodes: [
      [0, 'all checks completed'],
      [3, 'a finding at or above --fail-on'],
      [1, 'some checks could not be completed'],
    ],
  });

  names = fleetOptions.names();
  node = fleetOptions.node();
  selector = fleetOptions.selector();
  role = fleetOptions.role();
  via = fleetOptions.showToken();
  failOn = declare.behavior.text(
    '--fail-on',
    `Exit 3 on a finding of this severity or a higher one: ${failingSeverities.join(', ')}.`,
    { completes: failingSeverities },
  );
  output = outputOption(auditFormats);
  ignore = declare.behavior.list(
    '--ignore',
    'Ignore findings of this rule, such as KA402, or KA402=SUBJECT or =NODE.',
    { completes: { listOf: ids } },
  );
  accepted = declare.behavior.text(
    '--accepted',
    'File of findings that are accepted, with reasons and dates.',
    { completes: 'file' },
  );
  show = declare.output.text('--show', 'Print more: info, for findings that need no action.', {
    completes: ['info'],
  });
  showAll = fleetOptions.showAll();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  warnDays = fleetOptions.warnDays();

  /** Findings need the whole cluster: for one kubelet, status has its certificate and answers. */
  override offlineHint() {
    const own = ['--fail-on', '--ignore', '--accepted', '--show', '--show-all', '--output'];
    return { instead: 'status', args: [], without: ['--selector', ...own] };
  }

  override async execute(): Promise<number> {
    const { format, failOn, ignore, showInfo, showAll, warnDays, ...request } =
      await this.parseOptions();
    const accepted = await this.readAccepted();
    const paint = paintOf(this);
    const { stdout, stderr, signal } = this.context;
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    using progress = openProgress(stderr, 'auditing kubelets', true);
    const settings = { ...request, progress: progress.update };
    const access = await this.auditAccess(connection);
    const { server } = connection;
    const found = await gatherAudit(apiServer, access, settings, signal);
    progress.end();
    const whole = auditReport({ server, now: Date.now(), warnDays, ...found });
    const all = [...ignore, ...accepted];
    const { notes, ...sorted } = withoutAccepted(whole.findings, all, Date.now());
    const report = { ...whole, ...sorted };
    for (const note of notes) stderr.write(`note: ${escapeControlLine(note)}\n`);
    const style = { format, showAll, showInfo, paint };
    await printParts({ stdout, signal }, renderAudit(report, style));
    return signal.aborted ? exitCodes.interrupted : auditExitCode(report, failOn);
  }

  private async parseOptions() {
    checkShowAll(this);
    checkShowToken(this);
    if (this.show !== '' && this.output !== 'table')
      throw new UsageFailure('--show is for tables: other formats have all findings');
    return {
      ...parseFleetOptions(this),
      ...placesOf(this.globals),
      // Exit 3 for a finding of this severity or a higher one.
      failOn:
        this.failOn === '' ? undefined : parseOneOf('--fail-on', this.failOn, failingSeverities),
      format: openOutput(this.output, auditFormats),
      showAll: this.showAll,
      ignore: splitLists(this.ignore).map(parseIgnored),
      showInfo: parseOneOf('--show', this.show, ['', 'info']) === 'info',
    };
  }

  private async readAccepted(): Promise<readonly Accepted[]> {
    if (this.accepted === '') return [];
    const { cwd, signal } = this.context;
    const bytes = await readInput('accepted findings', this.accepted, { cwd, signal });
    return parseAccepted(readDocument(bytes, this.accepted), this.accepted);
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
