import {
  auditRule,
  auditSeverities,
  type RuleId,
  type Severity,
} from '../../kubelet/audit-rules.ts';
import type { CisRecommendation } from '../../kubelet/cis.ts';
import type { Problem } from '../../kubelet/finding.ts';
import { groupsOf } from '../../text/groups.ts';

export interface FindingPlace {
  readonly kind: 'Node' | 'ClusterRoleBinding';
  readonly name: string;
  /** The affected part of the object: a field of the configuration, or a subject of the binding; absent for the whole object. */
  readonly part?: string;
  /** The setting, permission or answer that shows the problem. */
  readonly observation: string;
}

export interface AuditFinding extends Problem<Severity> {
  /** Id of the rule, which never changes. */
  readonly id: RuleId;
  /** Severity of the finding. `info` marks a default setting of kubelets, and never fails an audit. */
  readonly severity: Severity;
  /** Why the problem matters. */
  readonly reason: string;
  /** @minItems 1 */
  readonly places: readonly FindingPlace[];
  /** A field of KubeletConfiguration to set, or a command to run. */
  readonly remedy: string;
  /** The matching recommendation of the CIS Kubernetes Benchmark; absent if there is none. */
  readonly cis?: CisRecommendation;
}

/** Joins findings that differ only in `places`. Sorts them by severity, then by id. */
export function groupFindings(found: readonly AuditFinding[]): readonly AuditFinding[] {
  return groupsOf(found, ({ id, severity, message, remedy }) =>
    JSON.stringify([id, severity, message, remedy]),
  )
    .map((group) => ({ ...group[0], places: group.flatMap(({ places }) => places) }))
    .sort(
      (a, b) =>
        auditSeverities.indexOf(a.severity) - auditSeverities.indexOf(b.severity) ||
        (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
}

export interface Ignored {
  readonly rule: RuleId;
  /** Subject, node or binding for which the rule is ignored. If absent, the rule is ignored everywhere. */
  readonly scope?: string | undefined;
}

export interface AcceptedFinding extends Ignored {
  /** Names of the affected nodes or bindings, or of their affected parts. */
  readonly placeNames: readonly string[];
}

export function withoutIgnored(all: readonly AuditFinding[], ignored: readonly Ignored[]) {
  const accepted = new Map<Ignored, string[]>();
  const findings = all.flatMap((finding) => {
    const places = finding.places.filter(({ name, part }) => {
      const match = ignored.find(
        ({ rule, scope: where }) =>
          rule === finding.id && (where === undefined || where === name || where === part),
      );
      if (match) accepted.set(match, [...(accepted.get(match) ?? []), part ?? name]);
      return !match;
    });
    return places.length === 0 ? [] : [{ ...finding, places }];
  });
  return {
    findings,
    accepted: [...accepted].map(
      ([each, places]): AcceptedFinding => ({ ...each, placeNames: places }),
    ),
  };
}

/** Returns the first of these findings about one problem whose rule is selected. */
export function firstSelected(
  found: readonly AuditFinding[],
  rules: ReadonlySet<RuleId>,
): readonly AuditFinding[] {
  return found.filter(({ id }) => rules.has(id)).slice(0, 1);
}

/** @param own fields that replace texts and severity of the rule */
export function violation(
  id: RuleId,
  place: FindingPlace,
  own: Partial<Problem<Severity>> = {},
): AuditFinding {
  const { severity, title: message, reason: why, remedy, cis } = auditRule(id);
  return {
    id,
    severity,
    message,
    reason: why,
    places: [place],
    remedy,
    ...(cis && { cis }),
    ...own,
  };
}

export function violationOn(
  node: string,
  id: RuleId,
  evidence: string,
  own?: Parameters<typeof violation>[2],
): AuditFinding {
  return violation(id, { kind: 'Node', name: node, observation: evidence }, own);
}
