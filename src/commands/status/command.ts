import { isGiven } from '../../cli/argv.ts';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { openConnection, openServer } from '../../cli/connection.ts';
import { checkShowAll, fleetOptions, parseFleetOptions } from '../../cli/fleet-options.ts';
import { addressChoiceOf, hasKubeletFlags, openKubeletsIfAny } from '../../cli/kubelets.ts';
import { declare } from '../../cli/option.ts';
import { openOutput, outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import {
  parseAddress,
  parseEvery,
  parseProfileName,
  parseSubjectOption,
  rejectTimes,
} from '../../cli/parse-options.ts';
import { exitCodeOf, notTogether, UsageFailure } from '../../errors.ts';
import { absenceOf } from '../../kube/api-server/absent-subject.ts';
import type { ApiServer } from '../../kube/api-server/api-server.ts';
import type { ApiConnection } from '../../kube/config/api-connection.ts';
import { openPathMemory } from '../../kube/kubelet-client/node-cache.ts';
import type { RbacSubject } from '../../objects.ts';
import { profileNames, profileOf } from '../../rbac/profiles.ts';
import { escapeControlLine } from '../../text/escape.ts';
import { openProgress } from '../../text/progress.ts';
import { gatherFacts, gatherFactsAt } from './gather.ts';
import { renderReport, reportFormats } from './render.ts';
import { diagnose, type Report, verdicts } from './report.ts';
import { waitUntilOk } from './wait.ts';
import { watchReports } from './watch.ts';

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
      ['Why does kubectl top show unknown?', 'kubectl kubeletaccess status --for metrics-server'],
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
  );
  subject = declare.selection.text(
    '--subject',
    'Check this subject, or the agent that runs as it, in place of kube-apiserver.',
    { completes: 'subject' },
  );
  profile = declare.selection.text(
    '--profile',
    `The access to check: ${profileNames.join(', ')}.`,
    { initial: 'apiserver', completes: profileNames },
  );
  forAgent = declare.selection.text(
    '--for',
    'Check what an agent, such as metrics-server, gets from kubelets. Names: kubectl kubeletaccess help agents.',
  );
  streams = declare.behavior.flag(
    '--streams',
    'Also test exec, attach and port-forward on every hop. No command runs.',
  );
  watch = declare.behavior.flagOrText(
    '-w,--watch',
    'Repeat the check every 5s, or --watch=30s, and print changes.',
    false,
    { completes: ['5s', '30s', '1m'] },
  );
  wait = declare.behavior.flagOrText(
    '--wait',
    'Repeat the check until it passes, at most 2m: --wait=2m.',
    false,
  );
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  expiresWithin = fleetOptions.expiresWithin();
  output = outputOption(reportFormats, templates);
  showAll = fleetOptions.showAll();

  override offlineHint() {
    if (this.forAgent !== '' || this.subject !== '' || this.kubeletAddress !== '') return undefined;
    return { args: [], without: ['--selector'] };
  }

  override async execute(): Promise<number> {
    const account = this.account();
    if (this.forAgent !== '' || (account && !isGiven(this.given, '--profile')))
      return this.checkAgent(account);
    checkShowAll(this);
    const settings = parseOptions(this);
    const paint = paintOf(this);
    const render = (report: Report) => renderReport(report, { ...settings, paint });
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

  private account(): RbacSubject | undefined {
    const subject = this.subject === '' ? undefined : parseSubjectOption(this.subject);
    return subject?.kind === 'ServiceAccount' ? subject : undefined;
  }

  private async checkAgent(account: RbacSubject | undefined): Promise<number> {
    const other = this.given.find(({ option }) => optionsOfApiServer.includes(option.name));
    const { forAgent, subject } = this;
    if (other && forAgent === '')
      throw new UsageFailure(`--subject ${subject} with ${other.option.name} requires --profile`);
    if (other) throw notTogether('--for', other.option.name);
    if (subject !== '' && !account)
      throw new UsageFailure(`--for runs as a service account: --subject ${subject} is none`);
    const { parseAgent } = await import('../../cli/parse-agent.ts');
    const wanted = account
      ? { agent: forAgent === '' ? undefined : parseAgent('--for', forAgent), account }
      : { agent: parseAgent('--for', forAgent), account };
    const { choice, timeoutMs, parallel } = parseFleetOptions(this);
    const format = openOutput(this.output, reportFormats, templates);
    if (format === 'prometheus' || format === 'markdown') {
      if (forAgent !== '') throw notTogether('--for', `--output ${format}`);
      throw new UsageFailure(`--subject ${subject} with --output ${format} requires --profile`);
    }
    const { gatherAgent } = await import('./agent/gather.ts');
    const { agentReport, agentVerdicts } = await import('./agent/report.ts');
    const { renderAgentReport } = await import('./agent/render.ts');
    const { signal, stdout, stderr } = this.context;
    const progress = openProgress(stderr, 'calling kubelets', true);
    const settings = { choice, timeoutMs, parallel, progress: progress.update };
    const facts = await gatherAgent(wanted, this, settings).finally(progress.end);
    const report = agentReport(facts);
    stdout.write(renderAgentReport(report, { format, paint: paintOf(this) }));
    return exitCodeOf({ signal, verdict: agentVerdicts[report.verdict] });
  }

  private async check(settings: StatusSettings): Promise<Report> {
    const { signal, stderr } = this.context;
    const { address } = settings;
    const connection = await openConnection(this);
    using apiServer = openServer(this, connection);
    using progress = openProgress(stderr, 'checking kubelets', true);
    const access = await openKubeletsIfAny(this, connection);
    const cluster = { server: connection.server, apiServer, access };
    const reading = { ...settings, progress: progress.update };
    if (address) return diagnose(await gatherFactsAt(cluster, address, settings, signal));
    const report = diagnose(await gatherFacts(cluster, reading, signal));
    progress.end();
    await this.noteAbsentSubject(apiServer);
    this.remember(report, connection);
    return report;
  }

  private isAbsenceNoted = false;

  private async noteAbsentSubject(apiServer: ApiServer): Promise<void> {
    // The report says that a service account does not exist.
    if (this.subject === '' || this.account() || this.isAbsenceNoted) return;
    this.isAbsenceNoted = true;
    for (const note of await absenceOf(apiServer, parseSubjectOption(this.subject)))
      this.context.stderr.write(`note: ${escapeControlLine(note)}\n`);
  }

  /** Stores how this program reaches kubelets, for later commands such as curl and logs. */
  private remember({ reading, nodes }: Report, connection: ApiConnection): void {
    if (!reading || hasKubeletFlags(this.given)) return;
    const isRelayed = nodes.some(({ viaApiServer }) => viaApiServer.result === 'ok');
    const memory = openPathMemory(this.context.env, connection);
    if (reading.via === 'direct') memory.write({ via: 'direct', isSlow: false });
    else if (reading.cause && isRelayed) memory.write({ via: 'apiserver', why: reading.cause });
  }
}

