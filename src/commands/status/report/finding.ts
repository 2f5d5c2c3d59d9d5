import type { Cause } from '../../../kubelet/causes/causes.ts';
import type { ResourceRule } from '../../../kubelet/missing-permission.ts';

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
  'certificate expires soon',
  'node not ready',
  'not checked',
  'no node',
  'interrupted',
] as const;

/** @public */
export type PermissionCause = (typeof permissionCauses)[number];

export const severities = ['error', 'warning', 'note'] as const;

/** A finding with defaults for missing fields. */
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
