import { TemplateError } from './template.ts';

const letters: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 0x5c,
};

const escapeSequence =
  /^\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/su;

/**
 * A text in single or double quotes, with Go's escapes. Unlike src/text/go-string.ts it takes a byte as a byte, and an unknown
 * escape is an error. Source: jsonpath.UnquoteExtend, which calls strconv.UnquoteChar.
 */
export function unquote(quoted: string): string {
  const quote = quoted.charAt(0);
  if (quoted.length < 2 || !quoted.endsWith(quote)) throw invalid(quoted);
  const bytes: number[] = [];
  let rest = quoted.slice(1, -1);
  while (rest !== '') {
    const match = escapeSequence.exec(rest);
    const [first = ''] = match ?? rest;
    if (match) bytes.push(...escapedBytes(match, quote, quoted));
    else if (first === quote || first === '\\') throw invalid(quoted);
    else bytes.push(...Buffer.from(first));
    rest = rest.slice(first.length);
  }
  return Buffer.from(bytes).toString('utf8');
}

function escapedBytes(
  [, hex, octal, short, long, letter = '']: RegExpExecArray,
  quote: string,
  quoted: string,
): Iterable<number> {
  const byte = hex === undefined ? octal && Number.parseInt(octal, 8) : Number.parseInt(hex, 16);
  if (typeof byte === 'number') {
    if (byte > 0xff) throw invalid(quoted);
    return [byte];
  }
  const digits = short ?? long;
  if (digits !== undefined) {
    const code = Number.parseInt(digits, 16);
    if (code > 0x10_ffff || (code >= 0xd800 && code < 0xe000)) throw invalid(quoted);
    return Buffer.from(String.fromCodePoint(code));
  }
  const code = letter === quote ? quote.charCodeAt(0) : letters[letter];
  if (code === undefined) throw invalid(quoted);
  return [code];
}

function invalid(quoted: string): TemplateError {
  return new TemplateError(`unquote string ${quoted} error invalid syntax`);
}
