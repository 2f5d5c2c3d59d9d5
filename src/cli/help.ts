import { exitCodes } from '../errors.ts';
import type { CommandDefinition, CommandName } from './command-definition.ts';
import { formatOption, type OptionSpec, optionGroups } from './option.ts';

const program = 'kubectl kubeletaccess';

/** A heading of the list of commands, and what stands under it. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandName[];
}

/** The list of commands. */
export function renderOverview(groups: readonly CommandGroup[]): string {
  const names = groups.flatMap(({ commands }) => commands.map(({ name }) => name));
  const width = Math.max(...names.map((name) => name.length));
  const { ok, error, usage, unmet, someFailed, defect, interrupted } = exitCodes;
  return [
    'kubectl kubeletaccess lets kube-apiserver reach kubelets, explains why it cannot, and calls kubelets for you.',
    '',
    ...groups.flatMap(({ title, commands }) => [
      `${title}:`,
      ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}   ${summary}`),
      '',
    ]),
    'Usage:',
    `  ${program} COMMAND [options]`,
    '',
    `Exit codes: ${ok} done, ${error} error, ${usage} invalid command line, ${unmet} access is missing or a check failed,`,
    `${someFailed} some nodes failed, ${defect} a bug in the plugin, ${interrupted} interrupted.`,
    '',
    `Use "${program} COMMAND --help" for more information about a command.`,
    globalOptionsHint,
    '',
  ].join('\n');
}

/** One command as kubectl shows it: purpose, examples, its own options by group, usage. */
export function renderHelp(definition: CommandDefinition): string {
  const { description, examples, options } = definition;
  const sections = [
    description,
    ...(examples.length > 0
      ? [`Examples:\n${examples.map(([title, line]) => `  # ${title}\n  ${line}`).join('\n\n')}`]
      : []),
    ...renderGroups(options, optionGroups),
    `Usage:\n  ${formatUsage(definition)}`,
    globalOptionsHint,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** `kubectl kubeletaccess curl [PATH] [options]` */
export function formatUsage({ name, positionals, options }: CommandDefinition): string {
  const words = [program, name, positionals.usage, options.length > 0 ? '[options]' : ''];
  return words.filter((word) => word !== '').join(' ');
}

/** What `kubectl kubeletaccess options` prints. */
export function renderGlobalOptions(options: readonly OptionSpec[]): string {
  const groups = [...new Set(options.map(({ group }) => group))];
  return `The following options can be passed to any command:\n\n${renderGroups(options, groups).join('\n\n')}\n`;
}

const globalOptionsHint = `Use "${program} options" for a list of global command-line options (applies to all commands).`;

function renderGroups(options: readonly OptionSpec[], groups: readonly string[]): string[] {
  return groups.flatMap((group) => {
    const rows = options
      .filter((option) => option.group === group)
      .map((option) => `    ${formatOption(option)}:\n        ${option.description}`);
    return rows.length === 0 ? [] : [`${group} Options:\n${rows.join('\n\n')}`];
  });
}
