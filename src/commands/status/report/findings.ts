import type { Facts } from '../facts.ts';
import type { AccessReport } from './access.ts';
import { accessFindings, expiryFindings } from './access-findings.ts';
import { callerFindings } from './caller-findings.ts';
import { type Finding, finding, severities } from './finding.ts';
import { nodeFindings } from './node-findings.ts';
import type { PairReport } from './pair-state.ts';
import { isRefused } from './probe.ts';

/** Worst first: what concerns every node, then what concerns most of them. */
export function findingsOf(
  facts: Facts,
  pair: PairReport,
  access: readonly AccessReport[],
): readonly Finding[] {
  const found = [
    ...identityFindings(facts),
    ...accessFindings(facts, pair, access),
    ...expiryFindings(pair),
    ...callerFindings(facts),
    ...nodeFindings(facts),
    ...unseenFindings(facts),
  ];
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function identityFindings({
  client,
  nodes,
  selector,
  unseen,
  apiServerDown,
}: Facts): readonly Finding[] {
  if (apiServerDown !== undefined)
    return [finding('unknown', 'error', apiServerDown, { commands: ['kubectl cluster-info'] })];
  if (nodes.length === 0 && unseen.every(({ right }) => right !== 'list nodes'))
    return [
      finding(
        'no node',
        'error',
        selector === '' ? 'the cluster has no node to ask' : `no node has the labels ${selector}`,
      ),
    ];
  if ('unknown' in client && client.unknown !== '')
    return [
      finding(
        'identity unknown',
        nodes.some(({ viaApiServer }) => isRefused(viaApiServer, 'kubelet')) ? 'error' : 'warning',
        client.unknown,
        { evidence: client.details },
      ),
    ];
  return [];
}

function unseenFindings({ unseen, interrupted }: Facts): readonly Finding[] {
  return [
    ...unseen.map(({ what, right, words }) =>
      finding(
        'not looked at',
        'warning',
        `${what} could not be looked at: ${right === undefined ? words : `you lack ${right}`}`,
      ),
    ),
    ...(interrupted
      ? [finding('interrupted', 'warning', 'interrupted before everything was looked at')]
      : []),
  ];
}
