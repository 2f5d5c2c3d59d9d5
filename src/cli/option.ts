import { Option } from 'clipanion';
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

type Completion = Pick<OptionSpec, 'completes'>;

/** By declaration: clipanion has no fields for them. */
const groups = new WeakMap<object, OptionGroup>();
const completions = new WeakMap<object, Completes>();

/**
 * How a command declares its own options, by heading, and what shells complete their values to:
 * `declare.output.text('-o,--output', 'Output format.', { completes: ['json', 'yaml'] })`.
 */
export const declare = {
  selection: declarations('Selection'),
  request: declarations('Request'),
  logs: declarations('Logs'),
  view: declarations('View'),
  behavior: declarations('Behavior'),
  output: declarations('Output'),
};

function declarations(group: OptionGroup) {
  const of = <Value>(declaration: Value, { completes }: Completion = {}): Value => {
    // It is an object until fillCommand puts the value in its place.
    groups.set(declaration as object, group);
    return completes === undefined ? declaration : completing(completes, declaration);
  };
  return {
    text: (
      names: string,
      description: string,
      { initial = '', ...more }: Completion & { readonly initial?: string } = {},
    ) => of(Option.String(names, initial, { description }), more),
    /** Undefined if it is not given, for options where an empty value is not the same. */
    textIfGiven: (names: string, description: string, more?: Completion) =>
      of(Option.String(names, { description }), more),
    list: (names: string, description: string, more?: Completion): readonly string[] =>
      of(Option.Array(names, [], { description }), more),
    flag: (names: string, description: string) => of(Option.Boolean(names, false, { description })),
    /** `--name`, which is true, or `--name=VALUE`. */
    flagOrText: (names: string, description: string, initial: string | false, more?: Completion) =>
      of(Option.String(names, initial, { description, tolerateBoolean: true }), more),
  };
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

/** How a command declares what shells complete an argument to. */
export function completing<Value>(completes: Completes, declaration: Value): Value {
  completions.set(declaration as object, completes);
  return declaration;
}

export function groupOf(declaration: object): OptionGroup {
  return groups.get(declaration) ?? 'Behavior';
}

export function completesOf(declaration: object): Completes | undefined {
  return completions.get(declaration);
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
