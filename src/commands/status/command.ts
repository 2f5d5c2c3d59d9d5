import { Command, Option } from 'clipanion';
import { KubeletCommand } from '../../cli/kubelet-command.ts';
import { parseProfileName, parseSubjectOption } from '../../cli/parse-options.ts';
import { exitCodes, Failure, UsageFailure } from '../../errors.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { TransportError } from '../../kube/transport/error.ts';
import { parseHostPort } from '../../kubelet/address.ts';
import { profileNames, profileOf } from '../../rbac/profiles.ts';
import { openProgress } from '../../text/progress.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { parseAuditFlags, refuseAuditFlags, runAudit } from '../audit/command.ts';
import { gatherFacts, type SurveySettings } from './gather.ts';
import { gatherFactsAt } from './gather-address.ts';
import { renderReport, renderWideReport } from './render.ts';
import { diagnose, exitCodeOf, type Report } from './report.ts';
import { watchReports } from './watch.ts';

const renderers = {
  table: renderReport,
  wide: renderWideReport,
  json: (report: Report) => renderJson([report]),
  yaml: (report: Report) => renderYaml([report]),
} as const;

export class StatusCommand extends KubeletCommand {
  static override paths = [['status']];
  static override usage = Command.Usage({
    description: 'Say whether kubelets can be reached, and if not, who refuses and what to run',
    details:
      'Look at the pair that lets kube-apiserver reach kubelets, find out who it is to them, and ask each node on both paths: straight from here, and through the API server. Nothing is changed. Exit 0: kube-apiserver reaches every kubelet; 3: kubelets refuse it, or what was granted for a while is over; 4: some nodes cannot be reached through it; 1: none can, or it is not to be told. The direct path concerns only you and does not count.',
    examples: [
      ['Why does kubectl logs fail?', 'kubectl kubeletaccess status'],
      [
        'What does this error mean? Without asking any cluster',
        'kubectl logs web 2>&1 | kubectl kubeletaccess status --explain -',
      ],
      [
        'What is unsafe about the kubelets, and who can reach them?',
        'kubectl kubeletaccess status --audit',
      ],
      ['Wait until all is well', 'kubectl kubeletaccess status --watch --until-ok'],
      [
        'May Jane read what profile stats is for?',
        'kubectl kubeletaccess status --subject user:jane --profile stats',
      ],
    ],
  });

  node = Option.Array('--node', [], { description: 'Ask this node alone; may be repeated.' });
  selector = Option.String('-l,--selector', '', {
    description: 'Ask the nodes with these labels, as kubectl get takes them.',
  });
  address = Option.String('--address', '', {
    description:
      'HOST or HOST:PORT of one kubelet, asked straight from here, even if the API server is down.',
  });
  subject = Option.String('--subject', '', {
    description: 'Whose right it is about, in place of who kube-apiserver is to kubelets.',
  });
  profile = Option.String('--profile', '', {
    description: `What the pair is to allow: ${profileNames.join(', ')} (default apiserver).`,
  });
  output = Option.String('-o,--output', 'table', {
    description: 'table, wide, json or yaml; of an audit sarif, too.',
  });
  timeout = Option.String('--timeout', '', {
    description: 'How long one node may take (default 10s).',
  });
  parallel = Option.String('--parallel', '', {
    description: 'How many nodes are asked at once (default 128).',
  });
  warnDays = Option.String('--warn-days', '', {
    description: 'Tell of serving certificates that end within so many days (default 30).',
  });
  watch = Option.Boolean('-w,--watch', false, {
    description: 'Look again and again, and print what changes, until interrupted.',
  });
  interval = Option.String('--interval', '', {
    description: 'With --watch: how long to wait in between (default 5s).',
  });
  untilOk = Option.Boolean('--until-ok', false, {
    description: 'With --watch: end as soon as all is well.',
  });
  audit = Option.Boolean('--audit', false, {
    description:
      'Look instead for what is unsafe about the kubelets, and for who can reach them. Sends GETs alone.',
  });
  failOn = Option.String('--fail-on', '', {
    description: 'Exit 3 if the audit finds something as bad as this: high, medium or low.',
  });
  explain = Option.String('--explain', {
    description:
      'Explain this pasted error, - for standard input, without asking any cluster: exit 3 if it is not recognised.',
  });

  override async execute(): Promise<number> {
    if (this.explain !== undefined) return this.explainOffline(this.explain);
    if (this.audit) return this.runAudit();
    refuseAuditFlags(this);
    const { output } = this;
    const render = Object.entries(renderers).find(([name]) => name === output)?.[1];
    if (!render)
      throw new UsageFailure(`unknown output format "${output}"`, {
        hints: [
          `one of ${Object.keys(renderers)
            .map((name) => `-o ${name}`)
            .join(', ')}`,
        ],
      });
    if ((this.untilOk || this.interval !== '') && !this.watch)
      throw new UsageFailure('--until-ok and --interval belong to --watch');
    const intervalMs = this.someTime('--interval', this.interval || '5s');
    const look = this.looking();
    if (!this.watch) return this.report(await look(), render);
    // What is wrong with the kubeconfig from the start does not pass.
    this.connection();
    const whole = output === 'json' || output === 'yaml';
    const { untilOk } = this;
    return watchReports(look, { intervalMs, untilOk, render, whole }, this.context);
  }

