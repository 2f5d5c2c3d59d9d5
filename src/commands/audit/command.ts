import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import {
  checkShowAll,
  fleetOptions,
  parseFleetOptions,
  parseWarnDays,
} from '../../cli/fleet-options.ts';
import { addressChoiceOf } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { outputOption, parseFormat } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseMinor, parseOneOf, splitLists } from '../../cli/parse-options.ts';
import { printParts } from '../../cli/write-output.ts';
import { UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { readInput } from '../../kube/files/read-file.ts';
import { readOrNote } from '../../kube/read-or-note.ts';
import {
  auditRules,
  type RuleId,
  ruleIdOf,
  type Severity,
  usualRules,
} from '../../kubelet/audit-rules.ts';
import { nearest } from '../../text/nearest.ts';
import { openProgress } from '../../text/progress.ts';
import { renderReport, reportFormats } from '../../text/render-report.ts';
import { ifPossible, openDoor } from '../shared/door/open-door.ts';
import type { Ignored } from './finding.ts';
import { type AuditAccess, gatherAudit } from './gather.ts';
import { auditExitCode, auditReport } from './report.ts';
import { shownAudit } from './shown.ts';

const failingSeverities = ['high', 'medium', 'low'] as const satisfies readonly Severity[];

/** Parses `KA402` or `KA402=serviceaccount:monitoring:prometheus`. */
function parseIgnored(text: string): Ignored {
  const [word = '', ...rest] = text.split('=');
  const where = rest.length === 0 ? undefined : rest.join('=');
  const rule = ruleIdOf(word);
  if (rule && where !== '') return { rule, scope: where };
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

function parseRules(values: readonly string[]): ReadonlySet<RuleId> {
  if (values.length === 0) return usualRules;
  const rules = splitLists(values).map((word) => {
    const found = auditRules.filter(
      ({ id }) => /^ka\d*$/i.test(word) && id.startsWith(word.toUpperCase()),
    );
    if (found.length > 0) return found;
    throw new UsageFailure(`invalid --rule value "${word}": must be the id of an audit rule`, {
      hints: ['kubectl kubeletaccess explain KA'],
    });
  });
  return new Set(rules.flat().flatMap(({ id }) => ruleIdOf(id) ?? []));
}

const ids: readonly string[] = auditRules.map(({ id }) => id);

export class AuditCommand extends ClusterCommand {
  static override paths = [['audit']];
  static override usage = describe({
    details:
      'Check authentication, authorization, ports, handlers and certificates of kubelets, differences between nodes, and which subjects RBAC lets reach kubelets. Kubelets get only GET requests.',
    examples: [
      ['Audit all kubelets', 'kubectl kubeletaccess audit'],
      ['Fail a pipeline on findings', 'kubectl kubeletaccess audit --fail-on medium'],
      [
        'Fail a pipeline if a certificate expires within 14 days or anonymous requests are on',
        'kubectl kubeletaccess audit --rule KA202,KA002 --expires-within 14d --fail-on low',
      ],
      [
        'Check before an upgrade whether kubelets start afterwards',
        'kubectl kubeletaccess audit --rule KA5 --fail-on medium',
      ],
    ],
    exitCodes: [
      [0, 'all checks completed'],
      [3, 'a finding at or above --fail-on'],
      [4, 'some checks could not be completed'],
      [1, 'no check could be completed'],
    ],
  });

  names = fleetOptions.names();
  node = fleetOptions.node();
  selector = fleetOptions.selector();
  role = fleetOptions.role();
  failOn = declare.behavior.text(
    '--fail-on',
    `Exit 3 on a finding of this severity or a higher one: ${failingSeverities.join(', ')}.`,
    { completes: failingSeverities },
  );
  output = outputOption(reportFormats, templates);
  ignore = declare.behavior.list(
    '--ignore',
    'Ignore findings: RULE, RULE=SUBJECT, RULE=NODE, or @FILE with one per line.',
    { completes: { listOf: ids } },
  );
  rule = declare.selection.list(
    '--rule',
    'Check only these rules: KA002,KA202 or a prefix. KA5: the next upgrade.',
    { completes: { listOf: ids } },
  );
  forVersion = declare.selection.text(
    '--for-version',
    'With --rule KA5: version to upgrade to. Defaults to the next minor.',
  );
  showAll = fleetOptions.showAll('Print one row per node, and findings that need no action.');
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  expiresWithin = fleetOptions.expiresWithin();

  override offlineHint() {
    const own = ['--fail-on', '--ignore', '--show-all', '--output'];
    return { instead: 'status', args: [], without: ['--selector', ...own] };
  }

  override async execute(): Promise<number> {
    const { format, failOn, showAll, warnDays, ...request } = this.parseOptions();
    const ignored = await this.readIgnored();
    const paint = paintOf(this);
    const { stdout, stderr, signal } = this.context;
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    using progress = openProgress(stderr, 'auditing kubelets', true);
    const settings = { ...request, progress: progress.update };
    const access = await this.auditAccess(connection, apiServer);
    const { server } = connection;
    const found = await gatherAudit(apiServer, access, settings, signal);
    progress.end();
    const { forMinor } = request;
    const facts = { server, now: Date.now(), warnDays, forMinor, ...found };
    const report = auditReport(facts, ignored, request.rules);
    const style = { format, showAll, paint };
    await printParts({ stdout, signal }, renderReport(report, shownAudit, style));
    return auditExitCode(report, failOn, signal);
  }

  private parseOptions() {
    checkShowAll(this);
    const rules = parseRules(this.rule);
    if (this.forVersion !== '' && ![...rules].some((id) => id.startsWith('KA5')))
      throw new UsageFailure('--for-version requires --rule KA5');
    return {
      ...parseFleetOptions(this),
      warnDays: parseWarnDays(this.expiresWithin),
      ...addressChoiceOf(this.globals),
      failOn:
        this.failOn === '' ? undefined : parseOneOf('--fail-on', this.failOn, failingSeverities),
      format: parseFormat(this.output, reportFormats, templates),
      rules,
      forMinor: this.forVersion === '' ? undefined : parseMinor('--for-version', this.forVersion),
      showAll: this.showAll,
    };
  }

  /** Reads the values of --ignore. An @FILE has one value per line, and comments after #. */
  private async readIgnored(): Promise<readonly Ignored[]> {
    const { cwd, signal } = this.context;
    const rules = splitLists(this.ignore).map(async (word) => {
      if (!word.startsWith('@')) return word;
      const bytes = await readInput('findings to ignore', word.slice(1), { cwd, signal });
      const lines = bytes
        .toString()
        .replaceAll(/(?:^|\s)#.*$/gm, '')
        .split('\n');
      return lines.map((line) => line.trim()).filter(Boolean);
    });
    return (await Promise.all(rules)).flat().map(parseIgnored);
  }

  private async auditAccess(connection: ApiConnection, apiServer: ApiServer): Promise<AuditAccess> {
    const path = { ...addressChoiceOf(this.globals), via: 'direct', apiServer } as const;
    const open = (shows: 'nothing' | 'nothing, unverified') =>
      openDoor(this, connection, { ...path, shows });
    return {
      caller: await ifPossible(openDoor(this, connection, path)),
      anonymous: {
        verifying: await readOrNote(() => open('nothing')),
        trusting: await open('nothing, unverified'),
      },
    };
  }
}
