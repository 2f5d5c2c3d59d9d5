import type { RenderTemplate } from '../text/output-template.ts';
import { declare } from './option.ts';
import { parseOneOf } from './parse-options.ts';

export type OutputFormat<Word extends string> = Word | RenderTemplate;

/** This is an interface, so that commands without templates do not load the template parser. */
export interface OutputTemplates {
  /** The formats as help lists them, such as `jsonpath=TEMPLATE`. */
  readonly words: readonly string[];
  /** Returns undefined if the value is not a template. Throws a UsageFailure for a malformed template. */
  open(output: string): RenderTemplate | undefined;
}

/** The first word is the default. If it is empty, help does not list it. Shells complete a template up to its equals sign. */
export function outputOption(words: readonly string[], templates?: OutputTemplates): string {
  const [initial = ''] = words;
  const shown = [...words.filter((word) => word !== ''), ...(templates?.words ?? [])];
  return declare.output.text('-o,--output', `Output format: ${shown.join(', ')}.`, {
    initial,
    completes: shown.map((word) => word.replace(/=.*/, '=')),
  });
}

export function parseFormat<Word extends string>(output: string, words: readonly Word[]): Word;
export function parseFormat<Word extends string>(
  output: string,
  words: readonly Word[],
  templates: OutputTemplates,
): OutputFormat<Word>;
export function parseFormat<Word extends string>(
  output: string,
  words: readonly Word[],
  templates?: OutputTemplates,
): OutputFormat<Word> {
  const render = templates?.open(output);
  return (
    render ?? (parseOneOf('--output', output, [...words, ...(templates?.words ?? [])]) as Word)
  );
}
