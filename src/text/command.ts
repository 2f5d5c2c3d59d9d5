import { hasInvisible } from './escape.ts';

/** Words of a command that hold options, and are put into another as they are. */
export interface Part {
  readonly words: string;
}

/** A name, several of them, or words that are quoted already. */
export type CommandValue = string | readonly string[] | Part;

/** Stands for a name that cannot be typed. Nothing can have it: a name in Kubernetes has no slash, and kubectl refuses it. */
export const placeholder = 'NAME/';

/** In characters. Hints must not be flooded. */
const longestName = 1_000;

/**
 * A command to paste: command`kubectl get clusterrole ${name} -o yaml`. The text is ours, and is taken as it is. A name is quoted
 * for the shells of the platform, and is an argument, never an option: one that begins with a dash, does not show, is very long, or
 * that no shell of Windows takes as it is, is left as NAME/.
 */
export function command(text: TemplateStringsArray, ...values: readonly CommandValue[]): string {
  return lineOf(text, values, process.platform);
}

/** Options that are put into a command. */
export function part(text: TemplateStringsArray, ...values: readonly CommandValue[]): Part {
  return { words: lineOf(text, values, process.platform) };
}

/** Options of which each is one word, such as `--user=jane`. */
export function options(words: readonly string[]): Part {
  return { words: commandLine(words) };
}

/** A command of words that are all known to be in their place: those that the user typed, or ours. */
export function commandLine(words: readonly string[], platform = process.platform): string {
  return words.map((word) => quoted(word, platform) ?? placeholder).join(' ');
}

/** @param platform Node's name of it: PowerShell and cmd.exe are to take a line of `win32`, and POSIX shells any other */
export function lineOf(
  text: readonly string[],
  values: readonly CommandValue[],
  platform: string,
): string {
  return values.reduce<string>((line, value, index) => {
    const next = text[index + 1] ?? '';
    if (typeof value !== 'string' && 'words' in value) return joined(line, value.words, next);
    // Text that touches a name is part of its word: `--user=`, or `pod/`.
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

/** Without a second space where there is no word. */
function joined(line: string, words: string, next: string): string {
  return words === '' ? `${line.trimEnd()}${next}` : `${line}${words}${next}`;
}

function asArgument(before: string, name: string, after: string, platform: string): string {
  const isOption = before === '' && name.startsWith('-');
  const isShown = !hasInvisible(name) && !/[\t\n]/.test(name) && name.length <= longestName;
  const word = isShown && !isOption ? quoted(`${before}${name}${after}`, platform) : undefined;
  return word ?? `${before}${placeholder}${after}`;
}

/** A word for the shells of a platform; undefined where they cannot have it. */
function quoted(word: string, platform: string): string | undefined {
  return platform === 'win32' ? windowsWord(word) : bashWord(word);
}

/** For PowerShell and cmd.exe alike: both take double quotes, in which each has characters of its own. */
function windowsWord(word: string): string | undefined {
  if (/^[A-Za-z0-9_+=:./\\-]+$/.test(word) && !/^-[^-].*[.:]/.test(word)) return word;
  // A backslash before the closing quote would escape it.
  return hasInvisible(word) || /[\t\n"$`%!\u201c-\u201e]|\\$/.test(word) ? undefined : `"${word}"`;
}

/**
 * Quotes a word for a POSIX shell, and fish, if necessary: in single quotes fish knows escapes, so that what begins one stands
 * outside.
 */
export function shellWord(text: string): string {
  // zsh replaces a word that begins with =.
  return /^(?!=)[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll(/['\\]+/g, (run) => `'${run.replaceAll(/./g, String.raw`\$&`)}'`)}'`;
}

/** For bash: the word stays in one line, and shows what it holds. */
export function bashWord(text: string): string {
  return bashBytes(text, isControl, (character) => Buffer.from(character));
}

/** For bash: a word of which each character is one byte, as in a header. */
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

/** Commands to run, one a line. What kubectl alone does after a grant of ours does the same. */
export function runLines(commands: readonly string[]): readonly string[] {
  const [first = ''] = commands;
  return commands.map((line) =>
    first.startsWith(`${own}grant`) && !line.startsWith(own)
      ? `or, with kubectl alone: ${line}`
      : runLine(line),
  );
}

/** The command of a remedy, and where it has to be run unless that is here. */
export function runLine(line: string): string {
  return isForNode(line) ? `on the node, run: ${line}` : `run: ${line}`;
}

/** A hint, and where its command has to be run unless that is here. */
export function hintLine(hint: string): string {
  return isForNode(hint) ? `hint: on the node: ${hint}` : `hint: ${hint}`;
}

function isForNode(line: string): boolean {
  return /^(?:systemctl|journalctl) /.test(line);
}
