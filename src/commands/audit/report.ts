import { exitCodeOf, exitCodes } from '../../errors.ts';
import { foundIn, isFound, type Known } from '../../known.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { isAtLeast, type Severity, usualRules } from '../../kubelet/audit-rules.ts';
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
import { apiVersion } from '../../text/api-version.ts';
import { describeUnread } from '../../unread.ts';
import { checkAccess } from './check-access.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkDifferences } from './check-differences.ts';
import { checkReachers } from './check-reach.ts';
import { checkSettings } from './check-settings.ts';
import { checkUpgrade, upgradeFacts } from './check-upgrade.ts';
import {
  type AuditFacts,
  type Fact,
  isNeeded,
  type NodeAuditFacts,
  type SelectedRules,
} from './facts.ts';
import {
  type AcceptedFinding,
  type AuditFinding,
  groupFindings,
  type Ignored,
  withoutIgnored,
} from './finding.ts';

export interface AuditedNode {
  readonly name: string;
  /** Version of the kubelet; empty if unknown. */
  readonly version: string;
  /** HOST:PORT of the kubelet; empty if the node has no usable address. */
  readonly address: string;
  /** How the configuration of the kubelet was read: directly, or through the API server; null if it was not read. */
  readonly configuration: 'direct' | 'apiserver' | null;
  /** Serving certificate of the kubelet; null if it was not read. */
  readonly certificate: AuditedCertificate | null;
}

/** @public */
export interface AuditedCertificate extends ReportedCertificate {
  /** Whether the certificate verifies; null if verification could not be tried. */
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
  /** Whether the subject may run commands in every container. */
  readonly exec: boolean;
  /**
   * Bindings that give the subject access to kubelets, the strongest first.
   * @minItems 1
   */
  readonly bindings: readonly {
    readonly clusterRoleBinding: string;
    readonly clusterRole: string;
    readonly strength: Strength;
    /**
     * All permissions on kubelets that the binding gives, the strongest first.
     * @minItems 1
     */
    readonly permissions: readonly KubeletPermission[];
    /** The strongest of these permissions, as text. */
    readonly strongestPermission: string;
  }[];
}

export interface NotChecked {
  readonly check: Fact;
  /** Names of the nodes that were not checked; empty for a check of the whole cluster. */
  readonly nodeNames: readonly string[];
  /**
   * Why the check failed. Contains the words of the server if it answered. If the check failed for several nodes, this is the message for
   * the first node.
   */
  readonly message: string;
  /** The missing permission, such as `needs: list nodes`; absent if the check failed for another reason. */
  readonly hint?: string;
}

/** The report of `audit`: unsafe settings of kubelets, and who can reach them. */
export interface AuditReport {
  readonly apiVersion: typeof apiVersion;
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
   * Subjects that RBAC lets reach kubelets, the strongest first. Null if roles and bindings were not read, or if no selected rule needs
   * them. Leaves out the group system:masters, to which the API server allows everything.
   */
  readonly reach: readonly AuditedSubject[] | null;
  /** Findings, the most severe first. */
  readonly findings: readonly AuditFinding[];
  /** Findings that --ignore removes from `findings`. */
  readonly accepted: readonly AcceptedFinding[];
  /** Checks that could not be completed, and therefore did not pass. */
  readonly notChecked: readonly NotChecked[];
}

export function auditReport(
  facts: AuditFacts,
  ignored: readonly Ignored[] = [],
  rules: SelectedRules = usualRules,
): AuditReport {
  const nodes = foundIn(facts.nodes) ?? [];
  const rbac = foundIn(facts.rbac);
  const reach = rbac && whoReaches(rbac.roles, rbac.bindings);
  const found = [
    ...nodes.flatMap((node) => [
      ...checkAccess(node, reach, rules),
      ...checkSettings(node),
      ...checkCertificates(node, facts.now, facts.warnDays),
    ]),
    ...checkDifferences(nodes),
    ...checkUpgrade(facts),
    ...(reach ? checkReachers(reach, rbac, facts.running, rules) : []),
  ];
  return {
    apiVersion,
    kind: 'KubeletAuditReport',
    server: facts.server,
    time: new Date(facts.now).toISOString(),
    nodes: nodes.map((node) => auditedNode(node, facts.now)),
    reach: isNeeded('kubelet-access', rules) ? (reach?.map(auditedSubject) ?? null) : null,
    ...withoutIgnored(groupFindings(found.filter(({ id }) => rules.has(id))), ignored),
    notChecked: notChecked(facts).filter(({ check }) => isNeeded(check, rules)),
  };
}

/** Returns the exit code. A finding at or above `failOn` takes precedence over an incomplete check. */
export function auditExitCode(
  { nodes, reach, findings, notChecked }: AuditReport,
  failOn: Severity | undefined,
  signal?: AbortSignal,
): number {
  const isUnmet =
    failOn !== undefined && findings.some(({ severity }) => isAtLeast(severity, failOn));
  const isIncomplete = notChecked.length > 0;
  const isChecked = ({ name }: AuditedNode) =>
    !notChecked.some((each) => each.nodeNames.includes(name));
  const isRead =
    reach !== null ||
    findings.length > 0 ||
    nodes.some((node) => isReadInPart(node) || isChecked(node));
  const verdict = isIncomplete && !isRead ? exitCodes.error : undefined;
  return exitCodeOf({ signal, isUnmet, verdict, isPartial: isIncomplete });
}

/** Whether the configuration or the certificate of a node was read. */
export function isReadInPart({ configuration, certificate }: AuditedNode): boolean {
  return configuration !== null || certificate !== null;
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
    bindings: by.map(({ binding, role, permissions, strength: given }) => ({
      clusterRoleBinding: binding,
      clusterRole: role,
      strength: given,
      permissions,
      strongestPermission: formatPermissions(
        permissions.filter((permission) => permission.strength === given),
      ),
    })),
  };
}

function notChecked(facts: AuditFacts): readonly NotChecked[] {
  const { nodes, leftOut, rbac, serverVersion } = facts;
  const missing = new Map<string, NotChecked & { nodeNames: string[] }>();
  const note = (check: Fact, known: Known<unknown>, node?: string) => {
    if (isFound(known)) return;
    const { unknown: message, needs } = known;
    // Group denials by the missing permission. Their messages differ because they contain the name of the node.
    const key = JSON.stringify([check, needs ?? message]);
    const hint = needs !== undefined && { hint: `needs: ${needs}` };
    const entry = missing.get(key) ?? { check, nodeNames: [], message, ...hint };
    if (node !== undefined) entry.nodeNames.push(node);
    missing.set(key, entry);
  };
  note('nodes', nodes);
  if (leftOut) note('all-nodes', leftOut);
  note('kubelet-access', rbac);
  note('apiserver-version', serverVersion);
  for (const unknown of describeUnread(foundIn(rbac)?.unread ?? []))
    note('kubelet-access', { unknown, unreadable: true });
  for (const node of foundIn(nodes) ?? []) {
    const { name, anonymous, readOnly, certificate, distrust, configuration } = node;
    note('configuration', configuration, name);
    const settings = isFound(configuration) && securitySettings(configuration.found.value);
    // The configuration is more reliable than a probe. But if anonymous authentication is on, only a probe shows what RBAC allows anonymous
    // users.
    if (!settings || settings.anonymous) note('anonymous-access', anonymous, name);
    if (!settings) note('read-only-port', readOnly, name);
    note('serving-certificate', certificate, name);
    if (isFound(certificate)) note('certificate-trust', distrust, name);
    for (const [what, known] of upgradeFacts(node, facts)) note(what, known, name);
  }
  return [...missing.values()];
}
