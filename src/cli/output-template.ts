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

/** The value of `-o`: a word of the command, or a template of kubectl's, ready to print a JSON value. */
export type OutputFormat<Word extends string> = Word | RenderTemplate;

/** For help: `jsonpath=TEMPLATE`. */
const templateWords = templateFormats.map((format) => `${format}=${templateArguments[format]}`);

/** Declares `-o` of a command that prints a report; shells complete a template as far as its equals sign. */
export function outputOption(words: readonly string[]): string {
  const completes = [...words, ...templateFormats.map((format) => `${format}=`)];
  return declare.output.text(
    '-o,--output',
    `Output format: ${[...words, ...templateWords].join(', ')}.`,
    { initial: 'table', completes },
  );
}

/** A malformed template is an invalid command line; one that does not fit the value is an error. */
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
