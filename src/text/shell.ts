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
