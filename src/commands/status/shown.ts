import { flavours } from '../../kubelet/flavours.ts';
import type { Tone } from '../../text/color.ts';
import { summarize } from '../../text/list.ts';
import type { Part, Scope, Section, Shown } from '../../text/shown.ts';
import { formatCount, groupSimilar, nodeCells } from '../../text/similar-rows.ts';
import type { Cell } from '../../text/table.ts';
import { shownFinding } from '../shared/findings/shown-finding.ts';
import { outcomeOf, type ProbeReport } from './probe.ts';
import type { AccessReport } from './report/access.ts';
import type { HopReport } from './report/hops.ts';
import type { NodeReport, StreamReport } from './report/nodes.ts';
import type { NamedState } from './report/pair-state.ts';
import type { Report } from './report.ts';

export function shownStatus(report: Report, scope: Scope): Shown {
  const { server, time, verdict, grant, hops, access, nodes, findings } = report;
  const { distribution, reading } = report;
  const { isWide, showAll } = scope;
  const reached = nodes.filter(({ viaApiServer }) => viaApiServer.result === 'ok').length;
  return {
    title: 'Access to kubelets',
    intro:
      'A kubelet runs the containers of one machine (a node) of a Kubernetes cluster. The API server asks kubelets for logs, metrics and commands in containers: without access, these fail for everybody.',
    facts: [
      { label: 'cluster', text: server },
      { label: 'date', text: time },
      { label: 'nodes', text: `${nodes.length}, of which the API server reaches ${reached}` },
    ],
    sections: [
      [
        {
          lines: [
            {
              label: 'verdict',
              text: verdict,
              tones: { [verdict]: verdict === 'ok' ? 'good' : 'bad' },
            },
          ],
        },
      ],
      grant.roleStatus.state === 'unknown' ? [] : [pairTable(report)],
      [hopTable(hops)],
      [
        {
          lines: [
            distribution ? { label: 'cluster', text: flavours[distribution].title } : [],
            reading ? { label: 'reading commands go', text: reading.message } : [],
          ].flat(),
        },
      ],
      isWide || access.some(isNoteworthy) ? accessParts(access) : [],
      [isWide ? wideNodeTable(nodes) : nodeTable(nodes, showAll)],
      [streamTable(nodes, showAll)],
      [{ findings: findings.map((each) => shownFinding(each, nodes.length, scope)) }],
    ],
  };
}

function pairTable({ grant: pair }: Report): Part {
  const { roleStatus, bindingStatus } = pair;
  return {
    heads: ['OBJECT', 'STATE'],
    rows: [
      [`clusterrole/${roleStatus.name}`, stateCell(roleStatus)],
      [`clusterrolebinding/${bindingStatus.name}`, stateCell(bindingStatus, duplicates(pair))],
    ],
  };
}

