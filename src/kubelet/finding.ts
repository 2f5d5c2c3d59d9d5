import type { PolicyRule } from '../objects.ts';
import type { ResourceRule } from './missing-permission.ts';

export const severities = ['error', 'warning', 'note'] as const;

export interface Problem<Severity extends string> {
  readonly severity: Severity;
  /** The problem, in one sentence. */
  readonly message: string;
  /** The remedy in one sentence; may be empty, for example if the commands are the remedy. */
  readonly remedy: string;
}

/** A problem of nodes, or of access to them. */
export interface Finding<Cause extends string = string, Rule extends PolicyRule = ResourceRule>
  extends Problem<(typeof severities)[number]> {
  readonly cause: Cause;
  /**
   * `error`: the finding decides the verdict. `warning`: the finding may decide the verdict. `note`: the finding concerns only
   * direct requests, or explains something.
   */
  readonly severity: (typeof severities)[number];
  /** Names of the nodes that the finding concerns; empty if it concerns no particular node. */
  readonly nodeNames: readonly string[];
  /** Messages of servers, and RBAC objects that nearly grant the permission. */
  readonly evidence: readonly string[];
  /** The rule of a ClusterRole that would fix the problem; absent if no rule helps. */
  readonly missingRule?: Rule;
  /** Commands to copy and paste; words in capitals are placeholders. */
  readonly commands: readonly string[];
}

export type FindingRest<Rule extends PolicyRule = ResourceRule> = Partial<
  Omit<Finding<string, Rule>, 'cause' | 'severity' | 'message'>
>;

export function finding<Cause extends string, Rule extends PolicyRule = ResourceRule>(
  cause: Cause,
  severity: Finding['severity'],
  message: string,
  rest: FindingRest<Rule> = {},
): Finding<Cause, Rule> {
  return {
    ...{ cause, severity, nodeNames: [], message, evidence: [], remedy: '', commands: [] },
    ...rest,
  };
}
