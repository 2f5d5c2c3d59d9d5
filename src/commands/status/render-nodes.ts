import type { Paint, Tone } from '../../text/color.ts';
import { groupSimilar, nodeCells } from '../../text/similar-rows.ts';
import { type Cell, renderTable } from '../../text/table.ts';
import { outcomeOf, type ProbeReport } from './probe.ts';
import type { AccessReport } from './report/access.ts';
import type { HopReport } from './report/hops.ts';
import type { NodeReport } from './report/nodes.ts';

/** Renders a table of nodes. Unless `showAll` is set, many nodes with the same results share one row. */
export function nodeTable(nodes: readonly NodeReport[], showAll: boolean, paint: Paint): string {
  const keyOf = ({ direct, viaApiServer }: NodeReport) =>
    showAll ? undefined : `${outcomeOf(direct)} ${outcomeOf(viaApiServer)}`;
  return renderTable(
    ['NODE', 'VERSION', 'ADDRESS', 'DIRECT', 'VIA API SERVER'],
    groupSimilar(worstFirst(nodes), keyOf).map((group) => [
      ...nodeCells(group),
      resultCell(outcomeOf(group[0].direct)),
      resultCell(outcomeOf(group[0].viaApiServer)),
    ]),
    paint,
  );
}

function worstFirst(nodes: readonly NodeReport[]): readonly NodeReport[] {
  const rank = ({ direct, viaApiServer }: NodeReport) =>
    viaApiServer.result !== 'ok' ? 0 : direct.result !== 'ok' ? 1 : 2;
  return [...nodes].sort((a, b) => rank(a) - rank(b));
}

export function wideNodeTable(nodes: readonly NodeReport[], paint: Paint): string {
  return renderTable(
    [
      ...['NODE', 'READY', 'VERSION', 'OS', 'ADDRESS', 'TYPE', 'DIRECT', 'VIA API SERVER'],
      ...['CERTIFICATE OF', 'ISSUER', 'DAYS LEFT', 'SHA-256'],
    ],
    worstFirst(nodes).map((node) => {
      const { certificate } = node;
      return [
        node.name,
        node.readyCondition,
        node.version,
        node.os,
        node.address,
        node.addressType,
        timedCell(node.direct),
        timedCell(node.viaApiServer),
        certificate?.subject ?? '',
        certificate?.issuer ?? '',
        certificate ? String(certificate.daysLeft) : '',
        certificate?.fingerprint.replaceAll(':', '').slice(0, 16).toLowerCase() ?? '',
      ];
    }),
    paint,
  );
}

function timedCell(probe: ProbeReport) {
  return resultCell(outcomeOf(probe), probe.result === 'not-asked' ? '' : ` (${probe.ms} ms)`);
}

export function resultCell(result: Result, more = '', words: string = result): Cell {
  return [words + more, tones[result] ?? 'bad'];
}

type Result = ReturnType<typeof outcomeOf> | HopReport['result'] | AccessReport['result'];

const tones: Partial<Readonly<Record<Result, Tone>>> = {
  ...{ ok: 'good', allowed: 'good', unknown: 'faint', 'not-asked': 'faint' },
};
