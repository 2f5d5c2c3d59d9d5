/**
 * Parses a table of command lines, each followed by the lines of its output, which are indented by two blanks. Lines that begin with `#` are
 * comments.
 */
export function rowsOf(table: string): readonly (readonly [line: string, output: string])[] {
  return table.split(/\n(?=[^ \n])/).flatMap((text) => {
    const [line = '', ...output] = text.trim().split('\n');
    return line.startsWith('#') || line === ''
      ? []
      : [[line, output.map((each) => each.slice(2)).join('\n')] as const];
  });
}

/** Splits a command line at blanks, except within single quotes. */
export function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word);
}
