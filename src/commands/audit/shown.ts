import { auditSeverities } from '../../kubelet/audit-rules.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { formatCis } from '../../kubelet/cis.ts';
import { type ShownFinding, severityTones } from '../../text/finding.ts';
import { groupsOf } from '../../text/groups.ts';
import { counted, summarize } from '../../text/list.ts';
import type { Line, Part, Scope, Shown } from '../../text/shown.ts';
import { groupSimilar, nodeCells } from '../../text/similar-rows.ts';
import type { Cell } from '../../text/table.ts';
import type { AuditFinding, FindingPlace } from './finding.ts';
import { type AuditedNode, type AuditReport, isReadInPart, type NotChecked } from './report.ts';

export function shownAudit(report: AuditReport, scope: Scope): Shown {
  const { server, time, nodes, reach, notChecked } = report;
  const findings = report.findings.filter(({ severity }) => scope.showAll || severity !== 'info');
  return {
    title: 'Audit of kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. A user with access to it can read logs and run commands in every container there. This report lists unsafe settings, certificates that fail, and users with more access than they need.',
    facts: [
      { label: 'cluster', text: server },
      { label: 'date', text: time },
      { label: 'nodes', text: String(nodes.length) },
    ],
    sections: [
      isAboutNodes(report) ? [nodeTable(report, scope)] : [],
      reach ? reachParts(reach) : [],
      ...findings.map((finding) => [{ findings: [shownFinding(finding, scope)] }]),
      notChecked.length > 0
        ? [{ title: 'Not checked' }, { findings: notCheckedEntries(notChecked, scope) }]
        : [],
      [{ lines: [summaryLine(report, scope)] }],
    ],
  };
}

/** Whether a selected rule needs something of single nodes. */
function isAboutNodes({ nodes, notChecked }: AuditReport): boolean {
  return nodes.some(isReadInPart) || notChecked.some((each) => each.nodeNames.length > 0);
}

function nodeTable({ nodes, notChecked }: AuditReport, { showAll }: Scope): Part {
  const failed = (check: NotChecked['check']) =>
    new Set(notChecked.filter((each) => each.check === check).flatMap((each) => each.nodeNames));
  const unread = {
    configuration: failed('configuration'),
    certificate: failed('serving-certificate'),
  };
  const keyOf = ({ name, configuration, certificate }: AuditedNode) => {
    const isRead = !unread.configuration.has(name) && !unread.certificate.has(name);
    const isGood = isRead && (certificate?.verified ?? certificate === null);
    return !showAll && isGood ? (configuration ?? 'none') : undefined;
  };
  return {
    heads: ['NODE', 'VERSION', 'ADDRESS', 'CONFIGURATION', 'SERVING CERTIFICATE'],
    rows: groupSimilar(nodes, keyOf).map((group) => [
      ...nodeCells(group).map(oneLine),
      configurationCell(group[0], unread.configuration),
      certificateCell(group, unread.certificate),
    ]),
  };
}

function configurationCell(
  { name, configuration }: AuditedNode,
  unread: ReadonlySet<string>,
): Cell {
  if (configuration === null) return unread.has(name) ? ['not read', 'warning'] : '';
  return configuration === 'direct' ? 'direct' : 'via API server';
}

function certificateCell(
  nodes: readonly [AuditedNode, ...AuditedNode[]],
  unread: ReadonlySet<string>,
): Cell {
  const certificates = nodes.flatMap(({ certificate }) => certificate ?? []);
  const [first, ...others] = certificates.toSorted((a, b) => a.daysLeft - b.daysLeft);
  if (!first) return unread.has(nodes[0].name) ? ['unreachable', 'warning'] : '';
  const last = others.at(-1) ?? first;
  return [
    `${timeLeft(first.daysLeft, last.daysLeft)}, ${verification(first.verified)}`,
    first.daysLeft < 0 ? 'bad' : first.verified === false ? 'warning' : 'plain',
  ];
}

