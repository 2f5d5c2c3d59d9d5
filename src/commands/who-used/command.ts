import { Option } from 'clipanion';
import { isGiven } from '../../cli/argv.ts';
import { describe, type GlobalUse } from '../../cli/command-definition.ts';
import { nodeOptions } from '../../cli/node-options.ts';
import { completing, declare } from '../../cli/option.ts';
import { outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseEvery, parseSubjectOption, rejectTimes } from '../../cli/parse-options.ts';
import { isTerminal } from '../../cli/write-output.ts';
import { exitCodeOf, notTogether, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { escapeControlLines } from '../../text/escape.ts';
import type { Row } from '../shared/fleet/outcome.ts';
import { parseLogTime, toPointInTime } from '../shared/logs/log-times.ts';
import { type BodyView, untyped } from '../shared/rows/body-view.ts';
import { printRows } from '../shared/rows/print-rows.ts';
import type { RowType } from '../shared/rows/row-types.ts';
import { RowsCommand, readingTimes } from '../shared/rows/rows-command.ts';
import { namelessFormats, subjectOption } from '../shared/rows/table-command.ts';
import { type LiveCallRow, liveCallRows, liveCallsView } from './live-rows.ts';
import { notesOf } from './notes.ts';
import { whoUsedRows, whoUsedView } from './rows.ts';

/** The number of logs is limited because all logs are open at the same time. */
const mostLogs = 256;

/** Without --live, the command needs no kubeconfig and opens no connection. */
export class WhoUsedCommand extends RowsCommand {
  static override readonly uses: readonly GlobalUse[] = ['kubelets'];
  static override paths = [['who-used']];
  static override usage = describe({
    details:
      'List who called kubelets, with which permission, and the least privilege each needs, from audit logs of kube-apiserver.\n\nA log is JSON lines, an EventList, or an export of a log store or kubectl logs, optionally gzipped. Several logs can be given, in any order. Reading them does not contact the cluster.\n\nKubelets send the API server an access review for each caller and cache the result: REVIEWS counts reviews, not requests.\n\n--live needs no audit log: it counts requests to kubelets from now on, and identifies callers on nodes whose kubelet logs requests (--v=3 or higher) and serves log queries.',
    examples: [
      ['Who called kubelets?', 'kubectl kubeletaccess who-used --audit-log audit.log'],
      [
        'What does an agent need?',
        'kubectl kubeletaccess who-used audit.log --subject serviceaccount:monitoring:agent -o wide',
      ],
      ['Read rotated audit logs', 'kubectl kubeletaccess who-used audit*.log'],
      ['Watch who calls kubelets for five minutes', 'kubectl kubeletaccess who-used --live=5m'],
    ],
    exitCodes: [
      [0, 'all logs were read'],
      [1, 'a log has no audit event, or cannot be read; with --live, no node answered'],
      [4, 'the result may be incomplete: stderr says what is missing'],
    ],
  });

  words = completing('file', Option.Rest({ name: 'FILE|NODE' }));
  auditLog = declare.selection.list(
    '--audit-log',
    'File of an audit log, or - for standard input. Can be repeated.',
    { completes: 'file' },
  );
  live = declare.selection.flagOrText(
    '--live',
    'Observe requests for a minute, or --live=5m, instead of reading audit logs.',
    false,
    { completes: readingTimes },
  );
  subject = subjectOption();
  override selector = nodeOptions.selector();
  override watch = false;
  override output = outputOption(namelessFormats, templates);
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
    rejectTimes('--live', this.live, this.words);
    const liveMs = parseEvery('--live', this.live, usualTime);
    return liveMs === undefined ? this.readLogs(subject) : this.readLive(liveMs, subject);
  }

  private async readLogs(subject: RbacSubject | undefined): Promise<number> {
    const [ofKubelets] = forKubelets.filter((flag) => isGiven(this.given, flag));
    if (ofKubelets !== undefined)
      throw new UsageFailure(`${ofKubelets} requires --live: audit logs are read without kubelets`);
    const { stderr } = this.context;
    const sinceMs = timeOf('--since', this.since);
    const untilMs = timeOf('--until', this.until);
    const print = this.openRows(whoUsedView);
    const { gatherUsage } = await import('../shared/audit-log/gather-usage.ts');
    const { usage, logs } = await gatherUsage(
      this.logs(),
      { subject, sinceMs, untilMs },
      this.context,
    );
    const rows = whoUsedRows(usage.uses);
    await print(rows);
    const { lines, isIncomplete } = notesOf(usage, logs);
    if (rows.length === 0) stderr.write('no calls of kubelets found\n');
    stderr.write(escapeControlLines(lines));
    return exitCodeOf({ isPartial: isIncomplete });
  }

  private async readLive(liveMs: number, subject: RbacSubject | undefined): Promise<number> {
    const [ofLogs] = ['--audit-log', '--since', '--until'].filter((flag) =>
      isGiven(this.given, flag),
    );
    if (ofLogs !== undefined) throw notTogether('--live', ofLogs);
    const { openLive } = await import('../shared/live-calls/gather-live.ts');
    const live = openLive(liveMs);
    const type: RowType = { words: ['calls'], prints: 'calls', of: 'nodes', ...live.request };
    const settings = this.withSecondReading(
      '--live',
      liveMs,
      await this.parseRows(type, this.words),
    );
    const caller = subject && formatSubject(subject);
    let rows: readonly LiveCallRow[] = [];
    let apiServer: ApiServer | undefined;
    const view: BodyView = {
      ...{ ...untyped(liveCallsView), ...live.body, plural: 'calls' },
      merge: () => rows.map((row) => ({ ...row }) as Row),
    };
    const outcomes = await printRows(settings, view, this, {
      begin: async (server) => {
        apiServer = server;
      },
      confirm: async (nodes) => {
        if (!apiServer) throw new Error('confirmed before it began');
        const names = nodes.map(({ node }) => node);
        const { calls, notes } = await live.findCalls(apiServer, names);
        rows = liveCallRows(calls).filter((row) => caller === undefined || row.caller === caller);
        return { nodes, notes };
      },
    });
    return exitCodeOf(outcomes);
  }

  private logs(): readonly string[] {
    const names = [...this.auditLog, ...this.words];
    if (names.length === 0 || (names.includes('-') && isTerminal(this.context.stdin)))
      throw new UsageFailure('missing an audit log: --audit-log FILE, or - for standard input', {
        hints: [
          'kube-apiserver writes it to the file of its flag --audit-log-path',
          'without one, what is called from now on: kubectl kubeletaccess who-used --live',
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

const usualTime = '1m';

const forKubelets = [
  ...['--node', '--selector', '--node-selector', '--role', '--shard', '--address', '--via'],
  ...['--timeout', '--parallel'],
];

function timeOf(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : toPointInTime(parseLogTime(flag, text), Date.now());
}
