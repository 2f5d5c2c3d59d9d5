import type { Command, CommandClass } from 'clipanion';
import type { Context } from '../context.ts';
import type { CommandLine } from './argv.ts';
import { type Builder, declarationsOf } from './command-definition.ts';

/** clipanion's own parser is not used. It builds a state for every two options, which takes longer than most commands run. */
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
    // Option.Rest receives all arguments, including arguments that have their own declarations. Those declarations are only for help.
    addRest: () => {
      single = 0;
    },
    arity: { leading: { length: args.length } },
  };
  for (const { key, declaration } of declared) declaration.definition(builder, key);
  const state = {
    options: given.map(({ option, value = true }) => ({ name: option.name, value })),
    // As in clipanion's parser, `extra` is true for an optional argument, and false for an argument of Option.Rest.
    positionals: args.map((value, index) => ({ value, extra: index < single })),
  };
  for (const { owner, key, declaration } of declared)
    Object.assign(owner, { [key]: declaration.transformer(builder, key, state, { env: {} }) });
  return command;
}

/** The part of clipanion's builder that Option.Rest reads. Source: clipanion 3.2.1, options/Rest. */
interface Leading {
  readonly arity: { readonly leading: { readonly length: number } };
}
