import stringWidth from 'string-width';
import type { OutputFormat } from '../../cli/output.ts';
import { type Severity, severities } from '../../kubelet/audit-rules.ts';
import { oneLine } from '../../kubelet/authorization-result.ts';
import { formatCis } from '../../kubelet/cis.ts';
import type { Paint, Tone } from '../../text/color.ts';
import { cutText, escapeControl, escapeControlLine } from '../../text/escape.ts';
import { groupsOf } from '../../text/groups.ts';
import { counted, summarize } from '../../text/list.ts';
import { jsonParts, yamlParts } from '../../text/serialize-parts.ts';
import { groupSimilar, nodeCells } from '../../text/similar-rows.ts';
import { type Cell, renderTable } from '../../text/table.ts';
import { wrapHanging } from '../../text/wrap.ts';
import type { AuditFinding, FindingPlace } from './finding.ts';
import { renderAuditMarkdown } from './render-markdown.ts';
import {
  type AuditedNode,
  type AuditReport,
  isReadInPart,
  type NotChecked,
  reachHeads,
  reachRows,
} from './report.ts';

export const auditFormats = ['table', 'wide', 'json', 'yaml', 'markdown'] as const;

type AuditFormat = (typeof auditFormats)[number];

export interface AuditRendering {
  readonly format: OutputFormat<AuditFormat>;
  /** Whether every node has its own row, even if many nodes have the same good result, and findings that need no action are printed. */
  readonly showAll: boolean;
  readonly paint: Paint;
}

export function renderAudit(report: AuditReport, rendering: AuditRendering): Iterable<string> {
  if (typeof rendering.format === 'function') return [rendering.format(report)];
  switch (rendering.format) {
    case 'json':
      return jsonParts(report);
    case 'yaml':
      return yamlParts({ ...report });
    case 'markdown':
      return [renderAuditMarkdown(report)];
    default:
      return [renderText(report, rendering)];
  }
}

function renderText(report: AuditReport, { format, paint, ...rendering }: AuditRendering): string {
  const { reach, notChecked } = report;
  const wide = format === 'wide';
  const showAll = wide || rendering.showAll;
  const findings = report.findings.filter(({ severity }) => showAll || severity !== 'info');
  const sections = [
    ...(isAboutNodes(report) ? [renderNodes(report, showAll, paint)] : []),
    ...(reach ? [renderReach(reach, paint)] : []),
    ...findings.map((finding) => renderFinding(finding, wide, paint)),
    ...(notChecked.length > 0 ? [renderNotChecked(notChecked, paint)] : []),
    renderSummary(report, { showAll, paint }),
  ];
  return sections.join('\n');
}

/** Joins text from a server to one line, so that no part of it looks like a line of the report. */
function flat(text: string): string {
  return escapeControl(cutText(text.replaceAll(/\s+/g, ' '), longestLine));
}

/** In characters. Long lines are cut because a kubelet may report a value of any length. */
const longestLine = 2000;

/** Whether a selected rule needs something of single nodes. */
function isAboutNodes({ nodes, notChecked }: AuditReport): boolean {
  return nodes.some(isReadInPart) || notChecked.some((each) => each.nodeNames.length > 0);
}

function renderNodes({ nodes, notChecked }: AuditReport, showAll: boolean, paint: Paint): string {
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
  return renderTable(
    ['NODE', 'VERSION', 'ADDRESS', 'CONFIGURATION', 'SERVING CERTIFICATE'],
    groupSimilar(nodes, keyOf).map((group) => [
      ...nodeCells(group).map(oneLine),
      configurationCell(group[0], unread.configuration),
      certificateCell(group, unread.certificate),
    ]),
    paint,
  );
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

function renderReach(reach: NonNullable<AuditReport['reach']>, paint: Paint): string {
  const table = renderTable(reachHeads, reachRows(reach), paint);
  return `WHO CAN REACH KUBELETS (exec: run commands in every container)\n${table}`;
}

const severityTones: Readonly<Record<Severity, Tone>> = {
  high: 'bad',
  medium: 'warning',
  low: 'faint',
  info: 'faint',
};

/** Maximum number of printed lines of evidence for one finding. A finding may have thousands. */
const mostPlaces = 10;

function renderFinding(finding: AuditFinding, wide: boolean, paint: Paint): string {
  const { id, severity, message, reason: why, places, remedy, cis } = finding;
  const lines = [...Map.groupBy(places, ({ observation: evidence }) => evidence)].map(
    ([evidence, same]) => `${summarize(same, 3, placeName)}: ${evidence}`,
  );
  const left = lines.length - mostPlaces;
  return [
    wrapHanging(`* ${id} ${severity}: ${escapeControlLine(message)}`, paint.columns).replace(
      `${id} ${severity}`,
      (start) => paint(severityTones[severity], start),
    ),
    ...lines.slice(0, mostPlaces).map((line) => wrapHanging(`  ${flat(line)}`, paint.columns)),
    ...(left > 0 ? [`  … and ${left} more`] : []),
    wrapHanging(`  why: ${why}`, paint.columns),
    wrapHanging(`  remedy: ${flat(remedy)}`, paint.columns),
    ...(wide && cis ? [wrapHanging(`  ${formatCis(cis)}: ${cis.title}`, paint.columns)] : []),
    '',
  ].join('\n');
}

function placeName({ kind, name }: FindingPlace): string {
  return kind === 'Node' ? oneLine(name) : `clusterrolebinding/${oneLine(name)}`;
}

function renderNotChecked(checks: readonly NotChecked[], { columns }: Paint): string {
  const same = groupsOf(checks, ({ nodeNames: nodes, message, hint }) =>
    JSON.stringify([nodes, message, hint]),
  );
  const lines = same.map((entries) => {
    const [{ nodeNames: nodes, message, hint }] = entries;
    const where = nodes.length > 0 ? ` of ${summarize(nodes, 3, oneLine)}` : '';
    const what = entries.map((entry) => entry.check).join(', ');
    const line = wrapHanging(`* ${flat(`${what}${where}: ${message}`)}`, columns);
    return `${line}\n${hint === undefined ? '' : `  ${flat(hint)}\n`}`;
  });
  return `NOT CHECKED\n${lines.join('')}`;
}

function renderSummary(
  { findings, accepted, notChecked }: AuditReport,
  { showAll, paint }: Pick<AuditRendering, 'showAll' | 'paint'>,
): string {
  const counts = severities.map((severity) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return paint(count > 0 ? severityTones[severity] : 'plain', `${count} ${severity}`);
  });
  const failed = notChecked.length;
  const unknown = failed > 0 ? `${counted(failed, 'check')} could not be completed` : '';
  const hidden = !showAll && findings.some(({ severity }) => severity === 'info');
  const places = accepted.flatMap((each) => each.placeNames).length;
  const left = places === 0 ? '' : `; ${places} accepted`;
  const line = `findings: ${counts.join(', ')}${hidden ? ' (--show-all)' : ''}${left}`;
  if (unknown === '') return `${line}\n`;
  const whole = `${line}; ${unknown}`;
  const isLong = stringWidth(whole) > (paint.columns ?? Number.POSITIVE_INFINITY);
  return isLong ? `${line};\n  ${unknown}\n` : `${whole}\n`;
}
