import { Command, type CommandClass, type Usage } from 'clipanion';
import type { Context } from '../context.ts';
import type { Completes } from './completes.ts';
import { factsOf, type OptionKind, type OptionSpec } from './option.ts';

export interface CommandName {
  readonly name: string;
  readonly summary: string;
}

export interface CommandDefinition extends CommandName {
  readonly description: string;
  readonly examples: readonly (readonly [title: string, line: string])[];
  readonly exitCodes: ExitCodes;
  readonly uses: readonly GlobalUse[];
  readonly options: readonly OptionSpec[];
  readonly positionals: Positionals;
}

/** Global options that only some commands use: `kubelets` means all options for connections to kubelets, `namespace` means --namespace. */
export type GlobalUse = 'kubelets' | 'namespace';

export type ExitCodes = readonly (readonly [code: number, meaning: string])[];

/** Each paragraph of `details` has at most three sentences. */
export function describe(words: {
  readonly details: string;
  readonly examples: [title: string, command: string][];
  readonly exitCodes?: ExitCodes;
  /** Names of required arguments. The command itself reports a missing argument. */
  readonly needs?: readonly string[];
}): Usage {
  return { ...Command.Usage(words), ...words };
}

interface Positionals {
  /** Arguments as the usage line shows them, such as `[PATH]`. */
  readonly usage: string;
  readonly most: number;
  /** Completion of each argument, in order; the last entry applies to all further arguments. */
  readonly completes: readonly (Completes | undefined)[];
}

/** The initial value of a field of a command class. `fillCommand` replaces it with the value of the option or argument. */
type Declaration = Readonly<{
  definition(builder: Builder, key: string): void;
  transformer(builder: Builder, key: string, state: object, context: object): unknown;
}>;

/** The methods that a declaration calls to register itself. Source: clipanion 3.2.1, core.CommandBuilder. */
export interface Builder {
  addOption(option: {
    readonly names: readonly string[];
    readonly arity: number;
    readonly description?: string;
    readonly allowBinding?: boolean;
  }): void;
  addPositional(positional: { readonly name: string; readonly required?: boolean }): void;
  addRest(rest: { readonly name: string; readonly required?: number }): void;
}

export function describeCommand(
  commandClass: CommandClass<Context>,
  summary: string,
): CommandDefinition {
  const options: OptionSpec[] = [];
  const placeholders: string[] = [];
  const argumentCompletes: (Completes | undefined)[] = [];
  let most = 0;
  const {
    details = summary,
    examples = [],
    exitCodes = [],
    needs = [],
  }: Usage & Partial<Parameters<typeof describe>[0]> = commandClass.usage ?? {};
  for (const { key, declaration } of declarationsOf(new commandClass())) {
    const builder: Builder = {
      addOption: ({ names, arity, description = '', allowBinding = true }) => {
        const state = { options: [], positionals: [] };
        const initial = declaration.transformer(builder, key, state, { env: {} });
        const [name = '', short] = [...names].sort((a, b) => b.length - a.length);
        options.push({
          name,
          short,
          kind: kindOf(arity, allowBinding, initial),
          initial: initial as string,
          group: 'Behavior',
          description,
          ...factsOf(declaration),
        });
      },
      addPositional: ({ name, required = true }) => {
        placeholders.push(required || needs.includes(name) ? name : `[${name}]`);
        argumentCompletes.push(factsOf(declaration).completes);
        most += 1;
      },
      addRest: ({ name, required = 0 }) => {
        const isNeeded = required > 0 || needs.includes(name);
        placeholders.push(isNeeded ? `${name}...` : `[${name}...]`);
        argumentCompletes.push(factsOf(declaration).completes);
        most = Number.POSITIVE_INFINITY;
      },
    };
    declaration.definition(builder, key);
  }
  return {
    name: commandClass.paths?.[0]?.[0] ?? '',
    summary,
    description: details.trim(),
    examples,
    exitCodes,
    uses: (commandClass as { readonly uses?: readonly GlobalUse[] }).uses ?? [],
    options,
    positionals: { usage: placeholders.join(' '), most, completes: argumentCompletes },
  };
}

interface DeclaredField {
  /** The command, or the group of options that has the field. */
  readonly owner: object;
  readonly key: string;
  readonly declaration: Declaration;
}

/** Each field of a command declares an option or an argument, or is a group: an object whose fields do. */
export function declarationsOf(owner: object): readonly DeclaredField[] {
  return Object.entries(owner).flatMap(([key, field]) => {
    if (isDeclaration(field)) return { owner, key, declaration: field };
    return isGroup(field) ? declarationsOf(field) : [];
  });
}

function isGroup(field: unknown): field is object {
  return (
    typeof field === 'object' &&
    field !== null &&
    Object.getPrototypeOf(field) === Object.prototype &&
    Object.values(field).some(isDeclaration)
  );
}

function isDeclaration(field: unknown): field is Declaration {
  return typeof field === 'object' && field !== null && Command.isOption in field;
}

function kindOf(arity: number, allowBinding: boolean, initial: unknown): OptionKind {
  if (arity === 0) return allowBinding ? 'optional' : 'flag';
  return Array.isArray(initial) ? 'list' : 'text';
}
