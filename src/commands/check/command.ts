import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { fleetOptions, parseFleetOptions } from '../../cli/fleet-options.ts';
import { meantBy } from '../../cli/hint-for-name.ts';
import { completing, declare } from '../../cli/option.ts';
import { outputOption, parseFormat } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseAgent } from '../../cli/parse-agent.ts';
import { parseProfileName } from '../../cli/parse-options.ts';
import { rejectOtherCredentials } from '../../cli/service-account.ts';
import { printParts } from '../../cli/write-output.ts';
import { exitCodeOf, UsageFailure } from '../../errors.ts';
import { agents } from '../../kubelet/agents/agents.ts';
import { profileNames } from '../../rbac/profiles.ts';
import { parseSubject } from '../../rbac/subject.ts';
import { command } from '../../text/command.ts';
import { openProgress } from '../../text/progress.ts';
import { renderReport, reportFormats } from '../../text/render-report.ts';
import type { WantedAgent } from './facts.ts';
import { profileAgent } from './found-agent.ts';
import { gatherAgent } from './gather.ts';
import { agentReport, agentVerdicts } from './report.ts';
import { shownCheck } from './shown.ts';

export class CheckCommand extends ClusterCommand {
  static override paths = [['check']];
  static override usage = describe({
    details:
      'Check whether kubelets answer an agent, such as metrics-server or Prometheus.\n\nThe pods of the agent are found, and its own requests are sent to kubelets as its service account, with its port, address types and CA. Unless you name nodes, five are called. Nothing is changed.\n\nAGENT is a name of kubectl kubeletaccess help agents, or the service account that the agent runs as. A kubelet that cannot be verified gets no token: the API server is asked whether RBAC allows the request.',
    examples: [
      [
        'Why does kubectl top show unknown, and an HPA get no metrics?',
        'kubectl kubeletaccess check metrics-server',
      ],
      ['Why does Prometheus get 403 from kubelets?', 'kubectl kubeletaccess check prometheus'],
      [
        'Check the agent that runs as a service account',
        'kubectl kubeletaccess check serviceaccount:monitoring:prometheus',
      ],
      [
        'Prove what a profile gives a service account',
        'kubectl kubeletaccess check serviceaccount:monitoring:prometheus --profile metrics',
      ],
    ],
    exitCodes: [
      [0, 'kubelets answer all requests of the agent'],
      [3, 'the agent is denied, does not run, or is not ready'],
      [4, 'some kubelets cannot be reached'],
      [1, 'the result is unknown'],
    ],
    needs: ['AGENT'],
  });

  agent = completing(
    agents.map(({ name }) => name),
    Option.String({ required: false, name: 'AGENT' }),
  );
  runs = declare.selection.text('--agent', 'Agent that runs as the service account AGENT.', {
    completes: agents.map(({ name }) => name),
    not: ['--profile'],
  });
  profile = declare.selection.text(
    '--profile',
    'Profile whose requests are sent as the service account AGENT.',
    { completes: profileNames },
  );
  /** AGENT, and the nodes after it. */
  names = fleetOptions.names();
  node = fleetOptions.node();
  selector = fleetOptions.selector();
  role = fleetOptions.role();
  timeout = fleetOptions.timeout();
  parallel = fleetOptions.parallel();
  output = outputOption(reportFormats, templates);

  override async execute(): Promise<number> {
    const [agent, ...names] = this.names;
    const wanted = parseWanted(agent, this);
    const settings = parseFleetOptions({ ...this, names });
    rejectOtherCredentials('check', this.given);
    const format = parseFormat(this.output, reportFormats, templates);
    const { signal, stdout, stderr } = this.context;
    using progress = openProgress(stderr, 'calling kubelets', true);
    const facts = await gatherAgent(wanted, this, { ...settings, progress: progress.update });
    progress.end();
    const report = agentReport(facts);
    const style = { format, paint: paintOf(this) };
    await printParts({ stdout, signal }, renderReport(report, shownCheck, style));
    return exitCodeOf({ signal, verdict: agentVerdicts[report.verdict] });
  }
}

const listAgents = 'kubectl kubeletaccess help agents';

function parseWanted(
  text: string | undefined,
  { runs, profile }: { readonly runs: string; readonly profile: string },
): WantedAgent {
  if (text === undefined) throw new UsageFailure('missing AGENT', { hints: [listAgents] });
  const declared = runs === '' ? (profile === '' ? undefined : '--profile') : '--agent';
  // No agent has a name with a colon or a slash.
  if (!/[:/]/.test(text)) {
    if (declared)
      throw new UsageFailure(`${declared} needs serviceaccount:NAMESPACE:NAME as AGENT`);
    return { agent: parseAgent('AGENT', text, ...meantBy(text)) };
  }
  const account = parseSubject(text.replace(/^([^:/]+)\//, 'serviceaccount:$1:'));
  if (account?.kind === 'ServiceAccount') {
    if (declared === '--agent') return { account, agent: parseAgent('--agent', runs) };
    return { account, agent: declared && profileAgent(account, parseProfileName(profile)) };
  }
  const meant = `serviceaccount:${text}`;
  throw new UsageFailure(
    `invalid AGENT value "${text}": must be the name of a known agent or serviceaccount:NAMESPACE:NAME`,
    {
      hints: [
        parseSubject(meant) === undefined
          ? listAgents
          : command`did you mean: kubectl kubeletaccess check ${meant}`,
      ],
    },
  );
}
