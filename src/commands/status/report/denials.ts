import { describeCause } from '../../../kubelet/causes/causes.ts';
import type { HopName } from '../../../kubelet/causes/hop.ts';
import type { NodeFacts, Probe } from '../facts.ts';
import type { Finding } from './finding.ts';
import { isFailed } from './probe.ts';

export function namesOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ node }) => node.metadata.name);
}

/** The remedy for a kubelet's denial, as `curl` and `explain` print it. */
export function fixForDenial(
  probes: readonly Probe[],
  hop: HopName,
): Pick<Finding, 'missingRule' | 'remedy' | 'commands'> {
  const denial = probes.find(isFailed)?.denial;
  if (!denial) return { remedy: '', commands: [] };
  const { missingRule, remedy, hints } = describeCause({ cause: 'forbidden' }, { hop, denial });
  return { ...(missingRule && { missingRule }), remedy, commands: hints };
}

/** The answer of the API server, its own or one that it passed on. */
export function wordsOf({ viaApiServer }: NodeFacts): readonly string[] {
  return viaApiServer.result === 'failed' ? [viaApiServer.words] : [];
}
