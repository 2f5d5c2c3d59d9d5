import { UsageFailure } from '../errors.ts';
import type { CommandDefinition } from './command-definition.ts';
import { type Globals, globalOptionList, globalOptions } from './global-options.ts';
import type { OptionSpec } from './option.ts';
import { parseOneOf } from './parse-options.ts';
import { missingArgument, tooManyArguments, unknownFlag } from './usage.ts';

/** A command line taken apart. */
export interface CommandLine {
  /** Empty if there is none. */
  readonly command: string;
  readonly help: boolean;
  readonly globals: Globals;
  /** The command's own options and arguments, as clipanion accepts them. */
  readonly args: readonly string[];
  /** Every option in effect, in the order of the command line. */
  readonly given: readonly GivenOption[];
}

export interface GivenOption {
  readonly option: OptionSpec;
  /** Undefined for an option without a value. */
  readonly value?: string | undefined;
}

/** Where the definitions of commands come from. Only what a command line needs is loaded. */
export interface Catalog {
  /** Throws a UsageFailure if there is no such command. */
  define(name: string): Promise<CommandDefinition>;
  all(): Promise<readonly CommandDefinition[]>;
}

type Token =
  | { readonly type: 'option'; readonly option: OptionSpec; readonly value: string | undefined }
  | { readonly type: 'argument'; readonly text: string }
  | { readonly type: 'unknown'; readonly word: string }
  | { readonly type: 'help' };

/** Reads what kubectl's users type: options may stand anywhere, also before the command, and help wins. */
export async function parseCommandLine(
  argv: readonly string[],
  catalog: Catalog,
): Promise<CommandLine> {
  const { command, help } = await findCommand(argv, catalog);
  if (help || command === '') return { command, help, globals: globalsOf([]), args: [], given: [] };
  const { options, positionals } = await catalog.define(command);
  const tokens = readTokens(argv, [...options, ...globalOptionList]);
  if (isHelp(tokens)) return parseCommandLine(['help', command], catalog);
  const given = givenOptions(tokens, options, command);
  const [, ...args] = argumentsOf(tokens);
  if (args.length > positionals.most)
    throw tooManyArguments(command, positionals.most, args.length);
  const words = given.filter(({ option }) => options.includes(option)).flatMap(formatGiven);
  return {
    command,
    help,
    globals: globalsOf(given),
    args: [...words, ...(args.length > 0 ? ['--', ...args] : [])],
    given,
  };
}

/** The options of all commands are loaded only where an option that is not a global one comes first. */
async function findCommand(
  argv: readonly string[],
  catalog: Catalog,
): Promise<{ readonly command: string; readonly help: boolean }> {
  let tokens = readTokens(argv, globalOptionList);
  if (unknownFirst(tokens) !== undefined) {
    const own = (await catalog.all()).flatMap(({ options }) => options);
    tokens = readTokens(argv, [...own, ...globalOptionList]);
    const unknown = unknownFirst(tokens);
    // The word that follows may be its value, and no command.
    if (unknown !== undefined && !isHelp(tokens))
      throw unknownFlag(unknown, [...own, ...globalOptionList], '');
  }
  const [command = '', topic = ''] = argumentsOf(tokens);
  if (command === 'help') return { command: topic, help: true };
  if (command === '') checkArguments(tokens, '');
  // Behind the command it may be the value of an option that is not known yet.
  const end = tokens.findIndex(({ type }) => type === 'argument');
  return { command, help: isHelp(end < 0 ? tokens : tokens.slice(0, end)) };
}

/** The unknown option that stands before the command, if any. */
function unknownFirst(tokens: readonly Token[]): string | undefined {
  const token = tokens.find(({ type }) => type === 'unknown' || type === 'argument');
  return token?.type === 'unknown' ? token.word : undefined;
}

function isHelp(tokens: readonly Token[]): boolean {
  return tokens.some(({ type }) => type === 'help');
}

function argumentsOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => (token.type === 'argument' ? [token.text] : []));
}