type StatusSettings = ReturnType<typeof parseOptions>;

function parseOptions(command: StatusCommand) {
  const { kubeletAddress, names, node, selector, role, profile, showAll, streams } = command;
  const places = addressChoiceOf(command.globals);
  const format = openOutput(command.output, reportFormats, templates);
  rejectTimes('--watch', command.watch, names);
  rejectTimes('--wait', command.wait, names);
  const settings = {
    ...{ ...parseFleetOptions(command), ...places, format, showAll, streams },
    address: kubeletAddress === '' ? undefined : parseAddress(kubeletAddress, places.port),
    profile: profileOf(parseProfileName(profile)),
    subject: command.subject === '' ? undefined : parseSubjectOption(command.subject),
    watch: parseEvery('--watch', command.watch, '5s'),
    wait: parseEvery('--wait', command.wait, '2m'),
  };
  if (settings.watch !== undefined && settings.wait !== undefined)
    throw notTogether('--watch', '--wait');
  const isChosen =
    [names, node, selector, role, command.subject].some(({ length }) => length > 0) ||
    profile !== 'apiserver';
  if (settings.address && isChosen)
    throw new UsageFailure(
      '--kubelet-address cannot be used with nodes, --selector, --role, --subject or --profile',
    );
  if (!settings.subject && !settings.profile.runsCommands)
    throw new UsageFailure(`--profile ${profile} requires --subject`);
  return settings;
}

/** Options that cannot be used with --for. */
const optionsOfApiServer: readonly string[] = [
  ...[
    '--kubelet-address',
    '--profile',
    '--streams',
    '--watch',
    '--wait',
    '--expires-within',
    '--show-all',
  ],
];
