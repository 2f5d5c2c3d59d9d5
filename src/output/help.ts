import type { Definition } from 'clipanion';
import { exitCodes } from '../errors.ts';

/** The list of commands. */
export function renderOverview(definitions: readonly Definition[]): string {
  const width = Math.max(...definitions.map(({ path }) => commandName(path).length));
  const rows = definitions.map(
    ({ path, description }) => `  ${commandName(path).padEnd(width)}   ${description ?? ''}`,
  );
  return [
    'Let kube-apiserver reach kubelets, see why it cannot, and call kubelets yourself.',
    '',
    'Available Commands:',
    ...rows,
    '',
    'Usage:',
    '  kubectl kubeletaccess COMMAND [flags]',
    '',
    `Exit codes: ${exitCodes.ok} done, ${exitCodes.error} error, ${exitCodes.usage} wrong command line, ${exitCodes.no} status: access is missing, ${exitCodes.someFailed} some nodes failed.`,
    'Use "kubectl kubeletaccess COMMAND --help" for more about a command.',
    '',
  ].join('\n');
}

/** One command in kubectl's layout: what it does, examples, options, usage. */
export function renderHelp(definition: Definition): string {
  const { description = '', details = '', examples = [], options, path } = definition;
  const sections = [details.trim() || description];
  if (examples.length > 0)
    sections.push(
      ['Examples:', ...examples.map(([title, line]) => `  # ${title}\n  ${line}`)].join('\n'),
    );
  const rows = options.map(
    (option) => `    ${option.definition}:\n        ${option.description ?? ''}`,
  );
  if (rows.length > 0) sections.push(['Options:', ...rows].join('\n'));
  const positional = /\[PATH\]/.test(definition.usage) ? ' [PATH]' : '';
  sections.push(`Usage:\n  ${path}${positional} [options]`);
  return `${sections.join('\n\n')}\n`;
}

function commandName(path: string): string {
  return path.split(' ').at(-1) ?? path;
}
