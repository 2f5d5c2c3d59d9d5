import { severities } from '../../kubelet/audit-rules.ts';
import { formatCis } from '../../kubelet/cis.ts';
import { counted, summarize } from '../../text/list.ts';
import { markdownFacts, markdownTable, markdownText } from '../../text/markdown.ts';
import type { AuditFinding } from './finding.ts';
import { type AuditReport, reachHeads, reachRows } from './report.ts';

const mostNames = 10;

/** Renders the report for readers of a ticket, who may not know Kubernetes. */
export function renderAuditMarkdown(report: AuditReport): string {
  const { server, time, nodes, reach, findings, accepted, notChecked } = report;
  const needed = findings.filter(({ severity }) => severity !== 'info');
  const counts = severities
    .map(
      (severity) => `${findings.filter((each) => each.severity === severity).length} ${severity}`,
    )
    .join(', ');
  const left = accepted.flatMap(({ placeNames: places }) => places).length;
  return [
    '# Audit of kubelets\n',
    'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. A user with access to it can read logs and run commands in every container there. This report lists unsafe settings, certificates that fail, and users with more access than they need.\n',
    markdownFacts([
      ['Cluster', server],
      ['Date', time],
      ['Nodes', String(nodes.length)],
      ['Findings', counts],
      ['Accepted', left === 0 ? '' : counted(left, 'place')],
      ['Not checked', notChecked.length === 0 ? '' : counted(notChecked.length, 'check')],
    ]),
    ...(needed.length === 0 ? ['No finding needs action.\n'] : needed.map(sectionOf)),
    ...(reach
      ? [
          '## Who can reach kubelets\n',
          'Strength exec runs commands in every container.\n',
          markdownTable(reachHeads, reachRows(reach)),
        ]
      : []),
    ...(notChecked.length === 0
      ? []
      : [
          '## Not checked\n',
          notChecked
            .map(({ check, nodeNames: where, message, hint }) => {
              const of = where.length === 0 ? '' : ` of ${summarize(where, mostNames)}`;
              return `- ${markdownText(`${check}${of}: ${message}${hint === undefined ? '' : ` (${hint})`}`)}\n`;
            })
            .join(''),
        ]),
  ].join('\n');
}

function sectionOf({
  id,
  severity,
  message,
  reason: why,
  places,
  remedy,
  cis,
}: AuditFinding): string {
  const groups = [...Map.groupBy(places, ({ observation: evidence }) => evidence)].map(
    ([evidence, same]) => {
      const names = summarize(same, mostNames, ({ kind, name }) =>
        kind === 'Node' ? name : `ClusterRoleBinding ${name}`,
      );
      return `- ${markdownText(`${names}: ${evidence}`)}\n`;
    },
  );
  return [
    `## ${id} (${severity}): ${markdownText(message)}\n`,
    `${markdownText(why)}\n`,
    groups.join(''),
    `**Remedy**: ${markdownText(remedy)}\n`,
    ...(cis ? [`**${formatCis(cis)}**: ${markdownText(cis.title)}\n`] : []),
  ].join('\n');
}
