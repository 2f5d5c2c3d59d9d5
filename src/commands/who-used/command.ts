import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { describe } from '../../cli/command-definition.ts';
import { completing, declare } from '../../cli/option.ts';
import { outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseSubjectOption } from '../../cli/parse-options.ts';
import { isTerminal } from '../../cli/write-output.ts';
import { exitCodeOf, UsageFailure } from '../../errors.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { gatherUsage } from '../shared/audit-log/gather-usage.ts';
import { parseLogTime, toPointInTime } from '../shared/logs/log-times.ts';
import {
  namelessFormats,
  printerOf,
  subjectOption,
  tableOptions,
} from '../shared/rows/table-options.ts';
import { notesOf } from './notes.ts';
import { sortUses, whoUsedView } from './rows.ts';

/** The number of logs is limited because all logs are open at the same time. */
const mostLogs = 256;

/** The command needs no kubeconfig and opens no connection. */
export class WhoUsedCommand extends ClusterCommand {
  static override paths = [['who-used']];
  static override readonly uses = [] as const;
  static override usage = describe({
    details:
      'List who called kubelets, with which permission, and the least privilege each needs, from audit logs of kube-apiserver.\n\nA log is JSON lines, an EventList, or an export of a log store or kubectl logs, optionally gzipped. Several logs can be given, in any order. Reading them does not contact the cluster.\n\nKubelets send the API server an access review for each caller and cache the result: REVIEWS counts reviews, not requests.',
    examples: [
      ['Who called kubelets?', 'kubectl kubeletaccess who-used --audit-log audit.log'],
      [
        'What does an agent need?',
        'kubectl kubeletaccess who-used audit.log --subject serviceaccount:monitoring:agent -o wide',
      ],
      ['Read rotated audit logs', 'kubectl kubeletaccess who-used audit*.log'],
    ],
    exitCodes: [
      [0, 'all logs were read'],
      [1, 'a log has no audit event, or cannot be read'],
      [4, 'the result may be incomplete: stderr says what is missing'],
    ],
  });

  words = completing('file', Option.Rest({ name: 'FILE' }));
  auditLog = declare.selection.list(
    '--audit-log',
    'File of an audit log, or - for standard input. Can be repeated.',
    { completes: 'file' },
  );
  subject = subjectOption();
  table = tableOptions({ output: outputOption(namelessFormats, templates) });
  since = declare.selection.textIfGiven(
    '--since',
    'Only entries newer than a duration or time, such as 5m.',
  );
  until = declare.selection.textIfGiven(
    '--until',
    'Only entries older than a duration or time, such as 5m.',
  );

  override async execute(): Promise<number> {
    const subject = this.subject === '' ? undefined : parseSubjectOption(this.subject);
    const { stderr } = this.context;
    const sinceMs = timeOf('--since', this.since);
    const untilMs = timeOf('--until', this.until);
    const print = printerOf(whoUsedView, this.table, this);
    const { usage, logs } = await gatherUsage(
      this.logs(),
      { subject, sinceMs, untilMs },
      this.context,
    );
    await print(sortUses(usage.uses));
    const { lines, isIncomplete } = notesOf(usage, logs);
    if (usage.uses.length === 0) stderr.write('no calls of kubelets found\n');
    stderr.write(escapeControlLines(lines));
    return exitCodeOf({ isPartial: isIncomplete });
  }

  private logs(): readonly string[] {
    const names = [...this.auditLog, ...this.words];
    if (names.length === 0 || (names.includes('-') && isTerminal(this.context.stdin)))
      throw new UsageFailure('missing an audit log: --audit-log FILE, or - for standard input', {
        hints: [
          'kube-apiserver writes it to the file of its flag --audit-log-path',
          'without one, how often each path is called: kubectl kubeletaccess metrics --filter kubelet_http_requests_total --by path',
        ],
      });
    const twice = names.find((name, index) => names.indexOf(name) < index);
    if (twice !== undefined) throw new UsageFailure(`audit log ${twice} is given twice`);
    if (names.length > mostLogs)
      throw new UsageFailure(`at most ${mostLogs} audit logs can be read at once`, {
        hints: ['cat audit*.log | kubectl kubeletaccess who-used --audit-log -'],
      });
    return names;
  }
}

function timeOf(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : toPointInTime(parseLogTime(flag, text), Date.now());
}
