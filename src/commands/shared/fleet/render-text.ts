import { renderHead } from './fleet-report.ts';
import type { Answered, Body } from './outcome.ts';

/** The lines of a response, each after the name of its node. The last one ends with a line end, too, so that the next node begins a line. */
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

/** The text of a body that was read as text. */
export function textOf(body: Body | undefined): string {
  return body?.kind === 'text' ? body.text : '';
}