  private report(report: Report, render: (report: Report) => string): number {
    this.context.stdout.write(render(report));
    return this.context.signal.aborted ? exitCodes.interrupted : exitCodeOf(report);
  }

  /** Checks the options, and returns what looks at the cluster, each time by new connections. */
  private looking(): () => Promise<Report> {
    const timeoutMs = this.someTime('--timeout', this.timeout || '10s');
    const settings = {
      timeoutMs,
      types: this.addressTypes(),
      port: this.port(),
      profile: profileOf(parseProfileName(this.profile || 'apiserver')),
      subject: this.subject === '' ? undefined : parseSubjectOption(this.subject),
      parallel: this.count('--parallel', this.parallel || '128', 1),
      warnDays: this.count('--warn-days', this.warnDays || '30', 0),
      choice: { names: this.node, selector: this.selector },
    };
    if (!settings.subject && !settings.profile.runsCommands)
      throw new UsageFailure(`--profile ${this.profile} is for callers: name one with --subject`);
    const target = this.target();
    return async () => {
      const connection = this.connection();
      const apiServer = this.apiServer(connection);
      try {
        return diagnose(
          target
            ? await this.askAddress(connection, apiServer, { ...settings, target })
            : await this.askAll(connection, apiServer, settings),
        );
      } finally {
        apiServer.close();
      }
    };
  }

  private async askAddress(
    connection: ApiConnection,
    apiServer: ApiServer,
    settings: Parameters<typeof gatherFactsAt>[3],
  ) {
    const access = await this.kubeletAccessIfAny(connection);
    return gatherFactsAt(connection.server, apiServer, access, settings, this.context.signal);
  }

  private async askAll(
    connection: ApiConnection,
    apiServer: ApiServer,
    settings: Omit<SurveySettings, 'progress'>,
  ) {
    const { signal, stderr } = this.context;
    const progress = openProgress(stderr, 'asking kubelets', true);
    const access = await this.kubeletAccessIfAny(connection);
    const asked = { ...settings, progress: progress.update };
    try {
      return await gatherFacts(connection.server, apiServer, access, asked, signal);
    } catch (error) {
      throw withDirectWay(error);
    } finally {
      progress.end();
    }
  }

  private target(): ReturnType<typeof parseHostPort> {
    if (this.address === '') return undefined;
    const others = [this.selector, this.subject, this.profile].some((value) => value !== '');
    if (others || this.node.length > 0)
      throw new UsageFailure(
        '--address is about one kubelet and about you: it cannot be used with --node, --selector, --subject or --profile',
      );
    const target = parseHostPort(this.address, this.port());
    if (!target) throw new UsageFailure(`--address "${this.address}" is not HOST or HOST:PORT`);
    return target;
  }

  private someTime(flag: string, text: string): number {
    const ms = this.duration(flag, text);
    if (ms === 0) throw new UsageFailure(`${flag} 0 is no time at all`);
    return ms;
  }

  private count(flag: string, text: string, least: number): number {
    const number = Number(text);
    if (text.trim() === '' || !Number.isInteger(number) || number < least)
      throw new UsageFailure(`${flag} "${text}" is not a whole number from ${least} on`);
    return number;
  }

  private async runAudit(): Promise<number> {
    if (this.watch || this.address !== '' || this.subject !== '' || this.profile !== '')
      throw new UsageFailure(
        '--audit looks once, at all that can reach kubelets: it cannot be used with --watch, --address, --subject or --profile',
      );
    const options = parseAuditFlags(this);
    const settings = {
      nodeMs: this.someTime('--timeout', this.timeout || '10s'),
      parallel: this.count('--parallel', this.parallel || '128', 1),
      warnDays: this.count('--warn-days', this.warnDays || '30', 0),
      types: this.addressTypes(),
      port: this.port(),
      choice: { names: this.node, selector: this.selector },
    };
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    const sources = {
      server: connection.server,
      apiServer,
      openCaller: () => this.kubeletAccessIfAny(connection),
      openAnonymous: (verify: boolean) => this.anonymousAccess(connection, verify),
    };
    try {
      return await runAudit(options, sources, settings, this.context);
    } finally {
      apiServer.close();
    }
  }

  private async explainOffline(text: string): Promise<number> {
    const { explainText, refuseOnline } = await import('../explain/command.ts');
    this.refuseKubeletFlags('--explain');
    refuseOnline({
      '--node': this.node.length > 0,
      '--selector': this.selector !== '',
      '--address': this.address !== '',
      '--subject': this.subject !== '',
      '--profile': this.profile !== '',
      '--timeout': this.timeout !== '',
      '--parallel': this.parallel !== '',
      '--warn-days': this.warnDays !== '',
      '--watch': this.watch,
      '--interval': this.interval !== '',
      '--until-ok': this.untilOk,
      '--audit': this.audit,
      '--fail-on': this.failOn !== '',
    });
    return explainText(this.context, text, this.output);
  }
}

/** Kubelets can be asked without the API server, by whoever knows where they are. */
function withDirectWay(error: unknown): unknown {
  if (!(error instanceof Failure && error.cause instanceof TransportError)) return error;
  return new Failure(error.message, {
    cause: error.cause,
    prefix: error.prefix,
    details: error.details,
    hints: [
      ...error.hints,
      'a kubelet can be asked without it: kubectl kubeletaccess status --address HOST',
    ],
  });
}
