import type { OutputFormat } from '../../cli/output.ts';
import { flavours } from '../../kubelet/flavours.ts';
import { type Paint, type Tone, withoutColumns } from '../../text/color.ts';
import { escapeControlLines } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { renderJson, renderYaml } from '../../text/serialize.ts';
import { formatCount, groupSimilar } from '../../text/similar-rows.ts';
import { type Cell, renderTable } from '../../text/table.ts';
import { wrapHanging } from '../../text/wrap.ts';
import { renderFinding } from '../shared/findings/render-finding.ts';
import { outcomeOf } from './probe.ts';
import { renderReportMarkdown } from './render-markdown.ts';
import { renderMetrics } from './render-metrics.ts';
import { nodeTable, resultCell, wideNodeTable } from './render-nodes.ts';
import type { AccessReport } from './report/access.ts';
import type { NodeReport, StreamReport } from './report/nodes.ts';
import type { NamedState } from './report/pair-state.ts';
import type { Report } from './report.ts';

export const reportFormats = ['table', 'wide', 'json', 'yaml', 'markdown', 'prometheus'] as const;

type ReportFormat = (typeof reportFormats)[number];

export interface StatusRendering {
  readonly format: OutputFormat<ReportFormat>;
  /** Whether every node has its own row, even if many nodes have the same good result. */
  readonly showAll: boolean;
  readonly paint: Paint;
}

export function renderReport(report: Report, rendering: StatusRendering): string {
  if (typeof rendering.format === 'function') return rendering.format(report);
  if (rendering.format === 'json') return renderJson([report]);
  if (rendering.format === 'prometheus') return renderMetrics(report);
  if (rendering.format === 'markdown') return renderReportMarkdown(report);
  return rendering.format === 'yaml' ? renderYaml([report]) : renderText(report, rendering);
}

function renderText(report: Report, { format, showAll, paint: screen }: StatusRendering): string {
  const { hops, access, nodes, findings } = report;
  const wide = format === 'wide';
  const paint = wide ? withoutColumns(screen) : screen;
  const sections = [
    verdictLine(report, paint),
    report.grant.roleStatus.state === 'unknown' ? '' : pairTable(report, paint),
    renderTable(
      ['HOP', 'IDENTITY', 'VERDICT'],
      hops.map(({ from, to, identity, result, message }) => [
        `${from} -> ${to}`,
        identity,
        resultCell(result, '', message),
      ]),
      paint,
    ),
    clusterLines(report, paint),
    wide || access.some(isNoteworthy) ? accessTable(access, paint) : '',
    nodes.length > 0 && (wide ? wideNodeTable(nodes, paint) : nodeTable(nodes, showAll, paint)),
    streamTable(nodes, showAll || wide, paint),
    findings.map((each) => renderFinding(each, nodes.length, wide, paint)).join(''),
  ];
  return sections.filter(Boolean).join('\n');
}

function verdictLine({ verdict }: Report, paint: Paint): string {
  return `verdict: ${paint(verdict === 'ok' ? 'good' : 'bad', verdict)}\n`;
}

function clusterLines({ distribution: flavour, reading }: Report, { columns }: Paint): string {
  const lines = [
    flavour && `cluster: ${flavours[flavour].title}`,
    reading && `reading commands go: ${reading.message}`,
  ];
  return lines.flatMap((line) => (line ? [`${wrapHanging(line, columns)}\n`] : [])).join('');
}

function pairTable({ grant: pair }: Report, paint: Paint): string {
  const { roleStatus: clusterRole, bindingStatus: clusterRoleBinding } = pair;
  return renderTable(
    ['OBJECT', 'STATE'],
    [
      [`clusterrole/${clusterRole.name}`, stateCell(clusterRole)],
      [
        `clusterrolebinding/${clusterRoleBinding.name}`,
        stateCell(clusterRoleBinding, duplicates(pair)),
      ],
    ],
    paint,
  );
}

