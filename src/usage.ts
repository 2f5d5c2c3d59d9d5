/** An option as a command declares it. */
export interface DeclaredOption {
  readonly names: readonly string[];
  readonly takesValue: boolean;
}

/** Reads clipanion's `-s,--server #0`. */
export function declaredOption({ definition }: { readonly definition: string }): DeclaredOption {
  const [names = '', value] = definition.split(' ');
  return { names: names.split(','), takesValue: value !== undefined };
}

/** What is wrong with a command's arguments, in kubectl's words; undefined if nothing is seen to be. */
export function explainUsage(
  command: string,
  options: readonly DeclaredOption[],
  mostPositionals: number,
  args: readonly string[],
): string | undefined {
  const positionals: string[] = [];
  let unexpectedValue: string | undefined;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    if (word === '--') {
      positionals.push(...args.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const name = word.split('=', 1)[0] ?? word;
    const option = options.find(({ names }) => names.includes(name));
    if (!option) return `unknown flag: ${name}`;
    // Said last: an option whose value may be left out looks like one that takes none.
    if (!option.takesValue && word.includes('=')) unexpectedValue ??= name;
    if (!option.takesValue || word.includes('=')) continue;
    index += 1;
    if (index >= args.length || (args[index] ?? '').startsWith('-'))
      return `flag needs a value: ${name}`;
  }
  const extra = positionals[mostPositionals];
  if (extra !== undefined) return `too many arguments for ${command}: ${extra}`;
  return unexpectedValue && `flag takes no such value: ${unexpectedValue}`;
}

/** Whether a command has a positional argument, which only its usage line tells. */
export function takesPath(definition: { readonly usage: string } | undefined): boolean {
  return definition?.usage.includes('[PATH]') ?? false;
}
