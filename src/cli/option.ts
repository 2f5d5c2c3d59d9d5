import { Option } from 'clipanion';
import type { Completes } from './completes.ts';

/** `text` takes a value. `list` takes a value and may be repeated. `flag` takes no value. `optional` takes a value only after `=`. */
export type OptionKind = 'text' | 'list' | 'flag' | 'optional';

type OptionValue = string | boolean | readonly string[] | undefined;

export interface OptionSpec<Value extends OptionValue = OptionValue> {
  /** `--output` */
  readonly name: string;
  /** `-o` */
  readonly short?: string | undefined;
  readonly kind: OptionKind;
  readonly initial: Value;
  readonly group: string;
  readonly description: string;
  /** The part of the value that is never printed: the whole value, or the user and the query of a URL. */
  readonly secret?: 'value' | 'url' | undefined;
  readonly completes?: Completes | undefined;
  /** Options, `--name=VALUE` and arguments with which the option cannot be used. Names that a command does not have do not matter. */
  readonly not?: readonly (string | Exclusion)[] | undefined;
  /** Options and arguments of which the option requires one. */
  readonly needs?: readonly string[] | undefined;
  /** Whether two different values are an error. Of other options that are repeated, the last value counts, as in kubectl. */
  readonly once?: true | undefined;
}

export interface Exclusion {
  readonly with: string;
  readonly why?: string;
  readonly hints?: readonly string[];
}

/** Headings of options that several commands share. Help prints them last, one line each; the reference prints each of them once. */
export const sharedGroups = ['Row', 'Node'] as const;

/** Headings of options of one command in help, in order. */
export const ownGroups = ['Selection', 'Request', 'Logs', 'View', 'Behavior', 'Output'] as const;

type OptionGroup = (typeof ownGroups)[number] | (typeof sharedGroups)[number];

/** What clipanion's declarations have no fields for. */
type More = Pick<OptionSpec, 'completes' | 'not' | 'needs' | 'once'>;

interface Facts extends More {
  readonly group?: OptionGroup;
}

const facts = new WeakMap<object, Facts>();

/**
 * Functions that declare options under a heading of help:
 * `declare.output.text('-o,--output', 'Output format.', { completes: ['json', 'yaml'] })`.
 */
export const declare = {
  selection: declarations('Selection'),
  request: declarations('Request'),
  logs: declarations('Logs'),
  view: declarations('View'),
  behavior: declarations('Behavior'),
  output: declarations('Output'),
  row: declarations('Row'),
  node: declarations('Node'),
};

function declarations(group: OptionGroup) {
  const of = <Value>(declaration: Value, more: More = {}): Value => {
    // Until fillCommand sets the value, the field holds the object that declares the option.
    facts.set(declaration as object, { group, ...more });
    return declaration;
  };
  return {
    text: (
      names: string,
      description: string,
      { initial = '', ...more }: More & { readonly initial?: string } = {},
    ) => of(Option.String(names, initial, { description }), more),
    /** Declares an option whose empty value has a meaning. The field is undefined if the option is not given. */
    textIfGiven: (names: string, description: string, more?: More) =>
      of(Option.String(names, { description }), more),
    list: (names: string, description: string, more?: More): readonly string[] =>
      of(Option.Array(names, [], { description }), more),
    flag: (names: string, description: string, more?: More) =>
      of(Option.Boolean(names, false, { description }), more),
    /** Declares an option whose field is true for `--name`, and VALUE for `--name=VALUE`. */
    flagOrText: (names: string, description: string, initial: string | false, more?: More) =>
      of(Option.String(names, initial, { description, tolerateBoolean: true }), more),
  };
}

export type ValuesOf<Options extends Readonly<Record<string, () => unknown>>> = {
  readonly [Key in keyof Options]: ReturnType<Options[Key]>;
};

export function completing<Value>(completes: Completes, declaration: Value): Value {
  facts.set(declaration as object, { completes });
  return declaration;
}

export function factsOf(declaration: object): Facts {
  return facts.get(declaration) ?? {};
}

/** Formats an option as kubectl's help does: `-o, --output=''`, `--node=[]`, `--force=false`, `--timeout=10s`. */
export function formatOption({ name, short, initial }: OptionSpec): string {
  return `${short === undefined ? '' : `${short}, `}${name}=${formatInitial(initial)}`;
}

function formatInitial(initial: OptionValue): string {
  if (typeof initial === 'boolean') return String(initial);
  if (typeof initial === 'object') return `[${initial.join(',')}]`;
  return /^\d+[a-z]*$/.test(initial ?? '') ? String(initial) : `'${initial ?? ''}'`;
}
