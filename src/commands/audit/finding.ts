import { auditRule, type RuleId, type Severity, severities } from '../../kubelet/audit-rules.ts';
import type { CisRecommendation } from '../../kubelet/cis.ts';
import { groupsOf } from '../../text/groups.ts';

/** An object with a problem, and the evidence. */
export interface FindingPlace {
  readonly kind: 'Node' | 'ClusterRoleBinding';
  readonly name: string;
  /** The part of it, where there may be several: a field of the configuration, a subject of the binding. */
  readonly part?: string;
  /** The setting or permission that was found there. */
  readonly evidence: string;
}

/** A problem of one or several objects. */
export interface AuditFinding {
  /** The id of the rule. It is stable. */
  readonly id: RuleId;
  /** info never fails an audit: it is a default of kubelets. */
  readonly severity: Severity;
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** @minItems 1 */
  readonly places: readonly FindingPlace[];
  /** A field of KubeletConfiguration, or a command. */
  readonly remedy: string;
  /** The recommendation of the CIS Kubernetes Benchmark that asks for the same; absent where none does. */
  readonly cis?: CisRecommendation;
}

/** Joins findings of one rule that have the same remedy. Most severe first, then by id. */
export function groupFindings(found: readonly AuditFinding[]): readonly AuditFinding[] {
  return groupsOf(found, ({ id, severity, title, remedy }) =>
    JSON.stringify([id, severity, title, remedy]),
  )
    .map((group) => ({ ...group[0], places: group.flatMap(({ places }) => places) }))
    .sort(
      (a, b) =>
        severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
        (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    );
}

/** A rule whose findings are left out, everywhere or in one place. */
export interface Ignored {
  readonly rule: RuleId;
  /** A subject, a node or a binding; absent for every place. */
  readonly where?: string | undefined;
}

/** A finding in a place that is accepted. */
export interface AcceptedFinding extends Ignored {
  /** The places, as findings name them. */
  readonly places: readonly string[];
}

/** Separates findings from those that are ignored. */
export function withoutIgnored(all: readonly AuditFinding[], ignored: readonly Ignored[]) {
  const accepted = new Map<Ignored, string[]>();
  const findings = all.flatMap((finding) => {
    const places = finding.places.filter(({ name, part }) => {
      const match = ignored.find(
        ({ rule, where }) =>
          rule === finding.id && (where === undefined || where === name || where === part),
      );
      if (match) accepted.set(match, [...(accepted.get(match) ?? []), part ?? name]);
      return !match;
    });
    return places.length === 0 ? [] : [{ ...finding, places }];
  });
  return {
    findings,
    accepted: [...accepted].map(([each, places]): AcceptedFinding => ({ ...each, places })),
  };
}

/** A violation of a rule at one place. Fields of `own` replace those of the rule. */
export function violation(
  id: RuleId,
  place: FindingPlace,
  own: Partial<Pick<AuditFinding, 'severity' | 'title' | 'remedy'>> = {},
): AuditFinding {
  const { severity, title, why, remedy, cis } = { ...auditRule(id), ...own };
  return { id, severity, title, why, places: [place], remedy, ...(cis && { cis }) };
}

export function violationOn(
  node: string,
  id: RuleId,
  evidence: string,
  own?: Parameters<typeof violation>[2],
): AuditFinding {
  return violation(id, { kind: 'Node', name: node, evidence }, own);
}