function timeLeft(least: number, most: number): string {
  if (least < 0) return 'expired';
  return least === most ? `${least}d left` : `${least}d to ${most}d left`;
}

function verification(verified: boolean | null): string {
  if (verified === null) return 'verification not tried';
  return verified ? 'verified' : 'not verified';
}

/** Returns the table of subjects, with the group that RBAC does not list. */
function reachParts(reach: NonNullable<AuditReport['reach']>): readonly Part[] {
  const rows = reach.flatMap(({ subject, bindings }) =>
    bindings.map(({ clusterRoleBinding, clusterRole, strength, strongestPermission }) => [
      oneLine(subject),
      strength,
      oneLine(strongestPermission),
      `${oneLine(clusterRoleBinding)} -> ${oneLine(clusterRole)}`,
    ]),
  );
  return [
    { title: 'Who can reach kubelets', note: 'exec: run commands in every container' },
    {
      heads: ['SUBJECT', 'STRENGTH', 'GIVES', 'BY BINDING -> CLUSTERROLE'],
      rows: [['group:system:masters', 'exec', 'everything', 'always, whatever RBAC says'], ...rows],
    },
  ];
}

/** Maximum number of printed lines of evidence for one finding. A finding may have thousands. */
const mostPlaces = 10;

function shownFinding(
  { id, severity, message, reason, places, remedy, cis }: AuditFinding,
  { isWide, isDocument }: Scope,
): ShownFinding {
  const groups = groupsOf(places, ({ observation }) => observation);
  const lines = groups.map(
    (same) => `${summarize(same, mostNames(isDocument), placeName)}: ${same[0].observation}`,
  );
  const left = isDocument ? 0 : lines.length - mostPlaces;
  return {
    ...{ id, severity, message },
    details: [
      ...lines.slice(0, lines.length - Math.max(0, left)).map((text) => ({ text })),
      ...(left > 0 ? [{ text: `… and ${left} more` }] : []),
      { label: 'why', text: reason },
      { label: 'remedy', text: remedy },
      ...(isWide && cis ? [{ label: formatCis(cis), text: cis.title }] : []),
    ],
  };
}

function placeName({ kind, name }: FindingPlace): string {
  return kind === 'Node' ? oneLine(name) : `clusterrolebinding/${oneLine(name)}`;
}

function mostNames(isDocument: boolean): number {
  return isDocument ? 10 : 3;
}

function notCheckedEntries(
  checks: readonly NotChecked[],
  { isDocument }: Scope,
): readonly ShownFinding[] {
  const same = groupsOf(checks, ({ nodeNames, message, hint }) =>
    JSON.stringify([nodeNames, message, hint]),
  );
  return same.map((entries) => {
    const [{ nodeNames, message, hint }] = entries;
    const names = summarize(nodeNames, mostNames(isDocument), oneLine);
    const what = entries.map(({ check }) => check).join(', ');
    return {
      message: `${what}${names === '' ? '' : ` of ${names}`}: ${message}`,
      details: hint === undefined ? [] : [{ text: hint }],
    };
  });
}

function summaryLine({ findings, accepted, notChecked }: AuditReport, { showAll }: Scope): Line {
  const counts = auditSeverities.map((severity) => ({
    severity,
    count: findings.filter((each) => each.severity === severity).length,
  }));
  const words = ({ severity, count }: (typeof counts)[number]) => `${count} ${severity}`;
  const hidden = !showAll && findings.some(({ severity }) => severity === 'info');
  const places = accepted.flatMap(({ placeNames }) => placeNames).length;
  const failed = notChecked.length;
  return {
    label: 'findings',
    text: [
      `${counts.map(words).join(', ')}${hidden ? ' (--show-all)' : ''}`,
      places === 0 ? [] : `${places} accepted`,
      failed === 0 ? [] : `${counted(failed, 'check')} could not be completed`,
    ]
      .flat()
      .join('; '),
    tones: Object.fromEntries(
      counts
        .filter(({ count }) => count > 0)
        .map((each) => [words(each), severityTones[each.severity]]),
    ),
  };
}
