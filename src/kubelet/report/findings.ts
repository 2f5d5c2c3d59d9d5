import type { AccessReport } from './access.ts';
import { accessFindings, expiryFindings } from './access-findings.ts';
import { callerFindings } from './caller-findings.ts';
import type { Facts } from './facts.ts';
import { type Finding, finding, severities } from './finding.ts';
import { nodeFindings } from './node-findings.ts';
import type { PairReport } from './pair.ts';

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
    return [
      finding('unknown', 'error', `the API server cannot be reached: ${apiServerDown}`, {
        commands: ['kubectl cluster-info'],
      }),
    ];
  if (nodes.length === 0 && unseen.every(({ right }) => right !== 'list nodes'))
    return [
      finding(
        'no node',
        'error',
        selector === '' ? 'the cluster has no node to ask' : `no node has the labels ${selector}`,
      ),
    ];
  if ('unknown' in client && client.unknown !== '')
    return [finding('identity unknown', 'error', client.unknown, { evidence: client.details })];
  return [];
}

function unseenFindings({ unseen, interrupted }: Facts): readonly Finding[] {
  return [
    ...unseen.map(({ what, right }) =>
      finding('not looked at', 'warning', `${what} could not be looked at: you lack ${right}`),
    ),
    ...(interrupted
      ? [finding('interrupted', 'warning', 'interrupted before every node was asked')]
      : []),
  ];
}
