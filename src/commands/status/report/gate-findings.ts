import { minorOf } from '../../../kubelet/authorization.ts';
import { kubeletEndpoints } from '../../../kubelet/endpoints.ts';
import { gateOffWords, gateRemedy, showsGateOff } from '../../../kubelet/finer-permissions.ts';
import type { Facts, NodeFacts } from '../facts.ts';
import { nodesWhere } from './denials.ts';
import { type Finding, finding } from './finding.ts';
import { isFailed } from './probe.ts';

/** What the direct probe asks for. */
const asked = { method: 'GET', path: kubeletEndpoints.healthz.probe } as const;

/** Kubelets that ask for nodes/proxy alone where others of their version ask for less, as their denials show. */
export function gateFindings(facts: Facts): readonly Finding[] {
  const nodes = nodesWhere(facts, isGateOff);
  if (nodes.length === 0) return [];
  return [finding('finer permissions off', 'note', gateOffWords, { nodes, remedy: gateRemedy })];
}

/** Whether its denial is for a feature gate: a rule for what it asked for is not what helps. */
export function isGateOff({ node: { status }, direct }: NodeFacts): boolean {
  const minor = minorOf(status?.nodeInfo?.kubeletVersion);
  return isFailed(direct) && direct.by === 'kubelet' && showsGateOff(direct.words, asked, minor);
}
