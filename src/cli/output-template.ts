import { Failure, UsageFailure } from '../errors.ts';
import { TemplateError } from '../text/jsonpath/template.ts';
import { compileTemplate, splitTemplate, templateArguments } from '../text/output-template.ts';
import type { OutputTemplates } from './output.ts';

/** If a template cannot render a value, rendering throws a Failure. */
export const templates: OutputTemplates = {
  words: Object.entries(templateArguments).map(([format, argument]) => `${format}=${argument}`),
  open: (output) => {
    const template = splitTemplate(output);
    if (!template) return undefined;
    const { format, argument } = template;
    if (argument === '')
      throw new UsageFailure(`--output ${format} requires ${format}=${templateArguments[format]}`);
    const render = orFail(() => compileTemplate(format, argument), UsageFailure);
    return (value, options) => orFail(() => render(value, options), Failure);
  },
};

function orFail<T>(action: () => T, Kind: typeof Failure): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof TemplateError ? new Kind(error.message, { cause: error }) : error;
  }
}
