import { wrapText } from '../text/wrap.ts';
import type { CommandDefinition, CommandName, ExitCodes } from './command-definition.ts';
import { formatOption, type OptionSpec, ownGroups, sharedGroups } from './option.ts';
import { describeRules } from './option-rules.ts';

const program = 'kubectl kubeletaccess';

export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandName[];
}

export function renderOverview(groups: readonly CommandGroup[], width = usualWidth): string {
  const names = groups.flatMap(({ commands }) => commands.map(({ name }) => name));
  const longest = Math.max(...names.map((name) => name.length));
  return [
    wrapText(
      'kubectl kubeletaccess finds out why kubelets deny access, fixes it, and queries all kubelets at once.',
      width,
    ),
    '',
    ...groups.flatMap(({ title, commands }) => [
      `${title}:`,
      ...commands.map(({ name, summary }) => `  ${name.padEnd(longest)}   ${summary}`),
      '',
    ]),
    'Usage:',
    `  ${program} COMMAND [options]`,
    '',
    `Use "${program} COMMAND --help" for more information about a command.`,
    wrapText(
      `Use "${program} help nodes", "help output", "help trust", "help environment" or "help exit-codes" for topics common to several commands, "help agents" for programs that call kubelets, and "help skill" for AI agents.`,
      width,
    ),
    globalOptionsHint,
    '',
  ].join('\n');
}

/** Renders help in kubectl's order: purpose, examples, options of the command by group, and usage. Exit codes follow at the end. */
export function renderHelp(definition: CommandDefinition, width = usualWidth): string {
  const { description, examples, exitCodes: codes } = definition;
  const sections = [
    ...description.split('\n\n').map((text) => wrapText(text, width)),
    ...(examples.length > 0
      ? [`Examples:\n${examples.map(([title, line]) => `  # ${title}\n  ${line}`).join('\n\n')}`]
      : []),
    ...renderGroups(definition, ownGroups, width),
    ...sharedGroups.flatMap((group) => renderSharedGroup(definition.options, group, width)),
    `Usage:\n  ${formatUsage(definition)}`,
    ...(codes.length > 0 ? [renderExitCodes('Exit codes', codes, width)] : []),
    globalOptionsHint,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Width in columns of output that is not a terminal. */
const usualWidth = 80;

export function renderExitCodes(title: string, codes: ExitCodes, width = usualWidth): string {
  return `${title}:\n${codes.map((code) => renderExitCode(code, width)).join('\n')}`;
}

function renderExitCode([code, meaning]: readonly [number, string], width: number): string {
  const start = `  ${String(code).padEnd(3)} `;
  return start + wrapText(meaning, width, ' '.repeat(start.length)).trimStart();
}

/** Formats `kubectl kubeletaccess curl [PATH] [options]`. Options precede `--`, since all words after it are arguments. */
export function formatUsage({ name, positionals, options }: CommandDefinition): string {
  const [own = '', after = ''] = positionals.usage.split(/ (?=\[?-- )/);
  const words = [program, name, own, options.length > 0 ? '[options]' : '', after];
  return words.filter((word) => word !== '').join(' ');
}

export function renderGlobalOptions(options: readonly OptionSpec[], width = usualWidth): string {
  const groups = [...new Set(options.map(({ group }) => group))];
  return `The following options can be passed to any command:\n\n${renderGroups({ options, positionals: { usage: '' } }, groups, width).join('\n\n')}\n`;
}

const globalOptionsHint = `Use "${program} options" for a list of global command-line options.`;

function renderGroups(
  declared: Parameters<typeof describeRules>[1],
  groups: readonly string[],
  width: number,
): string[] {
  return groups.flatMap((group) => {
    const rows = declared.options
      .filter((option) => option.group === group)
      .map(
        (option) =>
          `    ${formatOption(option)}:\n${wrapText(option.description + describeRules(option, declared), width, ' '.repeat(8))}`,
      );
    return rows.length === 0 ? [] : [`${group} Options:\n${rows.join('\n')}`];
  });
}

function renderSharedGroup(
  options: readonly OptionSpec[],
  group: string,
  width: number,
): readonly string[] {
  const rows = options
    .filter((option) => option.group === group)
    .map((option) => [`    ${formatOption(option)}`, option.description] as const);
  if (rows.length === 0) return [];
  const longest = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, description]) => {
    const start = `${name.padEnd(longest)}   `;
    return start + wrapText(description, width, ' '.repeat(start.length)).trimStart();
  });
  return [`${group} Options:\n${lines.join('\n')}`];
}
