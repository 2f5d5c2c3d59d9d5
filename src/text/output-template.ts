import stringWidth from 'string-width';
import { escapeControl, escapeControlLine, escapeJson } from './escape.ts';
import { isObject } from './fields.ts';
import { goJson, noValue, sprint } from './jsonpath/go-value.ts';
import { parseTemplate } from './jsonpath/parse.ts';
import { evaluate, type Found, type Template, TemplateError } from './jsonpath/template.ts';
import { widest } from './table.ts';

/** The values of -o that take a template, and the name of the template in help. */
export const templateArguments = { jsonpath: 'TEMPLATE', 'custom-columns': 'COLUMNS' } as const;

export type TemplateFormat = keyof typeof templateArguments;

const templateFormats = Object.keys(templateArguments) as readonly TemplateFormat[];

/** Renders a JSON value with a template. Throws a TemplateError. */
export type RenderTemplate = (value: unknown, options?: { readonly noHeaders?: boolean }) => string;

/** Splits a value of -o such as `jsonpath={.verdict}` at the equals sign; undefined if the format has no template. */
export function splitTemplate(
  output: string,
): { readonly format: TemplateFormat; readonly argument: string } | undefined {
  const [, name, argument = ''] = /^([^=]*)=?(.*)$/s.exec(output) ?? [];
  const format = templateFormats.find((each) => each === name);
  return format && { format, argument };
}

/** Parses a template. Throws a TemplateError. */
export function compileTemplate(format: TemplateFormat, text: string): RenderTemplate {
  if (format === 'custom-columns') {
    const columns = parseCustomColumns(text);
    return (value, { noHeaders } = {}) => renderCustomColumns(columns, value, noHeaders);
  }
  const template = inKubectlsWords(`error parsing jsonpath ${text}, `, () => parseTemplate(text));
  return (value) =>
    inKubectlsWords(
      `error executing jsonpath ${JSON.stringify(text)}: Error executing template: `,
      () => printFound(evaluate(template, value)),
    );
}

function inKubectlsWords<T>(start: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(start + error.message) : error;
  }
}

/** Formats results as kubectl's -o jsonpath does: separated by blanks, texts without quotes, lists and objects as JSON. */
function printFound(results: readonly Found[]): string {
  return results.map((found) => found.map(printValue).join(' ')).join('');
}

function printValue(value: unknown): string {
  if (isObject(value)) return escapeJson(goJson(value));
  if (value === noValue) return '<no value>';
  return value === null ? 'null' : escapeControl(sprint(value));
}

interface CustomColumn {
  readonly head: string;
  readonly template: Template;
}

/** Parses `NAME:.node,CPU:.cpuCores` as kubectl's -o custom-columns does. Throws a TemplateError. */
function parseCustomColumns(spec: string): readonly CustomColumn[] {
  if (spec === '')
    throw new TemplateError('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0)
      throw new TemplateError(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      );
    return { head: part.slice(0, colon), template: parsePath(part.slice(colon + 1)) };
  });
}

/** Parses a path: `name`, `.name`, `{name}` or `{.name}`. */
function parsePath(text: string): Template {
  if (text === '') return [];
  const [, braced, bare] = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text) ?? [];
  const path = braced ?? bare;
  if (path === undefined)
    throw new TemplateError(
      "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
    );
  return parseTemplate(`{.${path}}`);
}

/** Renders a table in kubectl's layout. It has a row for each item of a list, or one row for any other value. Throws a TemplateError. */
function renderCustomColumns(
  columns: readonly CustomColumn[],
  value: unknown,
  noHeaders = false,
): string {
  const heads = noHeaders ? [] : [columns.map(({ head }) => head)];
  const rows = itemsOf(value).map((item) => columns.map(({ template }) => cell(template, item)));
  const lines = [...heads, ...rows].map((line) => line.map(escapeControlLine));
  const widths = columns.map((_, index) =>
    Math.max(narrowest, widest(lines, (line) => line[index] ?? '') + gap),
  );
  return lines.map((line) => `${renderLine(line, widths)}\n`).join('');
}

/** Minimum width of a column in kubectl's tables, including the gap, in characters. */
const narrowest = 6;
const gap = 3;

function renderLine(line: readonly string[], widths: readonly number[]): string {
  return line
    .map((text, index) =>
      index === line.length - 1
        ? text
        : text + ' '.repeat((widths[index] ?? 0) - stringWidth(text)),
    )
    .join('');
}

function itemsOf(value: unknown): readonly unknown[] {
  const { items } = isObject(value) ? (value as { readonly items?: unknown }) : {};
  return Array.isArray(items) ? items : [value];
}

function cell(template: Template, item: unknown): string {
  const results = evaluate(template, item);
  const values = results.flat().map(sprint);
  // As in kubectl, prints <none> if the first node of the template found nothing, even if other nodes found values.
  return [...((results[0]?.length ?? 0) === 0 ? ['<none>'] : []), ...values].join(',');
}
