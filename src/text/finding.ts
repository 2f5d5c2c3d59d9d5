import type { Paint, Tone } from './color.ts';
import { runLines } from './command.ts';
import { cutText, escapeControl } from './escape.ts';
import { wrapHanging } from './wrap.ts';

/** A line about a problem. */
export interface Detail {
  /** Printed before the text, such as `why`. */
  readonly label?: string | undefined;
  readonly text: string;
}

export function formatDetail({ label, text }: Detail): string {
  return label === undefined ? text : `${label}: ${text}`;
}

export type Severity = 'error' | 'warning' | 'note' | 'high' | 'medium' | 'low' | 'info';

/** A problem as reports print it. */
export interface ShownFinding {
  /** Absent for an entry of a list whose heading says what it is. */
  readonly severity?: Severity;
  /** Id of the rule, such as `KA401`. */
  readonly id?: string;
  readonly message: string;
  readonly details?: readonly Detail[];
  /** Commands to copy and paste. */
  readonly commands?: readonly string[];
}

export const severityTones = {
  ...{ error: 'bad', high: 'bad', warning: 'warning', medium: 'warning' },
  ...{ note: 'faint', low: 'faint', info: 'faint' },
} as const satisfies Readonly<Record<Severity, Tone>>;

/** Renders a finding of a report. Text from a server begins no new line. */
export function renderFinding(finding: ShownFinding, paint: Paint): string {
  const { severity, id, message, details = [], commands = [] } = finding;
  const words = [id, severity === 'error' ? undefined : severity].filter(Boolean).join(' ');
  const start = words === '' ? '*' : `* ${words}:`;
  const prose = (line: string) => wrapHanging(line, paint.columns);
  const sentence = prose(`${start} ${flatText(message)}`);
  const lines = [
    paint(severity ? severityTones[severity] : 'plain', start) + sentence.slice(start.length),
    ...details.map((each) => prose(`  ${flatText(formatDetail(each))}`)),
    ...runLines(commands).map((line) => `  ${flatText(line)}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** Limit of a line of a report, in characters: a server may send a value of any length. */
const longestLine = 2000;

/** Joins text from a server to one short line, so that no part of it looks like a line of the report. */
function flatText(text: string): string {
  return escapeControl(cutText(text.replaceAll(/\s+/g, ' ').trim(), longestLine));
}
