import { Command, Option } from 'clipanion';
import { type FleetRequest, fleetOptions, parseFleetOptions } from '../../cli/fleet-options.ts';
import { KubeletCommand } from '../../cli/kubelet-command.ts';
import {
  parseOneOf,
  parsePositiveDuration,
  parseProfileName,
  parseSubjectOption,
} from '../../cli/parse-options.ts';
import { exitCodes, UsageFailure } from '../../errors.ts';
import { parseHostPort } from '../../kubelet/address.ts';
import type { RbacSubject } from '../../objects.ts';
import { type Profile, profileNames, profileOf } from '../../rbac/profiles.ts';
import { openProgress } from '../../text/progress.ts';
import { gatherFacts } from './gather.ts';
import { gatherFactsAt, withAddressHint } from './gather-address.ts';
import { type ReportFormat, renderReport, reportFormats } from './render.ts';
import { diagnose, exitCodeOf, type Report } from './report.ts';
import { watchReports } from './watch.ts';

interface StatusRequest extends FleetRequest {
  readonly types: readonly string[];
  readonly port: number | undefined;
  /** The one kubelet to check, in place of those of the cluster. */
  readonly target: { readonly host: string; readonly port: number } | undefined;
  readonly profile: Profile;
  readonly subject: RbacSubject | undefined;
  readonly format: ReportFormat;
  readonly showAll: boolean;
  /** Undefined without --watch. */
  readonly watch: { readonly intervalMs: number; readonly untilOk: boolean } | undefined;
}

export class StatusCommand extends KubeletCommand {
  static override paths = [['status']];
  static override usage = Command.Usage({
    description: 'Check access to kubelets and explain what is missing',
    details:
      'Check the ClusterRole and ClusterRoleBinding that let kube-apiserver reach kubelets, find out its user name there, and ask each node on both paths: directly from this machine, and through the API server. Nothing is changed. Exit codes: 0: kube-apiserver reaches every kubelet; 3: kubelets deny it, or its access has expired; 4: it cannot reach some nodes; 1: it cannot reach any, or the result is unknown. The direct path concerns only you and does not count.',
    examples: [
      ['Why does kubectl logs fail?', 'kubectl kubeletaccess status'],
      ['Wait until kube-apiserver has access', 'kubectl kubeletaccess status --watch --until-ok'],
      [
        'Does Jane have the access of profile stats?',
        'kubectl kubeletaccess status --subject user:jane --profile stats',
      ],
      [
        'Check one kubelet while the API server is down',
        'kubectl kubeletaccess status --address 10.0.0.5',
      ],
    ],
  });

  node = fleetOptions.node();
  selector = fleetOptions.selector();
  address = Option.String('--address', '', {
    description:
      'HOST or HOST:PORT of one kubelet to check directly, even if the API server is down.',
  });
  subject = Option.String('--subject', '', {
    description:
      'Check the access of this user, group or service account. Defaults to the user that kube-apiserver is to kubelets.',
  });
  profile = Option.String('--profile', 'apiserver', {
    description: `The access to check: ${profileNames.join(', ')}.`,
  });
  output = Option.String('-o,--output', 'table', {
    description: `Output format: ${reportFormats.join(', ')}.`,
  });
  showAll = fleetOptions.showAll();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  warnDays = fleetOptions.warnDays();
  watch = Option.Boolean('-w,--watch', false, {
    description: 'Check again and again, and print changes until interrupted.',
  });
  interval = Option.String('--interval', '', {
    description: 'Time between two checks with --watch (default 5s).',
  });
  untilOk = Option.Boolean('--until-ok', false, {
    description: 'With --watch, exit as soon as the verdict is ok.',
  });

  override async execute(): Promise<number> {
    const request = this.parseOptions();
    const paint = this.paint();
    const render = (report: Report) => renderReport(report, { ...request, paint });
    const { signal, stdout } = this.context;
    if (request.watch) {
      // What is wrong with the kubeconfig from the start will not pass.
      this.connection();
      const whole = request.format === 'json' || request.format === 'yaml';
      const watching = { ...request.watch, render, whole };
      return watchReports(() => this.check(request), watching, this.context);
    }
    const report = await this.check(request);
    stdout.write(render(report));
    return signal.aborted ? exitCodes.interrupted : exitCodeOf(report);
  }

  private parseOptions(): StatusRequest {
    const { interval, untilOk, profile, subject } = this;
    const request = {
      ...parseFleetOptions(this),
      types: this.addressTypes(),
      port: this.port(),
      target: this.address === '' ? undefined : parseTarget(this.address, this.port()),
      profile: profileOf(parseProfileName(profile)),
      subject: subject === '' ? undefined : parseSubjectOption(subject),
      format: parseOneOf('--output', this.output, reportFormats),
      showAll: this.showAll,
      watch: this.watch
        ? { intervalMs: parsePositiveDuration('--interval', interval || '5s'), untilOk }
        : undefined,
    };
    if (!this.watch && (untilOk || interval !== ''))
      throw new UsageFailure('--until-ok and --interval require --watch');
    const { target, choice } = request;
    const isChosen = choice.names.length > 0 || choice.selector !== '';
    if (target && (isChosen || subject !== '' || profile !== 'apiserver'))
      throw new UsageFailure(
        '--address cannot be used with --node, --selector, --subject or --profile',
      );
    if (subject === '' && !request.profile.runsCommands)
      throw new UsageFailure(`--profile ${profile} requires --subject`);
    return request;
  }

  /** Each time by new connections. */
  private async check(request: StatusRequest): Promise<Report> {
    const { signal, stderr } = this.context;
    const { target } = request;
    const connection = this.connection();
    const apiServer = this.apiServer(connection);
    const progress = openProgress(stderr, 'checking kubelets', true);
    try {
      const access = await this.kubeletAccessIfAny(connection);
      const cluster = { server: connection.server, apiServer, access };
      const settings = { ...request, progress: progress.update };
      return diagnose(
        target
          ? await gatherFactsAt(cluster, { ...request, target }, signal)
          : await gatherFacts(cluster, settings, signal),
      );
    } catch (error) {
      throw target ? error : withAddressHint(error);
    } finally {
      progress.end();
      apiServer.close();
    }
  }
}

function parseTarget(address: string, port: number | undefined) {
  const target = parseHostPort(address, port);
  if (target) return target;
  throw new UsageFailure(`invalid --address value "${address}": must be HOST or HOST:PORT`);
}
