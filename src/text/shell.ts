/** A word as a POSIX shell must be given it, so that a command of ours can be pasted. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command and its arguments, as they can be pasted. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
