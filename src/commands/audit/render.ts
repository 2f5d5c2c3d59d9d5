import { oneLine } from '../../kubelet/authorization-answer.ts';
import { escapeControl } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { renderTable } from '../../text/table.ts';
import type { Finding, Place } from './finding.ts';
import type { AuditedNode, AuditReport, NotLookedAt } from './report.ts';
import { severities } from './rules.ts';

/** The report of an audit as people read it: nodes, who can reach them, what is wrong and what to do, what is not known. */
export function renderAudit(report: AuditReport): string {
  const { nodes, reach, findings, notLookedAt } = report;
  const sections = [
    ...(nodes.length > 0 ? [renderNodes(nodes)] : []),
    ...(reach ? [renderReach(reach)] : []),
    ...findings.map(renderFinding),
    ...(notLookedAt.length > 0 ? [renderNotLookedAt(notLookedAt)] : []),
    renderSummary(report),
  ];
  return escapeControl(sections.join('\n'));
}

/** A sentence of ours; whatever a server's words have in them, they must not look like a line of ours. */
function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

function renderNodes(nodes: readonly AuditedNode[]): string {
  return renderTable(
    ['NODE', 'VERSION', 'ADDRESS', 'CONFIGURATION', 'SERVING CERTIFICATE'],
    nodes.map(({ name, version, address, configuration, certificate }) => [
      oneLine(name),
      oneLine(version),
      oneLine(address),
      { direct: 'direct', apiserver: 'via API server', none: 'not read' }[configuration ?? 'none'],
      certificate
        ? `${certificateAge(certificate)}, ${verified(certificate.verified)}`
        : 'not seen',
    ]),
  );
}

function certificateAge({ daysLeft }: { readonly daysLeft: number }): string {
  return daysLeft < 0 ? 'expired' : `${daysLeft}d left`;
}

function verified(is: boolean | null): string {
  if (is === null) return 'verification not tried';
  return is ? 'verified' : 'not verified';
}

function renderReach(reach: NonNullable<AuditReport['reach']>): string {
  const rows = reach.flatMap(({ subject, by }) =>
    by.map(({ clusterRoleBinding, clusterRole, strength, gives }) => [
      oneLine(subject),
      strength,
      oneLine(gives),
      `${oneLine(clusterRoleBinding)} -> ${oneLine(clusterRole)}`,
    ]),
  );
  const table = renderTable(
    ['SUBJECT', 'STRENGTH', 'GIVES', 'BY BINDING -> CLUSTERROLE'],
    [['group:system:masters', 'exec', 'everything', 'always, whatever RBAC says'], ...rows],
  );
  return `WHO CAN REACH KUBELETS (exec: run commands in every container)\n${table}`;
}

function renderFinding({ id, severity, title, why, places, remedy }: Finding): string {
  const seen = [...Map.groupBy(places, ({ evidence }) => evidence)].map(
    ([evidence, same]) => `  ${flat(`${summarize(same.map(placeName), 3)}: ${evidence}`)}\n`,
  );
  // Of thousands the first ones show what is meant; -o json has them all.
  const shown = seen.slice(0, 10);
  const more = seen.length > shown.length ? `  … and ${seen.length - shown.length} more\n` : '';
  return `* ${id} ${severity}: ${title}\n${shown.join('')}${more}  why: ${why}\n  remedy: ${flat(remedy)}\n`;
}

function placeName({ kind, name }: Place): string {
  return kind === 'Node' ? oneLine(name) : `clusterrolebinding/${oneLine(name)}`;
}

/** What the same thing stood in the way of, at the same nodes, is one line. */
function renderNotLookedAt(notLookedAt: readonly NotLookedAt[]): string {
  const same = Map.groupBy(notLookedAt, ({ nodes, why, needs }) =>
    JSON.stringify([nodes, why, needs]),
  );
  const lines = [...same.values()].map((entries) => {
    const [{ nodes, why, needs } = { nodes: [], why: '', needs: '' }] = entries;
    const where = nodes.length > 0 ? ` of ${summarize(nodes.map(oneLine), 3)}` : '';
    const what = entries.map((entry) => entry.what).join(', ');
    return `* ${flat(`${what}${where}: ${why}`)}\n${needs && `  needs: ${needs}\n`}`;
  });
  return `NOT LOOKED AT, and so not known:\n${lines.join('')}`;
}

function renderSummary({ findings, notLookedAt }: AuditReport): string {
  const counts = severities.map(
    (severity) => `${findings.filter((each) => each.severity === severity).length} ${severity}`,
  );
  const unknown =
    notLookedAt.length > 0
      ? `; ${notLookedAt.length} of what was to be looked at is not known`
      : '';
  return `findings: ${counts.join(', ')}${unknown}\n`;
}
