import { summarize } from '../../text/list.ts';
import {
  markdownCommands,
  markdownFacts,
  markdownTable,
  markdownText,
} from '../../text/markdown.ts';
import type { StatusFinding } from './report/finding.ts';
import type { Report } from './report.ts';

const mostNames = 10;

/** Renders the report for readers of a ticket, who may not know Kubernetes. */
export function renderReportMarkdown(report: Report): string {
  const { server, time, verdict, hops, nodes, findings } = report;
  const reached = nodes.filter(({ viaApiServer }) => viaApiServer.result === 'ok').length;
  return [
    '# Access to kubelets\n',
    'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. The API server asks kubelets for logs, metrics and commands in containers: without access, these fail for everybody.\n',
    markdownFacts([
      ['Cluster', server],
      ['Date', time],
      ['Result', verdict],
      ['Nodes', `${nodes.length}, of which the API server reaches ${reached}`],
    ]),
    markdownTable(
      ['From', 'To', 'As', 'Result'],
      hops.map(({ from, to, identity, message }) => [from, to, identity, message]),
    ),
    ...findings.map(sectionOf),
    ...(findings.length === 0 && verdict === 'ok' ? ['Nothing is wrong.\n'] : []),
  ].join('\n');
}

function sectionOf(finding: StatusFinding): string {
  const { severity, message, nodeNames: nodes, evidence, remedy, commands } = finding;
  return [
    `## ${severity[0]?.toUpperCase()}${severity.slice(1)}: ${markdownText(message)}\n`,
    markdownFacts([['Nodes', summarize(nodes, mostNames)]]),
    evidence.map((words) => `> ${markdownText(words)}\n`).join('>\n'),
    remedy === '' ? '' : `**Remedy**: ${markdownText(remedy)}\n`,
    markdownCommands(commands),
  ]
    .filter(Boolean)
    .join('\n');
}
