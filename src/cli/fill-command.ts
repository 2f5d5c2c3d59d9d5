import type { Command, CommandClass } from 'clipanion';
import type { Context } from '../context.ts';
import type { CommandLine } from './argv.ts';
import { type Builder, declarationsOf } from './command-definition.ts';

/**
 * Creates a command with the values of a command line. clipanion's own parser builds a state for every pair of options, which takes longer
 * than most commands run.
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
    // Option.Rest receives all arguments, also the arguments that are declared before: these are only for help.
    addRest: () => {
      single = 0;
    },
    arity: { leading: { length: args.length } },
  };
  for (const { key, declaration } of declared) declaration.definition(builder, key);
  const state = {
    options: given.map(({ option, value = true }) => ({ name: option.name, value })),
    // clipanion's parser sets `extra` in the same way: true for an optional argument, false for an argument of Option.Rest.
    positionals: args.map((value, index) => ({ value, extra: index < single })),
  };
  for (const { key, declaration } of declared)
    Object.assign(command, { [key]: declaration.transformer(builder, key, state, { env: {} }) });
  return command;
}

/** A part of clipanion's builder. Source: clipanion 3.2.1, options/Rest. */
interface Leading {
  readonly arity: { readonly leading: { readonly length: number } };
}
