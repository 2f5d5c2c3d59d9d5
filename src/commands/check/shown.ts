import { oneLine } from '../../kubelet/authorization-result.ts';
import type { Tone } from '../../text/color.ts';
import { groupsOf } from '../../text/groups.ts';
import { summarize } from '../../text/list.ts';
import type { Part, Scope, Shown } from '../../text/shown.ts';
import { shownFinding } from '../shared/findings/shown-finding.ts';
import { isUnverified } from './facts.ts';
import type { AgentReport, AgentRequest } from './report.ts';

export function shownCheck(report: AgentReport, scope: Scope): Shown {
  const { server, time, requests, findings } = report;
  const nodes = new Set(requests.map(({ node }) => node));
  return {
    title: 'Requests of an agent to kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. An agent, such as metrics-server or Prometheus, asks kubelets for metrics: without access, it reports nothing.',
    facts: [
      { label: 'cluster', text: server },
      { label: 'date', text: time },
    ],
    sections: [
      [agentTable(report)],
      [requestTable(requests)],
      [{ findings: findings.map((each) => shownFinding(each, nodes.size, scope)) }],
    ],
  };
}

function agentTable(report: AgentReport): Part {
  const { agent, namespace, serviceAccount, agentPods, verdict } = report;
  const ready = agentPods.filter(({ available }) => available).length;
  const account =
    serviceAccount === undefined
      ? '<none>'
      : `${oneLine(namespace ?? '')}/${oneLine(serviceAccount)}`;
  return {
    heads: ['AGENT', 'SERVICE ACCOUNT', 'PODS READY', 'VERDICT'],
    rows: [
      [
        ...[agent, account, `${ready} of ${agentPods.length}`],
        [`${verdict}${onSome(report)}`, tones[verdict]],
      ],
    ],
  };
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

function requestTable(requests: readonly AgentRequest[]): Part {
  const groups = groupsOf(requests, ({ method, path, via, result, cause }) =>
    JSON.stringify([method, path, via, result, cause]),
  );
  return {
    heads: ['REQUEST', 'VIA', 'NODES', 'RESULT'],
    rows: groups.map((group) => {
      const [{ method, path, via, result, cause }] = group;
      const isReviewed = result === 'allowed' || (result === 'denied' && isUnverified(cause));
      const words = isReviewed
        ? `${result} by RBAC (${cause})`
        : result === 'failed'
          ? (cause ?? result)
          : result;
      const nodes = summarize(group, 3, ({ node }) => oneLine(node));
      return [`${method} ${path}`, via, nodes, [words, tones[result]]];
    }),
  };
}

const tones: Readonly<Record<AgentReport['verdict'] | AgentRequest['result'], Tone>> = {
  ...{ ok: 'good', allowed: 'good', denied: 'bad', failed: 'bad' },
  ...{ 'not-running': 'bad', 'not-ready': 'bad', unreachable: 'bad', unknown: 'warning' },
};
