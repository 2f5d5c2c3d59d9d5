import { Option } from 'clipanion';
import { ClusterCommand } from '../../cli/cluster-command.ts';
import { paintOf } from '../../cli/color.ts';
import { describe } from '../../cli/command-definition.ts';
import { fleetOptions, parseFleetOptions } from '../../cli/fleet-options.ts';
import { completing } from '../../cli/option.ts';
import { openOutput, outputOption } from '../../cli/output.ts';
import { templates } from '../../cli/output-template.ts';
import { parseAgent } from '../../cli/parse-agent.ts';
import { rejectOtherCredentials } from '../../cli/service-account.ts';
import { printParts } from '../../cli/write-output.ts';
import { exitCodeOf, UsageFailure } from '../../errors.ts';
import { agents } from '../../kubelet/agents/agents.ts';
import { parseSubject } from '../../rbac/subject.ts';
import { openProgress } from '../../text/progress.ts';
import { renderReport, reportFormats } from '../../text/render-report.ts';
import type { WantedAgent } from './facts.ts';
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
    const wanted = parseWanted(agent);
    const settings = parseFleetOptions({ ...this, names });
    rejectOtherCredentials('check', this.given);
    const format = openOutput(this.output, reportFormats, templates);
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

function parseWanted(text: string | undefined): WantedAgent {
  if (text === undefined) throw new UsageFailure('missing AGENT', { hints: [listAgents] });
  // No agent has a name with a colon or a slash.
  if (!/[:/]/.test(text)) return { agent: parseAgent('AGENT', text) };
  const account = parseSubject(text.replace(/^([^:/]+)\//, 'serviceaccount:$1:'));
  if (account?.kind === 'ServiceAccount') return { account };
  throw new UsageFailure(
    `invalid AGENT value "${text}": must be the name of a known agent or serviceaccount:NAMESPACE:NAME`,
    { hints: [listAgents] },
  );
}