function duplicates({ bindingStatus, otherBindings }: Report['grant']): string {
  const others = otherBindings.filter((name) => name !== '');
  if (bindingStatus.state !== 'present' || others.length === 0) return '';
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

function hopTable(hops: readonly HopReport[]): Part {
  return {
    heads: ['HOP', 'IDENTITY', 'VERDICT'],
    rows: hops.map(({ from, to, identity, result, message }) => [
      `${from} -> ${to}`,
      identity,
      resultCell(result, '', message),
    ]),
  };
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

function accessParts(access: readonly AccessReport[]): Section {
  const permissions = [...new Set(access.map(({ permission }) => permission))];
  const holders = [...new Map(access.map((each) => [each.holder, each.identity]))];
  const titles = { apiserver: ' (kube-apiserver)', caller: ' (you)', subject: '' };
  const reasons = new Set(access.flatMap(({ reason }) => (reason === '' ? [] : reason)));
  return [
    {
      heads: ['ACCESS', ...holders.map(([holder, identity]) => identity + titles[holder])],
      rows: permissions.map((permission) => [
        permission,
        ...holders.map(([holder]) =>
          accessCell(
            access.find((each) => each.permission === permission && each.holder === holder),
          ),
        ),
      ]),
    },
    { lines: [...reasons].map((text) => ({ label: 'note', text })) },
  ];
}

function accessCell(access: AccessReport | undefined): Cell {
  if (!access) return '';
  const { result, review, answer } = access;
  if (!isContradictory(access)) return resultCell(result);
  return resultCell(result, ` (RBAC ${review}, kubelet ${answer})`);
}

/** Unless `showAll` is set, many nodes with the same results share one row. */
function nodeTable(nodes: readonly NodeReport[], showAll: boolean): Part {
  const keyOf = ({ direct, viaApiServer }: NodeReport) =>
    showAll ? undefined : `${outcomeOf(direct)} ${outcomeOf(viaApiServer)}`;
  return {
    heads: ['NODE', 'VERSION', 'ADDRESS', 'DIRECT', 'VIA API SERVER'],
    rows: groupSimilar(worstFirst(nodes), keyOf).map((group) => [
      ...nodeCells(group),
      resultCell(outcomeOf(group[0].direct)),
      resultCell(outcomeOf(group[0].viaApiServer)),
    ]),
  };
}

function worstFirst(nodes: readonly NodeReport[]): readonly NodeReport[] {
  const rank = ({ direct, viaApiServer }: NodeReport) =>
    viaApiServer.result !== 'ok' ? 0 : direct.result !== 'ok' ? 1 : 2;
  return [...nodes].sort((a, b) => rank(a) - rank(b));
}

function wideNodeTable(nodes: readonly NodeReport[]): Part {
  return {
    heads: [
      ...['NODE', 'READY', 'VERSION', 'OS', 'ADDRESS', 'TYPE', 'DIRECT', 'VIA API SERVER'],
      ...['CERTIFICATE OF', 'ISSUER', 'DAYS LEFT', 'SHA-256'],
    ],
    rows: worstFirst(nodes).map((node) => {
      const { certificate } = node;
      return [
        ...[node.name, node.readyCondition, node.version, node.os, node.address, node.addressType],
        timedCell(node.direct),
        timedCell(node.viaApiServer),
        certificate?.subject ?? '',
        certificate?.issuer ?? '',
        certificate ? String(certificate.daysLeft) : '',
        certificate?.fingerprint.replaceAll(':', '').slice(0, 16).toLowerCase() ?? '',
      ];
    }),
  };
}

function timedCell(probe: ProbeReport): Cell {
  return resultCell(outcomeOf(probe), probe.result === 'not-asked' ? '' : ` (${probe.ms} ms)`);
}

interface StreamRow {
  readonly name: string;
  readonly streams: StreamReport;
}

/** Many nodes with the same good results share one row. */
function streamTable(nodes: readonly NodeReport[], showAll: boolean): Part {
  const rows = nodes.flatMap(({ name, streams }) => (streams ? [{ name, streams }] : []));
  const keyOf = (row: StreamRow) => (showAll || !isGood(row) ? undefined : cellsOf(row).join());
  return {
    heads: ['STREAMS', 'WEBSOCKET', 'SPDY', 'RUNTIME', 'DIRECT', 'ASKED BY'],
    rows: groupSimilar(rows, keyOf).map((group) => {
      const [row] = group;
      const alone = group.length === 1;
      const { target: pod } = row.streams;
      return [
        alone ? row.name : formatCount(group.length, 'nodes'),
        ...cellsOf(row).map((result) => resultCell(result)),
        pod ? (alone ? `pod ${pod.namespace}/${pod.name}` : 'pods') : 'node proxy',
      ];
    }),
  };
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

type Result = ReturnType<typeof outcomeOf> | HopReport['result'] | AccessReport['result'];

const tones: Partial<Readonly<Record<Result, Tone>>> = {
  ...{ ok: 'good', allowed: 'good', unknown: 'faint', 'not-asked': 'faint' },
};

function resultCell(result: Result, more = '', words: string = result): Cell {
  return [words + more, tones[result] ?? 'bad'];
}
