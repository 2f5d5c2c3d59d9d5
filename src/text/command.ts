import { hasInvisible } from './escape.ts';

/** Options that are already quoted and are inserted into a command unchanged. */
export interface Part {
  readonly words: string;
}

/** A name, several names, or words that are already quoted. */
export type CommandValue = string | readonly string[] | Part;

/**
 * Placeholder for a name that cannot be printed in a command. No object has this name, because Kubernetes does not allow a slash and
 * kubectl rejects it.
 */
export const placeholder = 'NAME/';

/** Limit of a name in a printed command, in characters. A longer name is replaced, because it would make the output unreadable. */
const longestName = 1_000;

/**
 * Returns a command that users can paste: command`kubectl get clusterrole ${name} -o yaml`. Names are quoted for the shells of the
 * platform; other text stays unchanged. NAME/ replaces a name that is very long, has invisible characters, cannot be quoted for the shells
 * of Windows, or would be read as an option because it begins with a dash.
 */
export function command(text: TemplateStringsArray, ...values: readonly CommandValue[]): string {
  return lineOf(text, values, process.platform);
}

/** Returns options for a command: part`--node ${name}`. */
export function part(text: TemplateStringsArray, ...values: readonly CommandValue[]): Part {
  return { words: lineOf(text, values, process.platform) };
}

/** Returns options that consist of these words, such as `--user=jane`. */
export function options(words: readonly string[]): Part {
  return { words: commandLine(words) };
}

/** Returns a command that consists of these words. The words may begin with a dash, because the user or this program chose them. */
export function commandLine(words: readonly string[], platform = process.platform): string {
  return words.map((word) => quoted(word, platform) ?? placeholder).join(' ');
}

/** @param platform value of process.platform. The command is for PowerShell and cmd.exe if it is `win32`; otherwise for POSIX shells. */
export function lineOf(
  text: readonly string[],
  values: readonly CommandValue[],
  platform: string,
): string {
  return values.reduce<string>((line, value, index) => {
    const next = text[index + 1] ?? '';
    if (typeof value !== 'string' && 'words' in value) return joined(line, value.words, next);
    // Literal text directly before or after a name is part of the same word: `--user=`, or `pod/`.
    const before = line.slice(line.lastIndexOf(' ') + 1);
    const after = next.split(' ', 1)[0] ?? '';
    const names = typeof value === 'string' ? [value] : value;
    const words = names.map((name) => asArgument(before, name, after, platform));
    return joined(
      line.slice(0, line.length - before.length),
      words.join(' '),
      next.slice(after.length),
    );
  }, text[0] ?? '');
}

/** Joins the parts of a line. If `words` is empty, removes the space before it, so that two spaces do not follow each other. */
function joined(line: string, words: string, next: string): string {
  return words === '' ? `${line.trimEnd()}${next}` : `${line}${words}${next}`;
}

function asArgument(before: string, name: string, after: string, platform: string): string {
  const isOption = before === '' && name.startsWith('-');
  const isShown = !hasInvisible(name) && !/[\t\n]/.test(name) && name.length <= longestName;
  const word = isShown && !isOption ? quoted(`${before}${name}${after}`, platform) : undefined;
  return word ?? `${before}${placeholder}${after}`;
}

function quoted(word: string, platform: string): string | undefined {
  return platform === 'win32' ? windowsWord(word) : bashWord(word);
}

/** Quotes a word for both PowerShell and cmd.exe in double quotes; undefined if it has a character that is special in one of them. */
function windowsWord(word: string): string | undefined {
  if (/^[A-Za-z0-9_+=:./\\-]+$/.test(word) && !/^-[^-].*[.:]/.test(word)) return word;
  // A backslash before the closing quote would escape it.
  return hasInvisible(word) || /[\t\n"$`%!\u201c-\u201e]|\\$/.test(word) ? undefined : `"${word}"`;
}

/**
 * Quotes a word for POSIX shells and fish, if necessary. Quotes and backslashes are put outside of the single quotes, because fish would
 * read them there as escapes.
 */
export function shellWord(text: string): string {
  // A word that begins with = is quoted, because zsh would replace it.
  return /^(?!=)[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll(/['\\]+/g, (run) => `'${run.replaceAll(/./g, String.raw`\$&`)}'`)}'`;
}

/** Quotes a word for bash, on one line. Invisible characters become escapes. */
export function bashWord(text: string): string {
  return bashBytes(text, isControl, (character) => Buffer.from(character));
}

/** Quotes a word for bash. Each of its characters stands for one byte, as in an HTTP header. */
export function bashLatin1Word(text: string): string {
  return bashBytes(
    text,
    (character) => /[^ -~]/.test(character),
    (character) => Buffer.from(character, 'latin1'),
  );
}

function isControl(character: string): boolean {
  return character === '\t' || character === '\n' || hasInvisible(character);
}

function bashBytes(
  text: string,
  isEscaped: (character: string) => boolean,
  bytesOf: (character: string) => Buffer,
): string {
  if (![...text].some(isEscaped)) return shellWord(text);
  const characters = [...text].map((character) => {
    if (/['\\]/.test(character)) return `\\${character}`;
    if (!isEscaped(character)) return character;
    return bytesOf(character).reduce(
      (word, byte) => `${word}\\x${byte.toString(16).padStart(2, '0')}`,
      '',
    );
  });
  return `$'${characters.join('')}'`;
}

const own = 'kubectl kubeletaccess ';

/** If the first command is this program's grant command, commands that use only kubectl are shown as alternatives. */
export function runLines(commands: readonly string[]): readonly string[] {
  const [first = ''] = commands;
  return commands.map((line) =>
    first.startsWith(`${own}grant`) && !line.startsWith(own)
      ? `or, with kubectl alone: ${line}`
      : runLine(line),
  );
}

export function runLine(line: string): string {
  return isForNode(line) ? `on the node, run: ${line}` : `run: ${line}`;
}

export function hintLine(hint: string): string {
  return isForNode(hint) ? `hint: on the node: ${hint}` : `hint: ${hint}`;
}

function isForNode(line: string): boolean {
  return /^(?:systemctl|journalctl) /.test(line);
}
