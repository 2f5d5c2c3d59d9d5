import { commandLine, placeholder } from '../text/command.ts';
import type { CommandLine, GivenOption } from './argv.ts';

/**
 * Returns a command to copy and paste. It has the given options except the options in `without`, and then the words in `more`. Placeholders
 * replace secrets.
 */
export function rerunCommand(
  command: string,
  given: readonly GivenOption[],
  {
    args = [],
    without,
    more,
  }: {
    readonly args?: readonly string[];
    readonly without: readonly string[];
    readonly more: readonly string[];
  },
): string {
  const words = given
    .filter(({ option }) => !without.includes(option.name))
    .flatMap((each) => formatGiven(redact(each)));
  // A name that begins with a dash would be read as an option.
  const names = args.map((each) => (each.startsWith('-') ? placeholder : each));
  return commandLine(['kubectl', 'kubeletaccess', command, ...names, ...words, ...more]);
}

/**
 * Returns the command line without the options in `without`, and with the words in `more`. Placeholders replace the value of --data and the
 * words after `--`, because they may be secrets.
 */
export function rerunLine(
  { command, args, given, argsAfterDashes }: CommandLine,
  {
    args: kept = args.slice(0, args.length - argsAfterDashes),
    without = [],
    more,
  }: {
    readonly args?: readonly string[];
    readonly without?: readonly string[];
    readonly more: readonly string[];
  },
): string {
  return rerunCommand(command, given.map(withoutBody), {
    args: kept,
    without,
    more: [...more, ...(argsAfterDashes === 0 ? [] : ['--', 'COMMAND'])],
  });
}

function withoutBody(each: GivenOption): GivenOption {
  return each.option.name === '--data' ? { ...each, value: 'DATA' } : each;
}

/** A value that begins with a dash is joined by `=`, because after a space it would be read as an option. */
export function formatGiven({ option: { name, kind }, value }: GivenOption): readonly string[] {
  if (value === undefined) return [name];
  return kind === 'optional' || value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}

function redact({ option, value }: GivenOption): GivenOption {
  if (option.secret === undefined || value === undefined) return { option, value };
  return { option, value: option.secret === 'url' ? redactUrl(value) : 'REDACTED' };
}

/** Redacts what may be secret in a URL of any scheme: the text before the host, and the query. */
function redactUrl(url: string): string {
  return url.replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1REDACTED@').replace(/\?.*$/s, '');
}
