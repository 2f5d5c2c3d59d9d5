import type { PolicyRule } from '../../objects.ts';
import { escapeControl } from '../../text/escape.ts';
import { summarize } from '../../text/list.ts';
import { renderTable } from '../../text/table.ts';
import type { AccessReport } from './report/access.ts';
import type { Finding } from './report/finding.ts';
import type { NodeReport, PathReport } from './report/nodes.ts';
import type { NamedState } from './report/pair-state.ts';
import type { Report } from './report.ts';

/** The report as people read it: pair, hops, access where something is wrong with it, nodes, then what to do. */
export function renderReport(report: Report): string {
  return render(report, false);
}

/** The same with address types, certificates and times, and all of the access. */
export function renderWideReport(report: Report): string {
  return render(report, true);
}

function render(report: Report, wide: boolean): string {
  const { hops, access, nodes, findings } = report;
  const sections = [
    ...(report.pair.clusterRole.state === 'not known' ? [] : [pairTable(report)]),
    renderTable(
      ['HOP', 'IDENTITY', 'VERDICT'],
      hops.map(({ from, to, identity, verdict }) => [`${from} -> ${to}`, identity, verdict]),
    ),
    ...(wide || access.some(isWorthTelling) ? [accessTable(access)] : []),
    ...(nodes.length === 0 ? [] : [wide ? wideNodeTable(nodes) : nodeTable(nodes)]),
    ...(findings.length === 0
      ? []
      : [findings.map((each) => renderFinding(each, nodes.length, wide)).join('')]),
  ];
  return escapeControl(sections.filter(Boolean).join('\n'));
}

function pairTable({ pair }: Report): string {
  const { clusterRole, clusterRoleBinding } = pair;
  return renderTable(
    ['PAIR', 'STATE'],
    [
      [`clusterrole/${clusterRole.name}`, tellState(clusterRole)],
      [
        `clusterrolebinding/${clusterRoleBinding.name}`,
        tellState(clusterRoleBinding) + duplicates(pair),
      ],
    ],
  );
}

/** Who takes the pair away wants to know what gives the same. */
function duplicates({ clusterRoleBinding, alsoBy }: Report['pair']): string {
  const others = alsoBy.filter((name) => name !== '');
  if (clusterRoleBinding.state !== 'present' || others.length === 0) return '';
  return `, and so is ${summarize(others, 3)}, which gives the same`;
}

function tellState({ state, lacks, expires }: NamedState): string {
  const lacking = lacks.length > 0 ? `: lacks ${lacks.join(', ')}` : '';
  const until =
    expires === undefined ? '' : state === 'expired' ? ` at ${expires}` : `, until ${expires}`;
  return state + lacking + until;
}

/** The caller's own rights matter only to those who ask kubelets themselves: shown where others are. */
function isWorthTelling(access: AccessReport): boolean {
  return access.whose !== 'caller' && (access.verdict === 'denied' || isAtOdds(access));
}

function isAtOdds({ review, answer }: AccessReport): boolean {
  return (
    (review === 'allowed' && answer === 'refused') || (review === 'denied' && answer === 'allowed')
  );
}

/** A row for each right, a column for each identity. */
function accessTable(access: readonly AccessReport[]): string {
  const rights = [...new Set(access.map(({ right }) => right))];
  const whose = [...new Set(access.map((each) => each.whose))];
  const title = (who: AccessReport['whose']) => {
    const identity = access.find((each) => each.whose === who)?.identity ?? '';
    if (who === 'subject') return identity;
    return `${identity} (${who === 'caller' ? 'you' : who})`;
  };
  const cell = (right: string, who: AccessReport['whose']) => {
    const found = access.find((each) => each.right === right && each.whose === who);
    return found ? tellAccess(found) : '';
  };
  if (rights.length === 0) return '';
  const table = renderTable(
    ['ACCESS', ...whose.map(title)],
    rights.map((right) => [right, ...whose.map((who) => cell(right, who))]),
  );
  const whys = new Set(access.flatMap(({ why }) => (why === '' ? [] : [`believe ${why}\n`])));
  return table + [...whys].join('');
}

function tellAccess(access: AccessReport): string {
  const { verdict, review, answer } = access;
  return isAtOdds(access) ? `${verdict} (RBAC ${review}, kubelet ${answer})` : verdict;
}

function nodeTable(nodes: readonly NodeReport[]): string {
  return renderTable(
    ['NODE', 'VERSION', 'ADDRESS', 'DIRECT', 'VIA API SERVER'],
    worstFirst(nodes).map(({ name, version, address, direct, viaApiServer }) => [
      name,
      version,
      address,
      direct.result,
      viaApiServer.result,
    ]),
  );
}

/** Those that kube-apiserver does not reach, those that only you do not, the others; each in the cluster's order. */
function worstFirst(nodes: readonly NodeReport[]): readonly NodeReport[] {
  const rank = ({ direct, viaApiServer }: NodeReport) =>
    viaApiServer.result !== 'ok' ? 0 : direct.result !== 'ok' ? 1 : 2;
  return [...nodes].sort((a, b) => rank(a) - rank(b));
}

function wideNodeTable(nodes: readonly NodeReport[]): string {
  const timed = ({ result, ms }: PathReport) =>
    ms === undefined ? result : `${result} (${ms} ms)`;
  return renderTable(
    [
      ...['NODE', 'READY', 'VERSION', 'OS', 'ADDRESS', 'TYPE', 'DIRECT', 'VIA API SERVER'],
      ...['CERTIFICATE OF', 'ISSUER', 'DAYS LEFT', 'SHA-256'],
    ],
    worstFirst(nodes).map((node) => {
      const { certificate } = node;
      return [
        node.name,
        node.ready,
        node.version,
        node.os,
        node.address,
        node.addressType,
        timed(node.direct),
        timed(node.viaApiServer),
        certificate?.subject ?? '',
        certificate?.issuer ?? '',
        certificate ? String(certificate.daysLeft) : '',
        certificate?.fingerprint.replaceAll(':', '').slice(0, 16).toLowerCase() ?? '',
      ];
    }),
  );
}

/** Of evidence, what is short enough to be read; all of it with -o wide. */
const fewWords = 4;

function renderFinding(finding: Finding, all: number, wide: boolean): string {
  const { message, severity, nodes, evidence, missingRule, remedy, commands } = finding;
  const shown = wide ? evidence : evidence.slice(0, fewWords);
  const left = evidence.length - shown.length;
  return [
    `* ${severity === 'error' ? '' : `${severity}: `}${flat(message)}`,
    ...(nodes.length > 0 && nodes.length < all && !message.startsWith(nodes[0] ?? '')
      ? [`  on ${summarize(nodes, 5)}`]
      : []),
    ...shown.map((words) => `  ${flat(words)}`),
    ...(left > 0 ? [`  (${left} more with -o wide)`] : []),
    ...(remedy === '' ? [] : [`  remedy: ${remedy}`]),
    ...(missingRule ? [`  missing rule: ${flowYaml(missingRule)}`] : []),
    ...commands.map((command) => `  run: ${flat(command)}`),
    '',
  ].join('\n');
}

/** A rule as YAML on one line. */
function flowYaml({ apiGroups = [], resources = [], verbs }: PolicyRule): string {
  return `{apiGroups: ${JSON.stringify(apiGroups)}, resources: ${JSON.stringify(resources)}, verbs: ${JSON.stringify(verbs)}}`;
}

/** Words of servers and nodes on one line, and not too many of them: else they could look like lines of the report. */
function flat(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

const longestLine = 600;
