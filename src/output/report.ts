import { harmless } from '../errors.ts';
import type { Report } from '../kubelet/report.ts';
import { renderTable } from './table.ts';

/** The report as people read it: pair, hops, nodes, then what is wrong and what to run. */
export function renderReport(report: Report): string {
  const { clusterRole, clusterRoleBinding } = report.pair;
  const pair = [
    ['clusterrole', clusterRole],
    ['clusterrolebinding', clusterRoleBinding],
  ] as const;
  const lacking = (lacks: readonly string[]) =>
    lacks.length > 0 ? `: lacks ${lacks.join(', ')}` : '';
  const sections = [
    renderTable(
      ['PAIR', 'STATE'],
      pair.map(([kind, { name, state, lacks }]) => [`${kind}/${name}`, state + lacking(lacks)]),
    ),
    renderTable(
      ['HOP', 'IDENTITY', 'VERDICT'],
      report.hops.map(({ from, to, identity, verdict }) => [`${from} -> ${to}`, identity, verdict]),
    ),
    renderTable(
      ['NODE', 'VERSION', 'ADDRESS', 'DIRECT', 'VIA API SERVER'],
      report.nodes.map(({ name, version, address, direct, viaApiServer }) => [
        name,
        version,
        address,
        direct,
        viaApiServer,
      ]),
    ),
  ];
  if (report.findings.length > 0)
    sections.push(
      report.findings
        .map(({ cause, command }) => `* ${cause}\n${command && `  run: ${command}\n`}`)
        .join(''),
    );
  return harmless(sections.join('\n'));
}
