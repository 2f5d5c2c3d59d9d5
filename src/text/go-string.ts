/** A string as Go's `%q` writes it, for use in a pattern: no quote inside is bare, so that it ends where it ends. */
export const goString = String.raw`"(?:[^"\\]|\\.)*"`;

const oneString = new RegExp(goString, 'gs');
const escaped =
  /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(000[0-9a-f]{5}|0010[0-9a-f]{4})|([abfnrtv"\\]))/g;
const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/**
 * What stands in a string that Go's `%q` wrote. Source: strconv.Quote, https://pkg.go.dev/strconv#Quote. What it never
 * writes is left as it is.
 */
export function unquoteGo(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replaceAll(escaped, (_, byte?: string, short?: string, long?: string, letter = '') => {
      const code = byte ?? short ?? long;
      return code === undefined
        ? (letters[letter] ?? letter)
        : String.fromCodePoint(Number.parseInt(code, 16));
    });
}

/** The strings of a list that `%q` wrote: `"get" "list"`. */
export function unquoteGoList(list: string): string[] {
  return [...list.matchAll(oneString)].map(([quoted]) => unquoteGo(quoted));
}
