/** A word quoted for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command and its arguments, ready to be pasted into a shell. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
