import { checkServer } from '../../../kubelet/causes/hop.ts';
import type { Facts } from '../facts.ts';
import type { AccessReport } from './access.ts';
import { accessFindings, expiryFindings } from './access-findings.ts';
import { callerFindings } from './caller-findings.ts';
import { type Finding, finding, severities } from './finding.ts';
import { gateFindings } from './gate-findings.ts';
import { nodeFindings } from './node-findings.ts';
import type { PairReport } from './pair-state.ts';
import { isRefused } from './probe.ts';
import { streamFindings } from './stream-findings.ts';

/** Worst first; of the same severity, first what concerns every node. */
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
    ...gateFindings(facts),
    ...nodeFindings(facts),
    ...streamFindings(facts),
    ...uncheckedFindings(facts),
  ];
  return found.sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}

function identityFindings({
  client,
  nodes,
  selector,
  unchecked,
  apiServerDown,
}: Facts): readonly Finding[] {
  if (apiServerDown !== undefined)
    return [finding('unknown', 'error', apiServerDown, { commands: [checkServer] })];
  if (nodes.length === 0 && unchecked.every(({ needs }) => needs !== 'list nodes'))
    return [
      finding(
        'no node',
        'error',
        selector === '' ? 'the cluster has no nodes' : `no node matches selector "${selector}"`,
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

function uncheckedFindings({ unchecked, interrupted }: Facts): readonly Finding[] {
  return [
    ...unchecked.map(({ check, unknown, needs }) =>
      finding(
        'not checked',
        'warning',
        `cannot check ${check}: ${needs === undefined ? unknown : `you lack permission to ${needs}`}`,
      ),
    ),
    ...(interrupted
      ? [finding('interrupted', 'warning', 'interrupted before all checks completed')]
      : []),
  ];
}
