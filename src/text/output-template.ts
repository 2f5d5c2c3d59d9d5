import { parseCustomColumns, renderCustomColumns } from './custom-columns.ts';
import { escapeControl, escapeJson } from './escape.ts';
import { evaluate, type Found } from './jsonpath/evaluate.ts';
import { goJson, isObject, noValue, sprint } from './jsonpath/go-value.ts';
import { parseTemplate } from './jsonpath/parse.ts';
import { TemplateError } from './jsonpath/template.ts';

/** The values of -o that kubectl takes with a template, by what follows the equals sign. */
export const templateArguments = {
  jsonpath: 'TEMPLATE',
  'custom-columns': 'COLUMNS',
} as const;

export type TemplateFormat = keyof typeof templateArguments;

export const templateFormats = Object.keys(templateArguments) as readonly TemplateFormat[];

interface RenderOptions {
  readonly noHeaders?: boolean;
}

/** Prints a JSON value by a template. Throws a TemplateError. */
export type RenderTemplate = (value: unknown, options?: RenderOptions) => string;

/** `jsonpath={.verdict}`, split; undefined for another format. */
export function splitTemplate(
  output: string,
): { readonly format: TemplateFormat; readonly argument: string } | undefined {
  const equals = output.indexOf('=');
  const name = equals < 0 ? output : output.slice(0, equals);
  const format = templateFormats.find((each) => each === name);
  return format && { format, argument: equals < 0 ? '' : output.slice(equals + 1) };
}

/** Parses a template. Throws a TemplateError. */
export function openTemplate(format: TemplateFormat, text: string): RenderTemplate {
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

/** What kubectl prints with -o jsonpath: a text as it is, a list or an object as JSON, several with a blank between. */
function printFound(results: readonly Found[]): string {
  return results.map((found) => found.map(printValue).join(' ')).join('');
}

function printValue(value: unknown): string {
  if (isObject(value)) return escapeJson(goJson(value));
  if (value === noValue) return '<no value>';
  return value === null ? 'null' : escapeControl(sprint(value));
}
