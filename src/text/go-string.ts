/** Pattern that matches a string quoted by Go's `%q`, in which quotes are escaped. */
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

/** Unquotes a string that Go's `%q` quoted. Leaves unknown escapes unchanged. Source: strconv.Quote, https://pkg.go.dev/strconv#Quote. */
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

/** Unquotes a list that Go's `%q` formatted, such as `"get" "list"`. */
export function unquoteGoList(list: string): string[] {
  return [...list.matchAll(oneString)].map(([quoted]) => unquoteGo(quoted));
}
