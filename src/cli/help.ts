import { exitCodes } from '../errors.ts';
import { type CommandDefinition, takesPath } from './usage.ts';

/** The list of commands. */
export function renderOverview(definitions: readonly CommandDefinition[]): string {
  const width = Math.max(...definitions.map(({ path }) => commandName(path).length));
  const rows = definitions.map(
    ({ path, description }) =>
      `  ${commandName(path).padEnd(width)}   ${description?.trim() ?? ''}`,
  );
  const { ok, error, usage, unmet, someFailed } = exitCodes;
  return [
    'Let kube-apiserver reach kubelets, see why it cannot, and call kubelets yourself.',
    '',
    'Available Commands:',
    ...rows,
    '',
    'Usage:',
    '  kubectl kubeletaccess COMMAND [options]',
    '',
    `Exit codes: ${ok} done, ${error} error, ${usage} wrong command line, ${unmet} status: access is missing,`,
    `or an audit found what --fail-on names, ${someFailed} status: some nodes failed, 130 interrupted.`,
    '',
    'Use "kubectl kubeletaccess COMMAND --help" for more about a command.',
    '',
  ].join('\n');
}

/** One command in kubectl's layout: what it does, examples, options, usage. */
export function renderHelp(definition: CommandDefinition): string {
  const { description = '', details = '', examples = [], options, path } = definition;
  const sections = [tidy(details || description)];
  if (examples.length > 0)
    sections.push(
      [
        'Examples:',
        ...examples.map(([title, line]) => `  # ${title.trim()}\n  ${line.trim()}`),
      ].join('\n'),
    );
  const rows = options.map(
    (option) =>
      `    ${option.definition.replace(' #0', '=VALUE')}:\n        ${option.description ?? ''}`,
  );
  if (rows.length > 0) sections.push(['Options:', ...rows].join('\n'));
  sections.push(`Usage:\n  ${path}${takesPath(definition) ? ' [PATH]' : ''} [options]`);
  return `${sections.join('\n\n')}\n`;
}

/** clipanion wraps with blanks at the ends of lines. */
function tidy(text: string): string {
  return text.trim().replaceAll(/ +\n/g, '\n');
}

function commandName(path: string): string {
  return path.split(' ').at(-1) ?? path;
}
