import {
  parseCustomColumns,
  parseCustomColumnsFile,
  renderCustomColumns,
} from './custom-columns.ts';
import { evaluate } from './jsonpath/evaluate.ts';
import { parseTemplate } from './jsonpath/parse.ts';
import { printFound, printFoundAsJson } from './jsonpath/print.ts';
import { TemplateError } from './jsonpath/template.ts';

/** The values of -o that kubectl takes with a template or a file, by what follows the equals sign. */
export const templateArguments = {
  jsonpath: 'TEMPLATE',
  'jsonpath-as-json': 'TEMPLATE',
  'jsonpath-file': 'FILE',
  'custom-columns': 'COLUMNS',
  'custom-columns-file': 'FILE',
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

/** Parses a template, or what its file holds. Throws a TemplateError. */
export function openTemplate(format: TemplateFormat, text: string): RenderTemplate {
  if (format === 'custom-columns' || format === 'custom-columns-file') {
    const parse = format === 'custom-columns' ? parseCustomColumns : parseCustomColumnsFile;
    const columns = parse(text);
    return (value, { noHeaders } = {}) => renderCustomColumns(columns, value, noHeaders);
  }
  const template = inKubectlsWords(`error parsing jsonpath ${text}, `, () => parseTemplate(text));
  const print = format === 'jsonpath-as-json' ? printFoundAsJson : printFound;
  return (value) =>
    inKubectlsWords(
      `error executing jsonpath ${JSON.stringify(text)}: Error executing template: `,
      () => print(evaluate(template, value)),
    );
}

function inKubectlsWords<T>(start: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(start + error.message) : error;
  }
}
