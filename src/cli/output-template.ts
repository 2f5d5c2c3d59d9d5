import { Failure, UsageFailure } from '../errors.ts';
import { TemplateError } from '../text/jsonpath/template.ts';
import {
  openTemplate,
  type RenderTemplate,
  splitTemplate,
  templateArguments,
  templateFormats,
} from '../text/output-template.ts';
import { declare } from './option.ts';
import { parseOneOf } from './parse-options.ts';

/** Parsed value of `-o`: a word of the command, or a function that renders a JSON value by a kubectl template. */
export type OutputFormat<Word extends string> = Word | RenderTemplate;

/** Forms of templates for help, such as `jsonpath=TEMPLATE`. */
const templateWords = templateFormats.map((format) => `${format}=${templateArguments[format]}`);

/** Declares `-o` of a command that prints a report. Shells complete a template up to its equals sign. */
export function outputOption(words: readonly string[]): string {
  const completes = [...words, ...templateFormats.map((format) => `${format}=`)];
  return declare.output.text(
    '-o,--output',
    `Output format: ${[...words, ...templateWords].join(', ')}.`,
    { initial: 'table', completes },
  );
}

/** Parses `-o`. A malformed template is a UsageFailure; rendering a value that the template does not fit is a Failure. */
export function openOutput<Word extends string>(
  output: string,
  words: readonly Word[],
): OutputFormat<Word> {
  const template = splitTemplate(output);
  if (!template) return parseOneOf('--output', output, [...words, ...templateWords]) as Word;
  const { format, argument } = template;
  if (argument === '')
    throw new UsageFailure(`--output ${format} requires ${format}=${templateArguments[format]}`);
  const render = orFail(() => openTemplate(format, argument), UsageFailure);
  return (value, options) => orFail(() => render(value, options), Failure);
}

function orFail<T>(action: () => T, Kind: typeof Failure): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof TemplateError ? new Kind(error.message, { cause: error }) : error;
  }
}
