import { commandLine, placeholder } from '../text/command.ts';
import type { CommandLine, GivenOption } from './argv.ts';

/**
 * The command that was given, with other options, to be pasted: another context or a narrower choice stays as it is.
 * Secrets are left out, and their places marked.
 */
export function rerunCommand(
  command: string,
  given: readonly GivenOption[],
  {
    args = [],
    without,
    more,
  }: {
    /** Behind the command, in front of its options. */
    readonly args?: readonly string[];
    readonly without: readonly string[];
    readonly more: readonly string[];
  },
): string {
  const words = given
    .filter(({ option }) => !without.includes(option.name))
    .flatMap((each) => formatGiven(redact(each)));
  // A name of the cluster must not become an option.
  const names = args.map((each) => (each.startsWith('-') ? placeholder : each));
  return commandLine(['kubectl', 'kubeletaccess', command, ...names, ...words, ...more]);
}

/** The command line, to run again. Its body, and its command in a container, are left out: they may hold secrets. */
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

/** A value with a dash in front would look like an option: it is joined to the name. */
export function formatGiven({ option: { name, kind }, value }: GivenOption): readonly string[] {
  if (value === undefined) return [name];
  return kind === 'optional' || value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}

function redact({ option, value }: GivenOption): GivenOption {
  if (option.secret === undefined || value === undefined) return { option, value };
  return { option, value: option.secret === 'url' ? redactUrl(value) : 'REDACTED' };
}

/** The text before the host of a URL, and its query, may be secrets, whatever the scheme. */
function redactUrl(url: string): string {
  return url.replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1REDACTED@').replace(/\?.*$/s, '');
}
