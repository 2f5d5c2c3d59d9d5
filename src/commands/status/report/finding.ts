import { type Cause, describeCause } from '../../../kubelet/causes/causes.ts';
import { type HopName, statusCommand } from '../../../kubelet/causes/hop.ts';
import type { FindingRest, Finding as GeneralFinding } from '../../../kubelet/finding.ts';
import type { NodeFacts } from '../facts.ts';
import { isFailed, type Probe } from '../probe.ts';

/** Causes of findings about permissions, agents and the check itself. */
export const permissionCauses = [
  'identity unknown',
  'access missing',
  'access cached',
  'access expired',
  'access by another way',
  'caller forbidden',
  'caller forbidden by kubelets',
  'authorization off',
  'finer permissions off',
  'agent not running',
  'agent not ready',
  'address types',
  'certificate expires soon',
  'node not ready',
  'not checked',
  'no node',
  'interrupted',
] as const;

/** @public */
export type PermissionCause = (typeof permissionCauses)[number];

export type Finding = GeneralFinding<Cause | PermissionCause>;

export function namesOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ node }) => node.metadata.name);
}

/** Describes a cause as `curl` and `explain` do. Omits commands whose results status already shows. */
export function describeFinding(...cause: Parameters<typeof describeCause>) {
  const { sentence, missingRule, remedy, hints } = describeCause(...cause);
  const isAnswered = (hint: string) =>
    hint === statusCommand || hint.startsWith('openssl s_client');
  const commands = hints.filter((hint) => !isAnswered(hint));
  return { sentence, rest: { ...(missingRule && { missingRule }), remedy, commands } };
}

export function fixForDenial(probes: readonly Probe[], hop: HopName): FindingRest {
  const denial = probes.find(isFailed)?.denial;
  return denial ? describeFinding({ cause: 'forbidden' }, { hop, denial }).rest : {};
}

export function wordsOf({ viaApiServer }: NodeFacts): readonly string[] {
  return viaApiServer.result === 'failed' ? [viaApiServer.message] : [];
}
