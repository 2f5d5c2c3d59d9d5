import { renderHead } from './fleet-report.ts';
import type { Answered, PrintedBody } from './outcome.ts';

/**
 * Prefixes each line of a response with the name of its node. Adds a missing last line end, so that the response of the next node begins on
 * a new line.
 */
export function renderText(
  { name, head, body }: Pick<Answered, 'name' | 'head' | 'body'>,
  paintName: (name: string) => string,
): string {
  const text = (head ? renderHead(head, '\n') : '') + textOf(body);
  if (text === '') return '';
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  const prefix = paintName(name);
  const lines = whole.slice(0, -1).split('\n');
  return lines.map((line) => `${prefix} ${line}\n`).join('');
}

export function textOf(body: PrintedBody | undefined): string {
  return body?.kind === 'text' ? body.text : '';
}
