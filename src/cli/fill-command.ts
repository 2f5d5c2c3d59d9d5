import type { Command, CommandClass } from 'clipanion';
import type { Context } from '../context.ts';
import type { CommandLine } from './argv.ts';
import { type Builder, declarationsOf } from './command-definition.ts';

/**
 * A new command with the values of a command line in place of its declarations. clipanion's own parser makes states for each option
 * behind each other one, which takes longer than most commands.
 */
export function fillCommand(
  commandClass: CommandClass<Context>,
  { given, args }: Pick<CommandLine, 'given' | 'args'>,
): Command<Context> {
  const command = new commandClass();
  const declared = declarationsOf(command);
  let single = 0;
  const builder: Builder & Leading = {
    addOption: () => {},
    addPositional: ({ name, required = true }) => {
      if (required) throw new Error(`the command must check itself that it has ${name}`);
      single += 1;
    },
    // It takes all of them, as clipanion has it; those before it only show in help what the first may be.
    addRest: () => {
      single = 0;
    },
    arity: { leading: { length: args.length } },
  };
  for (const { key, declaration } of declared) declaration.definition(builder, key);
  const state = {
    options: given.map(({ option, value = true }) => ({ name: option.name, value })),
    // As clipanion's parser marks them: true for an optional declaration; false, and among the leading ones, for one that takes the rest.
    positionals: args.map((value, index) => ({ value, extra: index < single })),
  };
  for (const { key, declaration } of declared)
    Object.assign(command, { [key]: declaration.transformer(builder, key, state, { env: {} }) });
  return command;
}

/** How many arguments come first in clipanion's builder. Source: clipanion 3.2.1, options/Rest. */
interface Leading {
  readonly arity: { readonly leading: { readonly length: number } };
}
