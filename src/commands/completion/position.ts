import {
  type Catalog,
  type GivenOption,
  givenOptions,
  globalsOf,
  unknownFirst,
} from '../../cli/argv.ts';
import type { CommandDefinition, CommandName } from '../../cli/command-definition.ts';
import type { Completes } from '../../cli/completes.ts';
import { type Globals, globalOptionList } from '../../cli/global-options.ts';
import type { OptionSpec } from '../../cli/option.ts';
import { argumentsOf, readTokens, splitOption, type Token, takesValue } from '../../cli/tokens.ts';

/** Meaning of the word under the cursor, derived from the words before it. */
export interface Position {
  readonly wanted: Wanted;
  readonly word: string;
  /** The word without a leading `--name=` or `-o`. */
  readonly typed: string;
  readonly args: readonly string[];
  readonly given: readonly GivenOption[];
  readonly globals: Globals;
}

type Wanted =
  /** `pages`: topics of help that are not commands. */
  | {
      readonly kind: 'commands';
      readonly commands: readonly CommandName[];
      readonly pages?: Completes | undefined;
    }
  | { readonly kind: 'flags'; readonly options: readonly OptionSpec[] }
  /** `isJoined`: whether the value directly follows a short option, as in `-ojson`. */
  | {
      readonly kind: 'value';
      readonly completes: Completes | undefined;
      readonly option?: OptionSpec;
      readonly isJoined?: boolean;
    };

/** @param words words after the program's name; the last word is under the cursor, and may be empty */
export async function findPosition(words: readonly string[], catalog: Catalog): Promise<Position> {
  const before = words.slice(0, -1);
  const word = words.at(-1) ?? '';
  const { name, definition, options } = await findCommand(before, catalog);
  const tokens = readTokens(before, options);
  const given = givenOptions(tokens.filter(isWhole), options, name);
  const [, ...args] = argumentsOf(tokens);
  const found = (wanted: Wanted, typed = word): Position => {
    return { wanted, word, typed, args, given, globals: globalsOf(given) };
  };
  const last = tokens.at(-1);
  if (last?.type === 'option' && !isWhole(last)) return found(wantedOf(last.option));
  if (word.startsWith('-') && !tokens.some(({ type }) => type === 'end')) {
    const { value, options: [option] = [] } = splitOption(word, options) ?? {};
    if (option === undefined || value === undefined) return found({ kind: 'flags', options });
    return found({ ...wantedOf(option), isJoined: !word.includes('=') }, value);
  }
  if (name === '') return found({ kind: 'commands', commands: catalog.names });
  if (name === 'help' && args.length === 0) {
    // help also accepts the causes and audit rules that explain prints.
    const [pages] = (await catalog.define('explain')).positionals.completes;
    return found({ kind: 'commands', commands: catalog.names, pages });
  }
  const { most = 0, completes = [] } = definition?.positionals ?? {};
  const own =
    args.length < most ? completes[Math.min(args.length, completes.length - 1)] : undefined;
  return found({ kind: 'value', completes: own });
}

/** Loads the options of all commands if an option that is not global precedes the command. */
async function findCommand(
  before: readonly string[],
  catalog: Catalog,
): Promise<{
  readonly name: string;
  readonly definition?: CommandDefinition;
  readonly options: readonly OptionSpec[];
}> {
  let options = globalOptionList;
  if (unknownFirst(readTokens(before, options)) !== undefined)
    options = [...(await catalog.all()).flatMap((each) => each.options), ...options];
  const [name = ''] = argumentsOf(readTokens(before, options));
  if (name === '' || name === 'help') return { name, options };
  const definition = await catalog.define(name);
  return { name, definition, options: [...definition.options, ...globalOptionList] };
}

function isWhole(token: Token): boolean {
  return token.type === 'option' && !(takesValue(token.option) && token.value === undefined);
}

function wantedOf(option: OptionSpec): Extract<Wanted, { kind: 'value' }> {
  const completes = option.kind === 'flag' ? ['true', 'false'] : option.completes;
  return { kind: 'value', completes, option };
}
