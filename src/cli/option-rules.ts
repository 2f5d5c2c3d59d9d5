import { notTogether, UsageFailure } from '../errors.ts';
import { joinWords } from '../text/list.ts';
import { type CommandLine, isInEffect } from './argv.ts';
import type { CommandDefinition } from './command-definition.ts';
import type { Exclusion, OptionSpec } from './option.ts';

interface Declared {
  readonly options: readonly OptionSpec[];
  readonly positionals: Pick<CommandDefinition['positionals'], 'usage'>;
}

/**
 * Throws for the first option that cannot be used with the others, or that requires one that is missing. Reads only options that are in
 * effect.
 */
export function checkRules(
  line: Pick<CommandLine, 'given' | 'args'>,
  { positionals }: Pick<Declared, 'positionals'>,
): void {
  const names = namesOf(positionals.usage);
  const inEffect = line.given.filter(isInEffect);
  const isThere = (word: string) => {
    if (!word.startsWith('-'))
      return names.includes(word) && line.args.length > names.indexOf(word);
    const [name, value] = word.split('=');
    return inEffect.some(
      (each) => each.option.name === name && (value === undefined || each.value === value),
    );
  };
  for (const { option, value } of inEffect) {
    if (option.once && inEffect.some((each) => each.option === option && each.value !== value))
      throw new UsageFailure(`${option.name} takes one value: run the command once for each`);
    const other = option.not?.map(asExclusion).find((each) => isThere(each.with));
    if (other) throw notTogether(option.name, other.with.replace('=', ' '), other);
    if (option.needs && !option.needs.some(isThere))
      throw new UsageFailure(`${option.name} requires ${joinWords(option.needs, 'or')}`);
  }
}

/** Renders the rules of an option as sentences of its description. Names that the command does not have are left out. */
export function describeRules(
  { not = [], needs = [] }: Pick<OptionSpec, 'not' | 'needs'>,
  { options, positionals }: Declared,
): string {
  const known = [...options.map(({ name }) => name), ...namesOf(positionals.usage)];
  const others = not
    .map((each) => asExclusion(each).with)
    .filter((word) => known.includes(word.split('=', 1)[0] ?? ''));
  return [
    needs.length > 0 ? ` Requires ${joinWords(needs, 'or')}.` : '',
    others.length > 0 ? ` Not with ${joinWords(others, 'or')}.` : '',
  ].join('');
}

function asExclusion(other: string | Exclusion): Exclusion {
  return typeof other === 'string' ? { with: other } : other;
}

/** Returns the names of arguments: NODE and POD for `NODE [POD...]`. */
function namesOf(usage: string): readonly string[] {
  return usage.split(' ').map((word) => word.replaceAll(/[[\].]/g, ''));
}