function duplicates({
  bindingStatus: clusterRoleBinding,
  otherBindings: alsoBy,
}: Report['grant']): string {
  const others = alsoBy.filter((name) => name !== '');
  if (clusterRoleBinding.state !== 'present' || others.length === 0) return '';
  return `; also granted by ${summarize(others, 3)}`;
}

const stateTones: Readonly<Record<NamedState['state'], Tone>> = {
  present: 'good',
  absent: 'warning',
  drifted: 'warning',
  expired: 'bad',
  unknown: 'faint',
};

function stateCell({ state, missing: lacks, expires }: NamedState, more = ''): Cell {
  const lacking = lacks.length > 0 ? `: lacks ${lacks.join(', ')}` : '';
  const at = state === 'expired' ? ` at ${expires}` : `, expires ${expires}`;
  const until = expires === undefined ? '' : at;
  return [state + lacking + until + more, stateTones[state]];
}

/**
 * Whether the permission alone is a reason to print the table. Never true for permissions of the caller, because they matter only for
 * direct requests.
 */
function isNoteworthy(access: AccessReport): boolean {
  return access.holder !== 'caller' && (access.result === 'denied' || isContradictory(access));
}

function isContradictory({ review, answer }: AccessReport): boolean {
  return (
    (review === 'allowed' && answer === 'denied') || (review === 'denied' && answer === 'allowed')
  );
}

function accessTable(access: readonly AccessReport[], paint: Paint): string {
  const permissions = [...new Set(access.map(({ permission }) => permission))];
  if (permissions.length === 0) return '';
  const holders = [...new Map(access.map((each) => [each.holder, each.identity]))];
  const titles = { apiserver: ' (kube-apiserver)', caller: ' (you)', subject: '' };
  const table = renderTable(
    ['ACCESS', ...holders.map(([whose, identity]) => identity + titles[whose])],
    permissions.map((permission) => [
      permission,
      ...holders.map(([whose]) =>
        accessCell(access.find((each) => each.permission === permission && each.holder === whose)),
      ),
    ]),
    paint,
  );
  const whys = new Set(access.flatMap(({ reason: why }) => (why === '' ? [] : [`note: ${why}`])));
  return table + escapeControlLines([...whys]);
}

function accessCell(access: AccessReport | undefined): Cell {
  if (!access) return '';
  const { result, review, answer } = access;
  if (!isContradictory(access)) return resultCell(result);
  return resultCell(result, ` (RBAC ${review}, kubelet ${answer})`);
}

interface StreamRow {
  readonly name: string;
  readonly streams: StreamReport;
}

/** Renders a table of stream results. Many nodes with the same good results share one row. */
function streamTable(nodes: readonly NodeReport[], showAll: boolean, paint: Paint): string {
  const rows = nodes.flatMap(({ name, streams }) => (streams ? [{ name, streams }] : []));
  if (rows.length === 0) return '';
  const keyOf = (row: StreamRow) => (showAll || !isGood(row) ? undefined : cellsOf(row).join());
  return renderTable(
    ['STREAMS', 'WEBSOCKET', 'SPDY', 'RUNTIME', 'DIRECT', 'ASKED BY'],
    groupSimilar(rows, keyOf).map((group) => {
      const [row] = group;
      const alone = group.length === 1;
      const { target: pod } = row.streams;
      return [
        alone ? row.name : formatCount(group.length, 'nodes'),
        ...cellsOf(row).map((result) => resultCell(result)),
        pod ? (alone ? `pod ${pod.namespace}/${pod.name}` : 'pods') : 'node proxy',
      ];
    }),
    paint,
  );
}

function cellsOf({ streams: { webSocket, spdy, runtime, direct } }: StreamRow) {
  return [webSocket, spdy, runtime, direct].map(outcomeOf);
}

function isGood({ streams: { webSocket, spdy, runtime } }: StreamRow): boolean {
  return (
    [webSocket, spdy].every(({ result }) => result === 'ok') &&
    (runtime.result === 'ok' || runtime.result === 'not-asked')
  );
}
