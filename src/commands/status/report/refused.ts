import type { Right } from '../../../kubelet/missing-right.ts';
import type { KubeletRefusal } from '../../../kubelet/refusal.ts';
import type { Facts, NodeFacts, Probe } from '../facts.ts';
import type { Finding } from './finding.ts';
import { isFailed } from './probe.ts';

export function namesOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ node }) => node.metadata?.name ?? '');
}

/** The nodes where something holds. */
export function where({ nodes }: Facts, holds: (node: NodeFacts) => boolean): readonly string[] {
  return namesOf(nodes.filter(holds));
}

/** The rule that is missing, and the commands that give it. */
export function rightFor(
  probes: readonly Probe[],
  look: (refusal: KubeletRefusal) => Right,
): Pick<Finding, 'missingRule' | 'commands'> {
  const refusal = probes.find(isFailed)?.refusal;
  if (!refusal) return { commands: [] };
  const { missingRule, commands } = look(refusal);
  return { ...(missingRule && { missingRule }), commands };
}

/** What the API server handed on, or said itself. */
export function wordsOf({ viaApiServer }: NodeFacts): readonly string[] {
  return viaApiServer.result === 'failed' ? [viaApiServer.words] : [];
}