function readTokens(argv: readonly string[], options: readonly OptionSpec[]): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') {
      for (const text of argv.slice(index + 1)) tokens.push({ type: 'argument', text });
      break;
    }
    const split = splitOption(word, options);
    if (word === '-h' || word === '--help') tokens.push({ type: 'help' });
    else if (!word.startsWith('-') || word === '-') tokens.push({ type: 'argument', text: word });
    else if (!split) tokens.push({ type: 'unknown', word });
    else
      for (const option of split.options) {
        // The next word is the value, whatever it looks like: a command's name, or a secret.
        const value = split.value ?? (takesValue(option) ? argv[++index] : undefined);
        tokens.push({ type: 'option', option, value });
      }
  }
  return tokens;
}

/** Takes `--name=value`, `-o=value`, `-ovalue` and `-ik` apart; undefined if an option is unknown. */
function splitOption(
  word: string,
  options: readonly OptionSpec[],
): { readonly options: readonly OptionSpec[]; readonly value: string | undefined } | undefined {
  const [, name = '', value] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  const long = options.find((option) => option.name === name || option.short === name);
  if (long) return { options: [long], value };
  if (word.startsWith('--')) return undefined;
  const short = options.find((option) => option.short === word.slice(0, 2));
  if (short && takesValue(short)) return { options: [short], value: word.slice(2) };
  const letters = [...name.slice(1)].flatMap(
    (letter) => options.find((option) => option.short === `-${letter}`) ?? [],
  );
  const isComplete = letters.length > 0 && letters.length === name.length - 1;
  return isComplete && letters.every(({ kind }) => kind === 'flag')
    ? { options: letters, value }
    : undefined;
}

function takesValue({ kind }: OptionSpec): boolean {
  return kind === 'text' || kind === 'list';
}

function checkArguments(tokens: readonly Token[], command: string): void {
  for (const token of tokens)
    if (token.type === 'option' && takesValue(token.option) && token.value === undefined)
      throw missingArgument(token.option.name, command);
}

/** Of a flag that is given several times the last one counts; one that is off is left out. */
function givenOptions(
  tokens: readonly Token[],
  own: readonly OptionSpec[],
  command: string,
): readonly GivenOption[] {
  checkArguments(tokens, command);
  const values: GivenOption[] = [];
  const flags = new Map<OptionSpec, boolean>();
  for (const token of tokens) {
    if (token.type === 'unknown')
      throw unknownFlag(token.word, [...own, ...globalOptionList], command);
    if (token.type !== 'option') continue;
    const { option, value } = token;
    if (option.kind !== 'flag') values.push({ option, value });
    else flags.set(option, value === undefined || parseBoolean(option.name, value));
  }
  return [...values, ...[...flags].filter(([, on]) => on).map(([option]) => ({ option }))];
}

/** clipanion takes a value with a dash in front only where it is joined to the name. */
export function formatGiven({ option: { name, kind }, value }: GivenOption): readonly string[] {
  if (value === undefined) return [name];
  return kind === 'optional' || value.startsWith('-') ? [`${name}=${value}`] : [name, value];
}

function globalsOf(given: readonly GivenOption[]): Globals {
  const values = Object.entries(globalOptions).map(([key, option]: [string, OptionSpec]) => {
    const those = given.filter((each) => each.option === option);
    if (option.kind === 'flag') return [key, those.length > 0];
    if (option.kind === 'list') return [key, those.map(({ value }) => value)];
    return [key, those.at(-1)?.value ?? option.initial];
  });
  const globals = Object.fromEntries(values) as Globals;
  if (!/^\d+$/.test(globals.verbosity))
    throw new UsageFailure('invalid -v value: must be a number');
  parseOneOf('--color', globals.color, ['auto', 'always', 'never']);
  return globals;
}

/** As Go reads them. */
function parseBoolean(name: string, value: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new UsageFailure(`invalid ${name} value "${value}": must be "true" or "false"`);
}
