import { Failure, UsageFailure } from '../errors.ts';
import { TemplateError } from '../text/jsonpath/template.ts';
import {
  openTemplate,
  type RenderTemplate,
  splitTemplate,
  type TemplateFormat,
  templateArguments,
  templateFormats,
} from '../text/output-template.ts';
import { declare } from './option.ts';
import { parseOneOf } from './parse-options.ts';

/** Value of `-o`: a word, or a function that renders a JSON value by a template of kubectl. */
export type OutputFormat<Word extends string> = Word | RenderTemplate;

/** For commands whose `-o` takes only words. */
export const noTemplates = [] as const;

type Templates = readonly TemplateFormat[];

/** Declares `-o`. The first word is the default; help omits it if it is empty. Shells complete a template up to its equals sign. */
export function outputOption(
  words: readonly string[],
  templates: Templates = templateFormats,
): string {
  const [initial = ''] = words;
  const shown = words.filter((word) => word !== '');
  return declare.output.text(
    '-o,--output',
    `Output format: ${[...shown, ...templates.map(templateWord)].join(', ')}.`,
    { initial, completes: [...shown, ...templates.map((format) => `${format}=`)] },
  );
}

/** Parses `-o`. A malformed template is a UsageFailure; rendering a value that the template does not fit is a Failure. */
export function openOutput<Word extends string>(
  output: string,
  words: readonly Word[],
  templates: typeof noTemplates,
): Word;
export function openOutput<Word extends string>(
  output: string,
  words: readonly Word[],
): OutputFormat<Word>;
export function openOutput<Word extends string>(
  output: string,
  words: readonly Word[],
  templates: Templates = templateFormats,
): OutputFormat<Word> {
  const template = splitTemplate(output);
  if (!template || !templates.includes(template.format))
    return parseOneOf('--output', output, [...words, ...templates.map(templateWord)]) as Word;
  const { format, argument } = template;
  if (argument === '')
    throw new UsageFailure(`--output ${format} requires ${templateWord(format)}`);
  const render = orFail(() => openTemplate(format, argument), UsageFailure);
  return (value, options) => orFail(() => render(value, options), Failure);
}

/** Formats a template for help, such as `jsonpath=TEMPLATE`. */
function templateWord(format: TemplateFormat): string {
  return `${format}=${templateArguments[format]}`;
}

function orFail<T>(action: () => T, Kind: typeof Failure): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof TemplateError ? new Kind(error.message, { cause: error }) : error;
  }
}
