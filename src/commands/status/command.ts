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
import { addressChoiceOf, hasKubeletFlags } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { outputOption, parseFormat } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import {
  parseAddress,
  parseEvery,
  parseProfileName,
  parseSubjectOption,
  rejectTimes,
} from '../../cli/parse-options.ts';
import { exitCodeOf, UsageFailure } from '../../errors.ts';
import { absenceOf } from '../../kube/api-server/absent-names.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { createPathMemory } from '../../kube/kubelet-client/node-cache.ts';
import type { RbacSubject } from '../../objects.ts';
import { profileNames, profileOf } from '../../rbac/profiles.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { openProgress } from '../../text/progress.ts';
import { renderReport, reportFormats } from '../../text/render-report.ts';
import { ifPossible, openDoor } from '../shared/door/open-door.ts';
import { gatherFacts, gatherFactsAt } from './gather.ts';
import { renderMetrics } from './render-metrics.ts';
import { diagnose, type Report, verdicts } from './report.ts';
import { shownStatus } from './shown.ts';
import { waitUntilOk, watchReports } from './watch.ts';

const formats = [...reportFormats, 'prometheus'] as const;

export class StatusCommand extends ClusterCommand {
  static override paths = [['status']];
  static override usage = describe({
    details:
      'Check whether kube-apiserver and you can reach every kubelet.\n\nThe ClusterRole and ClusterRoleBinding of kube-apiserver are checked, and each kubelet is checked on both paths: directly from this machine, and through the API server. Nothing is changed. Failures of the direct path affect only you; they do not change the exit code.',
    examples: [
      ['Why does kubectl logs fail?', 'kubectl kubeletaccess status'],
      ['Wait until kube-apiserver has access', 'kubectl kubeletaccess status --wait'],
      ['Why does kubectl exec fail, while logs work?', 'kubectl kubeletaccess status --streams'],
      [
        'Does Jane have the access that profile stats grants?',
        'kubectl kubeletaccess status --subject user:jane --profile stats',
      ],
      [
        'Check one kubelet while the API server is down',
        'kubectl kubeletaccess status --kubelet-address 10.0.0.5',
      ],
    ],
    exitCodes: [
      [0, 'kube-apiserver reaches every kubelet (with --subject: the subject has the access)'],
      [3, 'kubelets deny access, or the access has expired'],
      [4, 'some kubelets cannot be reached'],
      [1, 'no kubelet can be reached, or the result is unknown'],
    ],
  });

  names = fleetOptions.names();
  node = fleetOptions.node();
  selector = fleetOptions.selector();
  role = fleetOptions.role();
  kubeletAddress = declare.selection.text(
    '--kubelet-address',
    'HOST or HOST:PORT of one kubelet, checked without the API server.',
    { not: ['NODE', '--node', '--role', '--subject', '--profile'] },
  );
  subject = declare.selection.text('--subject', 'Check this subject in place of kube-apiserver.', {
    completes: 'subject',
    once: true,
  });
  profile = declare.selection.text(
    '--profile',
    `The access to check: ${profileNames.join(', ')}.`,
    { initial: 'apiserver', completes: profileNames },
  );
  streams = declare.behavior.flag(
    '--streams',
    'Also test exec, attach and port-forward on every hop. No command runs.',
  );
  watch = declare.behavior.flagOrText(
    '-w,--watch',
    'Repeat the check every 5s, or --watch=30s, and print changes.',
    false,
    { completes: ['5s', '30s', '1m'], not: ['--wait'] },
  );
  wait = declare.behavior.flagOrText(
    '--wait',
    'Repeat the check until it passes, at most 2m: --wait=2m.',
    false,
  );
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  expiresWithin = fleetOptions.expiresWithin();
  output = outputOption(formats, templates);
  showAll = fleetOptions.showAll();

  override offlineHint() {
    if (this.subject !== '' || this.kubeletAddress !== '') return undefined;
    return { args: [], without: ['--selector'] };
  }

