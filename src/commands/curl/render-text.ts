import { UsageFailure } from '../../errors.ts';
import type { Answered, Body } from './outcome.ts';

/** How the bodies of several nodes are told apart. */
export interface TextStyle {
  readonly prefix: boolean;
  /** In place of the prefix. */
  readonly template: Template | undefined;
}

/** Writes one line, or a whole response if it has no `{line}`. */
export interface Template {
  readonly hasLine: boolean;
  readonly render: (values: Readonly<Record<Field, string>>) => string;
}

const fields = ['node', 'address', 'via', 'status', 'ms', 'bytes', 'line'] as const;

type Field = (typeof fields)[number];

/** `{node} {line}`; `\t` and `\n` stand for a tab and a line end. */
export function parseTemplate(text: string): Template {
  for (const [word, name] of text.matchAll(/\{(\w+)\}/g))
    if (!fields.some((field) => field === name))
      throw new UsageFailure(
        `invalid --template value: ${word} must be one of ${fields.map((field) => `{${field}}`).join(', ')}`,
      );
  const unescaped = text.replaceAll('\\t', '\t').replaceAll('\\n', '\n');
  return {
    hasLine: text.includes('{line}'),
    render: (values) => unescaped.replaceAll(/\{(\w+)\}/g, (_, name: Field) => values[name]),
  };
}

/** The lines of a response. The last one ends with a line end, too, so that the next node begins a line. */
export function renderText(
  answered: Answered,
  { prefix, template }: TextStyle,
  paintName: (name: string) => string,
): string {
  const { name, address = '', via, status, ms, bytes, head, body } = answered;
  const text = renderHead(head) + textOf(body);
  const values = {
    ...{ node: paintName(name), address, via, status: String(status) },
    ...{ ms: String(Math.round(ms)), bytes: String(bytes) },
  };
  if (template && !template.hasLine) return `${template.render({ ...values, line: '' })}\n`;
  if (text === '') return '';
  const whole = text.endsWith('\n') ? text : `${text}\n`;
  if (!template && !prefix) return whole;
  const renderLine = template
    ? (line: string) => template.render({ ...values, line })
    : (line: string) => `${values.node} ${line}`;
  const lines = whole.slice(0, -1).split('\n');
  return lines.map((line) => `${renderLine(line)}\n`).join('');
}

function renderHead(head: Answered['head']): string {
  if (!head) return '';
  const headers = head.headers.map(([name, value]) => `${name}: ${value}\n`);
  return `${head.line}\n${headers.join('')}\n`;
}

function textOf(body: Body | undefined): string {
  if (body === undefined || body.kind === 'binary') return '';
  return body.kind === 'json' ? body.bytes.toString() : body.text;
}
