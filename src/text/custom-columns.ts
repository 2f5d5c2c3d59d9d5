import stringWidth from 'string-width';
import { escapeControlLine } from './escape.ts';
import { evaluate } from './jsonpath/evaluate.ts';
import { isObject, sprint } from './jsonpath/go-value.ts';
import { parseTemplate } from './jsonpath/parse.ts';
import { type Template, TemplateError } from './jsonpath/template.ts';
import { widest } from './table.ts';

export interface CustomColumn {
  readonly head: string;
  readonly template: Template;
}

/** `NAME:.node,CPU:.cpuCores`, as kubectl's -o custom-columns takes it. Throws a TemplateError. */
export function parseCustomColumns(spec: string): readonly CustomColumn[] {
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

/** `name`, `.name`, `{name}` or `{.name}`. */
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

/** In kubectl's layout: a row for a value, or for each item of a list. Throws a TemplateError. */
export function renderCustomColumns(
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

/** Of kubectl's tables, in characters; the first with the gap. */
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
  // kubectl asks the first node alone whether it found something.
  return [...((results[0]?.length ?? 0) === 0 ? ['<none>'] : []), ...values].join(',');
}
