import { UsageFailure } from '../errors.ts';
import { nearest } from '../text/nearest.ts';
import type { OptionSpec } from './option.ts';

/** The command that prints the help of one command, or of all. */
export function helpCommand(command = ''): string {
  return `kubectl kubeletaccess ${command === '' ? '' : `${command} `}--help`;
}

export function unknownCommand(name: string, names: readonly string[]): UsageFailure {
  const near = nearest(name, names);
  const hints = near === undefined ? [] : [`did you mean: kubectl kubeletaccess ${near}`];
  // Anything else may be a value in the wrong place, and a secret.
  const shown = near === undefined ? '' : ` "${name}"`;
  return new UsageFailure(`unknown command${shown}`, { hints: [...hints, helpCommand()] });
}

/** `word` is the whole word: what stands behind `=` may be a secret, and so may what does not look like a flag. */
export function unknownFlag(
  word: string,
  options: readonly OptionSpec[],
  command: string,
): UsageFailure {
  const name = word.split('=', 1)[0] ?? '';
  const joined = options.find((option) => isJoined(name, option));
  if (joined)
    return new UsageFailure(`flag needs "=" or a space before its value: ${joined.name}`, {
      hints: [helpCommand(command)],
    });
  const isFlag =
    /^(?:--[a-z][a-z-]{0,39}|-[A-Za-z])$/.test(name) &&
    !options.some((option) => isNearlyJoined(name, option));
  const near = isFlag
    ? nearest(
        name,
        options.map((option) => option.name),
      )
    : undefined;
  return new UsageFailure(
    `unknown flag${isFlag ? `: ${name}` : ''}${near === undefined ? '' : `; did you mean ${near}?`}`,
    { hints: [helpCommand(command)] },
  );
}

/** `--tokens3cret`: the name of a flag that takes a secret, with more behind it than a mistake in typing. */
function isJoined(name: string, { name: known, secret }: OptionSpec): boolean {
  return secret !== undefined && name.startsWith(known) && name.length > known.length + 2;
}

/** The same for a mistyped name: what stands behind it is not shown. */
function isNearlyJoined(name: string, { name: known, secret }: OptionSpec): boolean {
  if (secret === undefined || name.length <= known.length + 2) return false;
  return [-1, 0, 1].some(
    (more) => nearest(name.slice(0, known.length + more), [known]) !== undefined,
  );
}

export function missingArgument(name: string, command: string): UsageFailure {
  return new UsageFailure(`flag needs an argument: ${name}`, { hints: [helpCommand(command)] });
}

/** The arguments themselves are not repeated. */
export function tooManyArguments(command: string, most: number, received: number): UsageFailure {
  const accepted = most === 0 ? 'no arguments' : `at most ${most} argument${most === 1 ? '' : 's'}`;
  return new UsageFailure(`${command} accepts ${accepted}, received ${received}`, {
    hints: [helpCommand(command)],
  });
}
