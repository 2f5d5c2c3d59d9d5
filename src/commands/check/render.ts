import type { OutputFormat } from '../../cli/output.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import type { Paint, Tone } from '../../text/color.ts';
import { groupsOf } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { renderTable } from '../../text/table.ts';
import { renderFinding } from '../shared/findings/render-finding.ts';
import { isUnverified } from './facts.ts';
import type { AgentReport, AgentRequest } from './report.ts';

export const agentFormats = ['table', 'wide', 'json', 'yaml'] as const;

export function renderAgentReport(
  report: AgentReport,
  format: OutputFormat<(typeof agentFormats)[number]>,
  paint: Paint,
): string {
  if (typeof format === 'function') return format(report);
  if (format === 'json') return renderJson([report]);
  return format === 'yaml' ? renderYaml([report]) : renderText(report, format === 'wide', paint);
}

function renderText(report: AgentReport, wide: boolean, paint: Paint): string {
  const { agent, namespace, serviceAccount, agentPods: pods, requests, findings, verdict } = report;
  const ready = pods.filter((pod) => pod.available).length;
  const nodes = new Set(requests.map(({ node }) => node));
  const sections = [
    renderTable(
      ['AGENT', 'SERVICE ACCOUNT', 'PODS READY', 'VERDICT'],
      [
        [
          agent,
          serviceAccount === undefined
            ? '<none>'
            : `${oneLine(namespace ?? '')}/${oneLine(serviceAccount)}`,
          `${ready} of ${pods.length}`,
          [`${verdict}${onSome(report)}`, tones[verdict]],
        ],
      ],
      paint,
    ),
    requests.length === 0 ? '' : requestTable(requests, paint),
    findings.map((each) => renderFinding(each, nodes.size, wide, paint)).join(''),
  ];
  return sections.filter(Boolean).join('\n');
}

/** Returns a text such as ` (2 of 5 nodes)` if some nodes have no failure; otherwise an empty text. */
function onSome({ verdict, requests }: AgentReport): string {
  if (verdict !== 'denied' && verdict !== 'unreachable') return '';
  const nodes = new Set(requests.map(({ node }) => node));
  // An access review does not show whether an unverified kubelet would answer.
  const isFine = ({ result, cause }: AgentRequest) =>
    result === 'ok' || (result === 'allowed' && !isUnverified(cause));
  const bad = new Set(requests.filter((each) => !isFine(each)).map(({ node }) => node));
  return bad.size < nodes.size ? ` (${bad.size} of ${nodes.size} nodes)` : '';
}

function requestTable(requests: readonly AgentRequest[], paint: Paint): string {
  const groups = groupsOf(requests, ({ method, path, via, result, cause }) =>
    JSON.stringify([method, path, via, result, cause]),
  );
  return renderTable(
    ['REQUEST', 'VIA', 'NODES', 'RESULT'],
    groups.map((group) => {
      const [{ method, path, via, result, cause }] = group;
      const isReviewed = result === 'allowed' || (result === 'denied' && isUnverified(cause));
      const words = isReviewed
        ? `${result} by RBAC (${cause})`
        : result === 'failed'
          ? (cause ?? result)
          : result;
      const nodes = summarize(group, 3, ({ node }) => oneLine(node));
      return [`${method} ${path}`, via, nodes, [words, tones[result]] as const];
    }),
    paint,
  );
}

const tones: Readonly<Record<AgentReport['verdict'] | AgentRequest['result'], Tone>> = {
  ...{ ok: 'good', allowed: 'good', denied: 'bad', failed: 'bad' },
  ...{ 'not-running': 'bad', 'not-ready': 'bad', unreachable: 'bad', unknown: 'warning' },
};
