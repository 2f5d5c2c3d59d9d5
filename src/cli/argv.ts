import { UsageFailure } from '../errors.ts';
import type { CommandDefinition, CommandName, GlobalUse } from './command-definition.ts';
import { type Globals, globalOptionList, globalOptions } from './global-options.ts';
import type { OptionSpec } from './option.ts';
import { parseOneOf } from './parse-options.ts';
import {
  argumentsAfterDashes,
  argumentsOf,
  isHelp,
  readTokens,
  type Token,
  takesValue,
} from './tokens.ts';
import { foreignFlag, missingArgument, sameFlag, tooManyArguments, unknownFlag } from './usage.ts';

export interface CommandLine {
  /** Name of the command; empty if the command line has none. */
  readonly command: string;
  readonly help: boolean;
  readonly globals: Globals;
  readonly args: readonly string[];
  /** Options in effect: first the options with values, in the order of the command line, then the flags that are true. */
  readonly given: readonly GivenOption[];
  readonly argsAfterDashes: number;
}

export interface GivenOption {
  readonly option: OptionSpec;
  readonly value?: string | undefined;
}

export function isGiven(given: readonly GivenOption[], name: string): boolean {
  return given.some(({ option }) => option.name === name);
}

/** Whether an option changes anything: scripts pass options with an empty value, or with the initial one. */
export function isInEffect({ option, value }: GivenOption): boolean {
  return value === undefined || (value !== '' && value !== String(option.initial));
}

/** Only the definitions that a command line needs are loaded. */
export interface Catalog {
  /** All commands, in the order in which help lists them. */
  readonly names: readonly CommandName[];
  /** Throws a UsageFailure for an unknown command. */
  define(name: string): Promise<CommandDefinition>;
  all(): Promise<readonly CommandDefinition[]>;
}

/** As in kubectl, options may precede the command. With --help, unknown options are not an error. */
export async function parseCommandLine(
  argv: readonly string[],
  catalog: Catalog,
): Promise<CommandLine> {
  const { command, help } = await findCommand(argv, catalog);
  if (help || command === '')
    return { command, help, globals: globalsOf([]), args: [], given: [], argsAfterDashes: 0 };
  const { options, positionals, uses } = await catalog.define(command);
  const tokens = readTokens(argv, [...options, ...globalOptionList]);
  if (isHelp(tokens)) return parseCommandLine(['help', command], catalog);
  const unknown = tokens.find((token) => token.type === 'unknown');
  if (unknown) throw await unknownFlagOf(unknown.word, options, command, catalog);
  const given = givenOptions(tokens, options, command);
  for (const { option } of given) rejectUnused(option, uses, command);
  const [, ...args] = argumentsOf(tokens);
  if (args.length > positionals.most)
    throw tooManyArguments(command, positionals.most, args.length);
  return {
    command,
    help,
    globals: globalsOf(given),
    args,
    given,
    argsAfterDashes: argumentsAfterDashes(tokens).length,
  };
}

/** Another command may have the option, so all commands are loaded. */
async function unknownFlagOf(
  word: string,
  options: readonly OptionSpec[],
  command: string,
  catalog: Catalog,
): Promise<UsageFailure> {
  const [name] = word.split('=', 1);
  const owners = (await catalog.all()).filter((each) =>
    each.options.some((option) => option.name === name || option.short === name),
  );
  const isKnown = sameFlag(name ?? '', options) !== undefined;
  if (owners.length === 0 || isKnown)
    return unknownFlag(word, [...options, ...globalOptionList], command);
  return foreignFlag(
    name ?? '',
    owners.map((each) => each.name),
    command,
  );
}

function rejectUnused(option: OptionSpec, uses: readonly GlobalUse[], command: string): void {
  if (option === globalOptions.namespace && !uses.includes('namespace'))
    throw new UsageFailure(`--namespace cannot be used with ${command}, which has no namespaces`);
  if (option.group === globalOptions.kubeletPort.group && !uses.includes('kubelets'))
    throw new UsageFailure(
      `${option.name} cannot be used with ${command}, which calls no kubelets`,
    );
}

/**
 * Reads the options before the command. `-f` takes a value in some commands and is a flag in others, so both meanings are tried. Uses the
 * first meaning with which the next argument is the name of a command.
 */
function readBeforeCommand(
  argv: readonly string[],
  own: readonly OptionSpec[],
  commands: readonly CommandName[],
): readonly Token[] {
  const flags = own.filter((option) => !takesValue(option));
  const rest = own.filter(takesValue);
  const readings = [
    [...rest, ...flags],
    [...flags, ...rest],
  ].map((options) => readTokens(argv, [...options, ...globalOptionList]));
  const isNamed = (tokens: readonly Token[]) =>
    commands.some(({ name }) => name === argumentsOf(tokens)[0]);
  return readings.find(isNamed) ?? readings[0] ?? [];
}

/** Loads the options of all commands if an option that is not global precedes the command. */
async function findCommand(
  argv: readonly string[],
  catalog: Catalog,
): Promise<{ readonly command: string; readonly help: boolean }> {
  let tokens = readTokens(argv, globalOptionList);
  if (unknownFirst(tokens) !== undefined) {
    const own = (await catalog.all()).flatMap(({ options }) => options);
    tokens = readBeforeCommand(argv, own, catalog.names);
    const unknown = unknownFirst(tokens);
    // The word after an unknown option may be its value, so it cannot be taken as the command.
    if (unknown !== undefined && !isHelp(tokens))
      throw unknownFlag(unknown, [...own, ...globalOptionList], '');
  }
  const [command = '', topic = ''] = argumentsOf(tokens);
  if (command === 'help') return { command: topic, help: true };
  if (command === '') checkArguments(tokens, '');
  // A `--help` after the command is ignored here, because it may be the value of a command option. The options of the command are not
  // loaded yet.
  const end = tokens.findIndex(({ type }) => type === 'argument');
  return { command, help: isHelp(end < 0 ? tokens : tokens.slice(0, end)) };
}

export function unknownFirst(tokens: readonly Token[]): string | undefined {
  const token = tokens.find(({ type }) => type === 'unknown' || type === 'argument');
  return token?.type === 'unknown' ? token.word : undefined;
}

function checkArguments(tokens: readonly Token[], command: string): void {
  for (const token of tokens)
    if (token.type === 'option' && takesValue(token.option) && token.value === undefined)
      throw missingArgument(token.option.name, command);
}

/** If a flag is repeated, its last value is used. Flags that are false are omitted. */
export function givenOptions(
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

export function globalsOf(given: readonly GivenOption[]): Globals {
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

/** Parses the words that Go's strconv.ParseBool accepts. */
function parseBoolean(name: string, value: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new UsageFailure(`invalid ${name} value "${value}": must be "true" or "false"`);
}
