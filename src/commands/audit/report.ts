import { exitCodes } from '../../errors.ts';
import { foundIn, isFound, type Known } from '../../known.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { isAtLeast, type RuleId, type Severity } from '../../kubelet/audit-rules.ts';
import { daysLeft, type ReportedCertificate } from '../../kubelet/certificate.ts';
import { securitySettings } from '../../kubelet/configz.ts';
import type { Strength } from '../../kubelet/endpoints.ts';
import {
  formatPermissions,
  type KubeletPermission,
  type Reach,
  whoReaches,
} from '../../kubelet/reach.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { checkAccess } from './check-access.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkDifferences } from './check-differences.ts';
import { checkReachers } from './check-reach.ts';
import { checkSettings } from './check-settings.ts';
import type { AuditFacts, NodeAuditFacts } from './facts.ts';
import {
  type AcceptedFinding,
  type AuditFinding,
  groupFindings,
  type Ignored,
  withoutIgnored,
} from './finding.ts';

export interface AuditedNode {
  readonly name: string;
  /** The version of its kubelet; empty if unknown. */
  readonly version: string;
  /** HOST:PORT of its kubelet; empty if it has no usable address. */
  readonly address: string;
  /** The path by which its configuration was read; null if it was not. */
  readonly configuration: 'direct' | 'apiserver' | null;
  /** Null if none was seen. */
  readonly certificate: AuditedCertificate | null;
}

/** @public */
export interface AuditedCertificate extends ReportedCertificate {
  /** Null if there was nothing to verify it with. */
  readonly verified: boolean | null;
}

/** @public */
export interface AuditedSubject {
  /**
   * `user:jane`, `group:devs`, `serviceaccount:monitoring:agent`
   * @pattern ^(user|group|serviceaccount):
   */
  readonly subject: string;
  readonly strength: Strength;
  /** Whether it allows running commands in every container. */
  readonly exec: boolean;
  /**
   * The bindings that give it, the strongest first.
   * @minItems 1
   */
  readonly by: readonly {
    readonly clusterRoleBinding: string;
    readonly clusterRole: string;
    readonly strength: Strength;
    /**
     * All permissions on kubelets that it gives, the strongest first.
     * @minItems 1
     */
    readonly permissions: readonly KubeletPermission[];
    /** The strongest of them, as text. */
    readonly gives: string;
  }[];
}

/** A check that could not be completed. */
export interface NotChecked {
  readonly what: Fact;
  /** Empty where it concerns no node in particular. */
  readonly nodes: readonly string[];
  /** In the words of the server or the failure; of several nodes, of the first. */
  readonly message: string;
  /** The missing permission, `needs: list nodes`; absent where that is not the reason. */
  readonly hint?: string;
}

/** The report of `audit`: unsafe settings of kubelets, and who can reach them. */
export interface AuditReport {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletAuditReport';
  /** The URL of the API server. */
  readonly server: string;
  /**
   * When the checks were completed.
   * @format date-time
   */
  readonly time: string;
  /** The nodes that were checked, in the order of the API server. */
  readonly nodes: readonly AuditedNode[];
  /**
   * Who can reach kubelets by RBAC, the strongest first; null if roles and bindings could not be read. Group system:masters,
   * which the API server allows everything, is left out.
   */
  readonly reach: readonly AuditedSubject[] | null;
  /** Worst first. */
  readonly findings: readonly AuditFinding[];
  /** Findings that --ignore takes out. */
  readonly accepted: readonly AcceptedFinding[];
  /** Checks that could not be completed; these do not count as ok. */
  readonly notChecked: readonly NotChecked[];
}

/** @param rules the rules to check; undefined for all */
export function auditReport(
  facts: AuditFacts,
  ignored: readonly Ignored[] = [],
  rules?: ReadonlySet<RuleId>,
): AuditReport {
  const nodes = foundIn(facts.nodes) ?? [];
  const rbac = foundIn(facts.rbac);
  const reach = rbac && whoReaches(rbac.roles, rbac.bindings);
  const found = [
    ...nodes.flatMap((node) => [
      ...checkAccess(node, reach),
      ...checkSettings(node),
      ...checkCertificates(node, facts.now, facts.warnDays),
    ]),
    ...checkDifferences(nodes),
    ...(reach ? checkReachers(reach, rbac, facts.running) : []),
  ];
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletAuditReport',
    server: facts.server,
    time: new Date(facts.now).toISOString(),
    nodes: nodes.map((node) => auditedNode(node, facts.now)),
    reach: isNeeded('who can reach kubelets', rules) ? (reach?.map(auditedSubject) ?? null) : null,
    ...withoutIgnored(groupFindings(found.filter(({ id }) => rules?.has(id) ?? true)), ignored),
    notChecked: notChecked(facts).filter(({ what }) => isNeeded(what, rules)),
  };
}

