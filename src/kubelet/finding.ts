import type { ResourceRule } from './missing-permission.ts';

export const severities = ['error', 'warning', 'note'] as const;

/** A problem, its evidence, and what to run. */
export interface Finding<Cause extends string = string> {
  readonly cause: Cause;
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

/** Optional fields of a finding. */
export type FindingRest = Partial<Omit<Finding, 'cause' | 'severity' | 'message'>>;

/** Returns a finding with defaults for missing fields. */
export function finding<Cause extends string>(
  cause: Cause,
  severity: Finding['severity'],
  message: string,
  rest: FindingRest = {},
): Finding<Cause> {
  return {
    ...{ cause, severity, nodes: [], message, evidence: [], remedy: '', commands: [] },
    ...rest,
  };
}
