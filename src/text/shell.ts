/** Quotes a word for a POSIX shell if necessary. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line to paste into a shell. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** For bash: the word stays in one line, and shows what it holds. */
export function bashWord(text: string): string {
  return bashBytes(text, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u, (character) => Buffer.from(character));
}

/** For bash: a word of which each character is one byte, as in a header. */
export function bashLatin1Word(text: string): string {
  return bashBytes(text, /[^ -~]/, (character) => Buffer.from(character, 'latin1'));
}

function bashBytes(text: string, escaped: RegExp, bytesOf: (character: string) => Buffer): string {
  if (!escaped.test(text)) return shellWord(text);
  const characters = [...text].map((character) => {
    if (/['\\]/.test(character)) return `\\${character}`;
    if (!escaped.test(character)) return character;
    return bytesOf(character).reduce(
      (word, byte) => `${word}\\x${byte.toString(16).padStart(2, '0')}`,
      '',
    );
  });
  return `$'${characters.join('')}'`;
}

const own = 'kubectl kubeletaccess ';

/** Commands to run, one a line. What kubectl alone does behind a grant of ours does the same. */
export function runLines(commands: readonly string[]): readonly string[] {
  const [first = ''] = commands;
  return commands.map((command) =>
    first.startsWith(`${own}grant`) && !command.startsWith(own)
      ? `or, with kubectl alone: ${command}`
      : `run: ${command}`,
  );
}