/** A finding as severe as `failOn` counts more than a check that could not be completed. */
export function auditExitCode(report: AuditReport, failOn: Severity | undefined): number {
  if (failOn !== undefined && report.findings.some(({ severity }) => isAtLeast(severity, failOn)))
    return exitCodes.unmet;
  return report.notChecked.length > 0 ? exitCodes.error : exitCodes.ok;
}

function auditedNode(node: NodeAuditFacts, now: number): AuditedNode {
  const { name, version, address, configuration, certificate, distrust } = node;
  return {
    name,
    version,
    address: address ? formatHostPort(address) : '',
    configuration: foundIn(configuration)?.via ?? null,
    certificate: isFound(certificate)
      ? {
          ...certificate.found,
          daysLeft: daysLeft(certificate.found, now),
          verified: isFound(distrust) ? distrust.found === 'none' : null,
        }
      : null,
  };
}

function auditedSubject({ subject, strength, by }: Reach): AuditedSubject {
  return {
    subject: formatSubject(subject),
    strength,
    exec: strength === 'exec',
    by: by.map(({ binding, role, permissions, strength: given }) => ({
      clusterRoleBinding: binding,
      clusterRole: role,
      strength: given,
      permissions,
      gives: formatPermissions(permissions.filter((permission) => permission.strength === given)),
    })),
  };
}

/** The rules that a fact is for. Only an answer to a request without a credential tells KA001. */
const rulesOfFacts = {
  'who can reach kubelets': /^KA4/,
  configuration: /^KA(?:00[2-9]|1|201|20[567]|301|302)/,
  'anonymous access': /^KA00[12]/,
  'read-only port': /^KA004/,
  'serving certificate': /^KA20[234]/,
  'trust in the serving certificate': /^KA20[34]/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** A fact that an audit reads; without nodes, no rule can be checked. */
type Fact = keyof typeof rulesOfFacts | 'nodes' | 'all nodes';

/** Whether a fact matters for one of the rules. */
function isNeeded(fact: Fact, rules: ReadonlySet<RuleId> | undefined): boolean {
  if (!rules || fact === 'nodes' || fact === 'all nodes') return true;
  return [...rules].some((rule) => rulesOfFacts[fact].test(rule));
}

function notChecked({ nodes, leftOut, rbac }: AuditFacts): readonly NotChecked[] {
  const missing = new Map<string, NotChecked & { nodes: string[] }>();
  const note = (what: Fact, known: Known<unknown>, node?: string) => {
    if (isFound(known)) return;
    const { unknown: message, needs } = known;
    // A denial names its node: of many nodes one will do.
    const key = JSON.stringify([what, needs ?? message]);
    const hint = needs !== undefined && { hint: `needs: ${needs}` };
    const entry = missing.get(key) ?? { what, nodes: [], message, ...hint };
    if (node !== undefined) entry.nodes.push(node);
    missing.set(key, entry);
  };
  note('nodes', nodes);
  if (leftOut) note('all nodes', leftOut);
  note('who can reach kubelets', rbac);
  for (const node of foundIn(nodes) ?? []) {
    const { name, anonymous, readOnly, certificate, distrust, configuration } = node;
    note('configuration', configuration, name);
    const settings = isFound(configuration) && securitySettings(configuration.found.value);
    // The configuration is more reliable than probes from here, but does not show the permissions of anonymous requests.
    if (!settings || settings.anonymous) note('anonymous access', anonymous, name);
    if (!settings) note('read-only port', readOnly, name);
    note('serving certificate', certificate, name);
    if (isFound(certificate)) note('trust in the serving certificate', distrust, name);
  }
  return [...missing.values()];
}
