import type { Finding } from '../../../kubelet/finding.ts';
import type { PolicyRule } from '../../../objects.ts';
import type { Paint } from '../../../text/color.ts';
import { runLines } from '../../../text/command.ts';
import { cutText, escapeControlLine } from '../../../text/escape.ts';
import { summarize } from '../../../text/list.ts';
import { wrapHanging } from '../../../text/wrap.ts';

const mostEvidence = 4;

const severityTones = { error: 'bad', warning: 'warning', note: 'faint' } as const;

export function renderFinding(finding: Finding, all: number, wide: boolean, paint: Paint): string {
  const { message, severity, nodeNames: nodes, evidence, missingRule, remedy, commands } = finding;
  const shown = wide ? evidence : evidence.slice(0, mostEvidence);
  const left = evidence.length - shown.length;
  const prose = (line: string) => wrapHanging(escapeControlLine(line), paint.columns);
  const details = [
    ...(nodes.length > 0 && nodes.length < all && !message.startsWith(nodes[0] ?? '')
      ? [prose(`  on ${summarize(nodes, 5)}`)]
      : []),
    ...shown.map((words) => prose(`  ${flat(words)}`)),
    ...(left > 0 ? [`  (${left} more with -o wide)`] : []),
    ...(remedy === '' ? [] : [prose(`  remedy: ${remedy}`)]),
    ...(missingRule ? [escapeControlLine(`  missing rule: ${flowYaml(missingRule)}`)] : []),
    ...runLines(commands).map((line) => escapeControlLine(`  ${flat(line)}`)),
  ];
  const start = severity === 'error' ? '*' : `* ${severity}:`;
  const sentence = wrapHanging(`${start} ${escapeControlLine(flat(message))}`, paint.columns);
  const painted = paint(severityTones[severity], start) + sentence.slice(start.length);
  return `${painted}\n${details.map((line) => `${line}\n`).join('')}`;
}

function flowYaml({ apiGroups = [], resources = [], verbs }: PolicyRule): string {
  return `{apiGroups: ${JSON.stringify(apiGroups)}, resources: ${JSON.stringify(resources)}, verbs: ${JSON.stringify(verbs)}}`;
}

/** Joins text from a server to one short line, so that no part of it looks like a line of the report. */
function flat(text: string): string {
  return cutText(text.replaceAll(/\s+/g, ' ').trim(), longestLine);
}

const longestLine = 600;
