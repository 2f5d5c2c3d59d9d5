import type { Cause } from '../../../kubelet/cause.ts';
import type { PolicyRule } from '../../../objects.ts';

/** What is wrong, what shows it, and what to run. */
export interface Finding {
  readonly cause: Cause | RightCause;
  readonly severity: (typeof severities)[number];
  /** The nodes that it concerns; empty if it is not of some nodes alone. */
  readonly nodes: readonly string[];
  /** One sentence. */
  readonly message: string;
  /** Servers' own words, and objects that come close. */
  readonly evidence: readonly string[];
  /** What would have to be allowed; only where a rule helps. */
  readonly missingRule?: PolicyRule;
  /** What mends it where no command does, as one sentence; may be empty. */
  readonly remedy: string;
  /** To be pasted, unless they hold a word in capitals. */
  readonly commands: readonly string[];
}

/** What can be wrong with rights, rather than with a node. */
export const rightCauses = [
  'identity unknown',
  'access missing',
  'access cached',
  'access expired',
  'access by another way',
  'caller forbidden',
  'caller forbidden by kubelets',
  'authorization off',
  'certificate expires soon',
  'node not ready',
  'not looked at',
  'no node',
  'interrupted',
] as const;

export type RightCause = (typeof rightCauses)[number];

export const severities = ['error', 'warning', 'note'] as const;

/** A finding, of which all but its sentence may be left out. */
export function finding(
  cause: Finding['cause'],
  severity: Finding['severity'],
  message: string,
  rest: Partial<Pick<Finding, 'nodes' | 'evidence' | 'missingRule' | 'remedy' | 'commands'>> = {},
): Finding {
  return {
    ...{ cause, severity, nodes: [], message, evidence: [], remedy: '', commands: [] },
    ...rest,
  };
}
