import type { Completes } from './completes.ts';

/** `text` takes a value; `list` too, and may be repeated; `flag` takes none; `optional` takes one after `=` only. */
export type OptionKind = 'text' | 'list' | 'flag' | 'optional';

type OptionValue = string | boolean | readonly string[] | undefined;

/** One option: what the parser, help, docs and repeated commands know of it. */
export interface OptionSpec<Value extends OptionValue = OptionValue> {
  /** `--output` */
  readonly name: string;
  /** `-o` */
  readonly short?: string | undefined;
  readonly kind: OptionKind;
  readonly initial: Value;
  /** The heading of help that it stands under. */
  readonly group: string;
  readonly description: string;
  /** Never repeated: the whole value, or what a URL holds before its host and in its query. */
  readonly secret?: 'value' | 'url' | undefined;
  /** How shells complete the value; undefined for no completion. */
  readonly completes?: Completes | undefined;
}

/** The headings of a command's own options, in the order of help. */
export const optionGroups = ['Selection', 'Request', 'Logs', 'View', 'Behavior', 'Output'] as const;

type OptionGroup = (typeof optionGroups)[number];

/** An option as the command line gives it. */
export interface GivenOption {
  readonly option: OptionSpec;
  /** Undefined for an option without a value. */
  readonly value?: string | undefined;
}

/** Makes the options under a heading of help: `text('-o,--output', 'Output format.', { initial: 'table' })`. */
export function optionsOf<Group extends string>(group: Group) {
  function option<Value extends OptionValue>(
    kind: OptionKind,
    names: string,
    initial: Value,
    description: string,
    more: More = {},
  ): OptionSpec<Value> {
    const [short, name = names] = names.includes(',') ? names.split(',') : [];
    return { name, short, kind, initial, group, description, ...more };
  }
  return {
    text: (
      names: string,
      description: string,
      { initial = '', ...more }: More & { readonly initial?: string } = {},
    ) => option<string>('text', names, initial, description, more),
    /** Undefined if it is not given, for options where an empty value is not the same. */
    textIfGiven: (names: string, description: string, more?: More) =>
      option<string | undefined>('text', names, undefined, description, more),
    list: (names: string, description: string, more?: More) =>
      option<readonly string[]>('list', names, [], description, more),
    flag: (names: string, description: string, more?: More) =>
      option<boolean>('flag', names, false, description, more),
    /** `--name`, which is true, or `--name=VALUE`. */
    flagOrText: (names: string, description: string, initial: string | false, more?: More) =>
      option<string | boolean>('optional', names, initial, description, more),
  };
}

type More = Pick<OptionSpec, 'secret' | 'completes'>;

type Makers = ReturnType<typeof optionsOf>;

/** Makers of fields, which hold an option until `fillCommand` puts its value there. */
type Declarations = {
  readonly [Kind in keyof Makers]: (
    ...words: Parameters<Makers[Kind]>
  ) => ReturnType<Makers[Kind]>['initial'];
};

const declarations = (group: OptionGroup) => optionsOf(group) as unknown as Declarations;

/** How a command declares its own options, by heading: `output = declare.output.text('-o,--output', 'Output format.')`. */
export const declare = {
  selection: declarations('Selection'),
  request: declarations('Request'),
  logs: declarations('Logs'),
  view: declarations('View'),
  behavior: declarations('Behavior'),
  output: declarations('Output'),
};

/** An argument of a command, or all that are left. */
export interface ArgumentSpec {
  readonly kind: 'argument' | 'rest';
  /** As the usage line shows it. */
  readonly name: string;
  readonly completes: Completes | undefined;
}

/** How a command declares an argument, which may be missing. */
export function argument(name: string, completes?: Completes): string | undefined {
  return { kind: 'argument', name, completes } satisfies ArgumentSpec as unknown as undefined;
}

/** How a command declares all arguments that are left. */
export function restArguments(name: string, completes?: Completes): readonly string[] {
  return { kind: 'rest', name, completes } satisfies ArgumentSpec as unknown as readonly string[];
}

/** Declares `-o` of a command that takes no template; an empty word stands for no `-o`. */
export function wordOutputOption([initial, ...others]: readonly string[]): string {
  const completes = initial === '' ? others : [initial ?? '', ...others];
  const description = `Output format. One of: ${completes.join(', ')}.`;
  return declare.output.text('-o,--output', description, { initial: initial ?? '', completes });
}

/** Values of options, by the keys of `Options`; empty if they are not given. */
export type ValuesOf<Options extends Readonly<Record<string, () => unknown>>> = {
  readonly [Key in keyof Options]: ReturnType<Options[Key]>;
};

/** The value of an option on a command line; `true` for one that takes none. */
export function optionValue(
  { name, kind, initial }: OptionSpec,
  given: readonly GivenOption[],
): OptionValue {
  const values = given.flatMap(({ option, value = true }) => (option.name === name ? [value] : []));
  return kind === 'list' ? (values as readonly string[]) : (values.at(-1) ?? initial);
}

/** As kubectl shows it: `-o, --output=''`, `--node=[]`, `--force=false`, `--timeout=10s`. */
export function formatOption({ name, short, initial }: OptionSpec): string {
  return `${short === undefined ? '' : `${short}, `}${name}=${formatInitial(initial)}`;
}

function formatInitial(initial: OptionValue): string {
  if (typeof initial === 'boolean') return String(initial);
  if (typeof initial === 'object') return `[${initial.join(',')}]`;
  // Numbers and durations are bare.
  return /^\d+[a-z]*$/.test(initial ?? '') ? String(initial) : `'${initial ?? ''}'`;
}
