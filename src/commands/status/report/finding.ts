import { type Cause, describeCause } from '../../../kubelet/causes/causes.ts';
import { type HopName, statusCommand } from '../../../kubelet/causes/hop.ts';
import type { ResourceRule } from '../../../kubelet/missing-permission.ts';
import type { NodeFacts } from '../facts.ts';
import { isFailed, type Probe } from '../probe.ts';

/** A problem, its evidence, and what to run. */
export interface Finding {
  readonly cause: Cause | PermissionCause;
  /** error: it counts for the verdict. warning: it may. note: it concerns the direct path only, or explains. */
  readonly severity: (typeof severities)[number];
  /** The nodes that it concerns; empty if it concerns no node in particular. */
  readonly nodes: readonly string[];
  /** One sentence. */
  readonly message: string;
  /** Servers' own words, and objects that come close. */
  readonly evidence: readonly string[];
  /** The rule of a ClusterRole that would allow it; only where a rule helps. */
  readonly missingRule?: ResourceRule;
  /** The remedy as one sentence, if no command does it; may be empty. */
  readonly remedy: string;
  /** To be pasted, unless they hold a word in capitals. */
  readonly commands: readonly string[];
}

/** Causes that lie in permissions or in the check itself rather than in a node. */
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

export const severities = ['error', 'warning', 'note'] as const;

export type FindingRest = Partial<Omit<Finding, 'cause' | 'severity' | 'message'>>;

/** A finding with defaults for missing fields. */
export function finding(
  cause: Finding['cause'],
  severity: Finding['severity'],
  message: string,
  rest: FindingRest = {},
): Finding {
  return {
    ...{ cause, severity, nodes: [], message, evidence: [], remedy: '', commands: [] },
    ...rest,
  };
}

export function namesOf(nodes: readonly NodeFacts[]): readonly string[] {
  return nodes.map(({ node }) => node.metadata.name);
}

/** The words of a cause, as `curl` and `explain` print them, without commands that this report answers itself. */
export function describeFinding(...cause: Parameters<typeof describeCause>) {
  const { sentence, missingRule, remedy, hints } = describeCause(...cause);
  const isAnswered = (hint: string) =>
    hint === statusCommand || hint.startsWith('openssl s_client');
  const commands = hints.filter((hint) => !isAnswered(hint));
  return { sentence, rest: { ...(missingRule && { missingRule }), remedy, commands } };
}

/** The remedy for a kubelet's denial. */
export function fixForDenial(probes: readonly Probe[], hop: HopName): FindingRest {
  const denial = probes.find(isFailed)?.denial;
  return denial ? describeFinding({ cause: 'forbidden' }, { hop, denial }).rest : {};
}

/** The answer of the API server, its own or one that it passed on. */
export function wordsOf({ viaApiServer }: NodeFacts): readonly string[] {
  return viaApiServer.result === 'failed' ? [viaApiServer.message] : [];
}
