import type { Context } from '../context.ts';
import type { Completes } from './completes.ts';
import type { ArgumentSpec, OptionSpec } from './option.ts';

export interface CommandName {
  readonly name: string;
  /** One line. */
  readonly summary: string;
}

/** Declarations of a command: its own options and arguments, and its help. */
export interface CommandDefinition extends CommandName {
  readonly description: string;
  readonly examples: Usage['examples'];
  readonly exitCodes: ExitCodes;
  readonly uses: readonly GlobalUse[];
  readonly options: readonly OptionSpec[];
  readonly positionals: Positionals;
}

/** Global options that not every command has a use for: those for kubelets, and --namespace. */
export type GlobalUse = 'kubelets' | 'namespace';

/** Meanings of exit codes, where a command has its own. */
type ExitCodes = readonly (readonly [code: number, meaning: string])[];

/** The words of help of a command. */
interface Usage {
  /** Paragraphs of at most three sentences. */
  readonly details: string;
  readonly examples: readonly (readonly [title: string, line: string])[];
  readonly exitCodes?: ExitCodes;
  /** Arguments that the command demands by itself, in words of its own. */
  readonly needs?: readonly string[];
}

export function describe(words: Usage): Usage {
  return words;
}

/** A command: its fields hold declarations of options and arguments until `fillCommand` puts their values there. */
export abstract class Command {
  static readonly usage: Usage;
  /** Which global options have an effect, beside kubectl's for connections. */
  static readonly uses: readonly GlobalUse[] = [];
  declare context: Context;
  abstract execute(): Promise<number>;
}

export interface CommandClass {
  new (): Command;
  readonly usage: Usage;
  readonly uses: readonly GlobalUse[];
}

interface Positionals {
  /** As the usage line shows them, such as `[PATH]`. */
  readonly usage: string;
  readonly most: number;
  /** How shells complete each argument, in order; the last entry counts for all that follow. */
  readonly completes: readonly (Completes | undefined)[];
}

/** Reads the declarations of a command class. */
export function describeCommand(
  { name, summary }: CommandName,
  commandClass: CommandClass,
): CommandDefinition {
  const { details, examples, exitCodes = [], needs = [] } = commandClass.usage;
  const fields = declarationsOf(new commandClass()).map(([, field]) => field);
  const args = fields.filter((field) => !('group' in field));
  const placeholders = args.map(({ kind, name }) => {
    const words = kind === 'rest' ? `${name}...` : name;
    return needs.includes(name) ? words : `[${words}]`;
  });
  const hasRest = args.some(({ kind }) => kind === 'rest');
  return {
    ...{ name, summary, description: details, examples, exitCodes, uses: commandClass.uses },
    options: fields.filter((field) => 'group' in field),
    positionals: {
      usage: placeholders.join(' '),
      most: hasRest ? Number.POSITIVE_INFINITY : args.length,
      completes: args.map(({ completes }) => completes),
    },
  };
}

/** The fields of a new command that declare options or arguments. */
export function declarationsOf(
  command: Command,
): readonly (readonly [key: string, declaration: OptionSpec | ArgumentSpec])[] {
  const isDeclaration = (field: unknown) => typeof field === 'object' && field !== null;
  return Object.entries(command).filter(([, field]) => isDeclaration(field));
}
