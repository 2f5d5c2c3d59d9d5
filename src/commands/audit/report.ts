import { exitCodes } from '../../errors.ts';
import { formatHostPort } from '../../kubelet/address.ts';
import { daysLeft } from '../../kubelet/certificate.ts';
import type { Strength } from '../../kubelet/endpoints.ts';
import { formatRights, type KubeletRight, type Reach, whoReaches } from '../../kubelet/reach.ts';
import type { RbacSubject } from '../../objects.ts';
import { formatSubject } from '../../rbac/subject.ts';
import { checkAccess } from './check-access.ts';
import { checkCertificates } from './check-certificates.ts';
import { checkDifferences } from './check-differences.ts';
import { checkHandlers } from './check-handlers.ts';
import { checkReachers } from './check-reach.ts';
import { type AuditFacts, isFound, type Look, type NodeAuditFacts } from './facts.ts';
import { type Finding, findingsOf } from './finding.ts';
import { isAtLeast, type Severity } from './rules.ts';

export interface AuditedNode {
  readonly name: string;
  readonly version: string;
  /** Empty if it has none that can be used. */
  readonly address: string;
  /** By which path its configuration was read; null if it was not. */
  readonly configuration: 'direct' | 'apiserver' | null;
  /** Null if none was seen. */
  readonly certificate: AuditedCertificate | null;
}

export interface AuditedCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly daysLeft: number;
  /** Null if it could not be verified one way or the other. */
  readonly verified: boolean | null;
  /** What was agreed on; the kubelet may offer less. */
  readonly protocol: string;
}

export interface AuditedSubject {
  /** `user:jane`, `group:devs`, `serviceaccount:monitoring:agent` */
  readonly subject: string;
  readonly strength: Strength;
  /** Whether that is as good as running commands in every container. */
  readonly exec: boolean;
  readonly by: readonly {
    readonly clusterRoleBinding: string;
    readonly clusterRole: string;
    readonly strength: Strength;
    readonly rights: readonly KubeletRight[];
    /** The strongest of them, as a sentence has them. */
    readonly gives: string;
  }[];
}

/** What could not be looked at: nothing is known about it. */
export interface NotLookedAt {
  readonly what: string;
  /** Empty where it concerns no single node. */
  readonly nodes: readonly string[];
  /** In the words of whoever was in the way; of several nodes, at the first one. */
  readonly why: string;
  /** The right that it would take; empty where rights are not what is missing. */
  readonly needs: string;
}

/** What `status --audit` tells; described in docs/KubeletAuditReport.schema.json. */
export interface AuditReport {
  readonly apiVersion: 'kubeletaccess/v1';
  readonly kind: 'KubeletAuditReport';
  readonly server: string;
  /** ISO 8601. */
  readonly time: string;
  readonly nodes: readonly AuditedNode[];
  /** By RBAC, the strongest first; null if roles and bindings could not be read. */
  readonly reach: readonly AuditedSubject[] | null;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly notLookedAt: readonly NotLookedAt[];
}

export function auditReport(facts: AuditFacts): AuditReport {
  const nodes = isFound(facts.nodes) ? facts.nodes.found : [];
  const reach = isFound(facts.rbac)
    ? whoReaches(facts.rbac.found.roles, facts.rbac.found.bindings)
    : undefined;
  const hits = [
    ...nodes.flatMap((node) => [
      ...checkAccess(node, reach),
      ...checkHandlers(node),
      ...checkCertificates(node, facts.now, facts.warnDays),
    ]),
    ...checkDifferences(nodes),
    ...checkReachers(reach ?? []),
  ];
  return {
    apiVersion: 'kubeletaccess/v1',
    kind: 'KubeletAuditReport',
    server: facts.server,
    time: new Date(facts.now).toISOString(),
    nodes: nodes.map((node) => auditedNode(node, facts.now)),
    reach: reach?.map(auditedSubject) ?? null,
    findings: findingsOf(hits),
    notLookedAt: notLookedAt(facts),
  };
}

/** A finding as bad as `failOn` counts first; then whatever could not be looked at. */
export function auditExitCode(report: AuditReport, failOn: Severity | undefined): number {
  if (failOn !== undefined && report.findings.some(({ severity }) => isAtLeast(severity, failOn)))
    return exitCodes.unmet;
  return report.notLookedAt.length > 0 ? exitCodes.error : exitCodes.ok;
}

function auditedNode(node: NodeAuditFacts, now: number): AuditedNode {
  const { name, version, address, configuration, certificate, distrust } = node;
  return {
    name,
    version,
    address: address ? formatHostPort(address) : '',
    configuration: isFound(configuration) ? configuration.found.via : null,
    certificate: isFound(certificate)
      ? {
          ...certificate.found,
          daysLeft: daysLeft(certificate.found, now),
          verified: isFound(distrust) ? distrust.found === 'nothing' : null,
        }
      : null,
  };
}

function auditedSubject({ subject, strength, by }: Reach): AuditedSubject {
  return {
    subject: formatSubject(subject satisfies RbacSubject),
    strength,
    exec: strength === 'exec',
    by: by.map(({ binding, role, rights, strength: given }) => ({
      clusterRoleBinding: binding,
      clusterRole: role,
      strength: given,
      rights,
      gives: formatRights(rights.filter((right) => right.strength === given)),
    })),
  };
}

function notLookedAt({ nodes, rbac }: AuditFacts): readonly NotLookedAt[] {
  const missing = new Map<string, NotLookedAt & { nodes: string[] }>();
  const note = (what: string, look: Look<unknown>, node?: string) => {
    if (isFound(look)) return;
    const { unseen: why, needs = '' } = look;
    // A refusal names the node that it is about: of many nodes one will do.
    const key = JSON.stringify([what, needs || why]);
    const entry = missing.get(key) ?? { what, nodes: [], why, needs };
    if (node !== undefined) entry.nodes.push(node);
    missing.set(key, entry);
  };
  note('nodes', nodes);
  note('who can reach kubelets', rbac);
  for (const node of isFound(nodes) ? nodes.found : []) {
    const { name, anonymous, readOnly, certificate, distrust, configuration } = node;
    note('configuration', configuration, name);
    // The configuration in force tells the same; whether it is there to be seen from here or not.
    if (!isFound(configuration)) {
      note('anonymous access', anonymous, name);
      note('read-only port', readOnly, name);
    }
    note('serving certificate', certificate, name);
    if (isFound(certificate)) note('trust in the serving certificate', distrust, name);
  }
  return [...missing.values()];
}
