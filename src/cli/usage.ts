/** A command as clipanion describes it. */
export interface CommandDefinition {
  /** `kubectl kubeletaccess curl` */
  readonly path: string;
  /** The path, then placeholders for options and positional arguments. */
  readonly usage: string;
  readonly description?: string;
  readonly details?: string;
  readonly examples?: readonly (readonly [title: string, line: string])[];
  readonly options: readonly { readonly definition: string; readonly description?: string }[];
}

/** What is wrong with a command's arguments, in kubectl's words; undefined if nothing is seen to be. */
export function explainUsage(
  definition: CommandDefinition,
  args: readonly string[],
): string | undefined {
  const options = definition.options.map(declaredOption);
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
  const extra = positionals[takesPath(definition) ? 1 : 0];
  if (extra !== undefined) return `too many arguments: ${extra}`;
  return unexpectedValue && `flag takes no such value: ${unexpectedValue}`;
}

/** Reads clipanion's `-s,--server #0`. */
function declaredOption({ definition }: { readonly definition: string }) {
  const [names = '', value] = definition.split(' ');
  return { names: names.split(','), takesValue: value !== undefined };
}

/** Whether a command has a positional argument, which only its usage line tells. */
export function takesPath(definition: CommandDefinition): boolean {
  return definition.usage.includes('[PATH]');
}
