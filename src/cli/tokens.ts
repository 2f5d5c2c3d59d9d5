import type { OptionSpec } from './option.ts';

export type Token =
  | { readonly type: 'option'; readonly option: OptionSpec; readonly value: string | undefined }
  | { readonly type: 'argument'; readonly text: string }
  | { readonly type: 'unknown'; readonly word: string }
  | { readonly type: 'help' }
  /** `--`: all words after it are arguments. */
  | { readonly type: 'end' };

export function isHelp(tokens: readonly Token[]): boolean {
  return tokens.some(({ type }) => type === 'help');
}

export function argumentsOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => (token.type === 'argument' ? [token.text] : []));
}

export function argumentsAfterDashes(tokens: readonly Token[]): readonly string[] {
  const end = tokens.findIndex(({ type }) => type === 'end');
  return end < 0 ? [] : argumentsOf(tokens.slice(end));
}

/** An option that is not in `options` becomes `unknown`. */
export function readTokens(
  argv: readonly string[],
  options: readonly OptionSpec[],
): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--') {
      tokens.push({ type: 'end' });
      for (const text of argv.slice(index + 1)) tokens.push({ type: 'argument', text });
      break;
    }
    const split = splitOption(word, options);
    if (word === '-h' || word === '--help') tokens.push({ type: 'help' });
    else if (!word.startsWith('-') || word === '-') tokens.push({ type: 'argument', text: word });
    else if (!split) tokens.push({ type: 'unknown', word });
    else
      for (const option of split.options) {
        // The next word is the value, even if it looks like an option.
        const value = split.value ?? (takesValue(option) ? argv[++index] : undefined);
        tokens.push({ type: 'option', option, value });
      }
  }
  return tokens;
}

/** Splits `--name=value`, `-o=value`, `-ovalue` and `-ik`; undefined if an option is unknown. */
export function splitOption(
  word: string,
  options: readonly OptionSpec[],
): { readonly options: readonly OptionSpec[]; readonly value: string | undefined } | undefined {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? undefined : word.slice(equals + 1);
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

export function takesValue({ kind }: OptionSpec): boolean {
  return kind === 'text' || kind === 'list';
}
