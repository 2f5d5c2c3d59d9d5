import type { CommandLine } from './argv.ts';
import { type Command, type CommandClass, declarationsOf } from './command-definition.ts';
import { optionValue } from './option.ts';

/** A new command with the values of a command line in place of its declarations. */
export function fillCommand(
  commandClass: CommandClass,
  { given, args }: Pick<CommandLine, 'given' | 'args'>,
): Command {
  const command = new commandClass();
  const left = [...args];
  const values = declarationsOf(command).map(([key, field]) => {
    if ('group' in field) return [key, optionValue(field, given)];
    return [key, field.kind === 'rest' ? left.splice(0) : left.shift()];
  });
  return Object.assign(command, Object.fromEntries(values));
}