  override async execute(): Promise<number> {
    checkShowAll(this);
    const settings = parseOptions(this);
    const paint = paintOf(this);
    const render = (report: Report) =>
      settings.format === 'prometheus'
        ? renderMetrics(report)
        : [
            ...renderReport(report, shownStatus, { ...settings, format: settings.format, paint }),
          ].join('');
    const { signal, stdout } = this.context;
    // Fail at once if the kubeconfig is invalid.
    if (settings.watch !== undefined || settings.wait !== undefined) await openConnection(this);
    if (settings.watch !== undefined) {
      const whole = settings.format !== 'table' && settings.format !== 'wide';
      const watching = { intervalMs: settings.watch, render, whole };
      return watchReports(() => this.check(settings), watching, this.context);
    }
    const report =
      settings.wait === undefined
        ? await this.check(settings)
        : await waitUntilOk(() => this.check(settings), settings.wait, signal);
    stdout.write(render(report));
    return exitCodeOf({ signal, verdict: verdicts[report.verdict] });
  }

  private async check(settings: StatusSettings): Promise<Report> {
    const { signal, stderr } = this.context;
    const { address } = settings;
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    using progress = openProgress(stderr, 'checking kubelets', true);
    const { types, port } = address ? { types: ['InternalIP'], port: address.port } : settings;
    const path = { via: 'direct', types, port, apiServer } as const;
    const access = await ifPossible(openDoor(this, connection, path));
    const cluster = { server: connection.server, apiServer, access };
    const reading = { ...settings, progress: progress.update };
    if (address) return diagnose(await gatherFactsAt(cluster, address, settings, signal));
    const report = diagnose(await gatherFacts(cluster, reading, signal));
    progress.end();
    await this.noteAbsentSubject(apiServer, settings.subject);
    this.remember(report, connection);
    return report;
  }

  private isAbsenceNoted = false;

  private async noteAbsentSubject(apiServer: ApiServer, subject?: RbacSubject): Promise<void> {
    // The report says that a service account does not exist.
    if (!subject || subject.kind === 'ServiceAccount' || this.isAbsenceNoted) return;
    this.isAbsenceNoted = true;
    for (const note of await absenceOf(apiServer, subject))
      this.context.stderr.write(`note: ${escapeControlLine(note)}\n`);
  }

  /** Stores how this program reaches kubelets, for later commands such as curl and logs. */
  private remember({ reading, nodes }: Report, connection: ApiConnection): void {
    if (!reading || hasKubeletFlags(this.given)) return;
    const isRelayed = nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok');
    const memory = createPathMemory(this.context.env, connection);
    if (reading.via === 'direct') memory.write({ via: 'direct', isSlow: false });
    else if (reading.cause && isRelayed) memory.write({ via: 'apiserver', why: reading.cause });
  }
}

type StatusSettings = ReturnType<typeof parseOptions>;

function parseOptions(command: StatusCommand) {
  const { kubeletAddress, names, profile, showAll, streams } = command;
  const places = addressChoiceOf(command.globals);
  const format = parseFormat(command.output, formats, templates);
  rejectTimes('--watch', command.watch, names);
  rejectTimes('--wait', command.wait, names);
  const settings = {
    ...{ ...parseFleetOptions(command), ...places, format, showAll, streams },
    warnDays: parseWarnDays(command.expiresWithin),
    address: kubeletAddress === '' ? undefined : parseAddress(kubeletAddress, places.port),
    profile: profileOf(parseProfileName(profile)),
    subject: command.subject === '' ? undefined : parseSubjectOption(command.subject),
    watch: parseEvery('--watch', command.watch, '5s'),
    wait: parseEvery('--wait', command.wait, '2m'),
  };
  if (!settings.subject && !settings.profile.runsCommands)
    throw new UsageFailure(`--profile ${profile} requires --subject`);
  return settings;
}
