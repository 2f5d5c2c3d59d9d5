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

/**
 * Unquotes a text in single or double quotes, with Go's escapes. Unlike src/text/go-string.ts, `\xff` is one byte, and an unknown
 * escape is an error. Source: jsonpath.UnquoteExtend, which calls strconv.UnquoteChar.
 */
export function unquote(quoted: string): string {
  const [quote = ''] = quoted;
  const parts = quoted
    .slice(1, -1)
    .matchAll(
      /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|(.))|(.)/gsu,
    );
  const bytes = [...parts].map(([, hex, octal, short, long, letter, plain = '']) => {
    const byte = hex ? Number.parseInt(hex, 16) : octal && Number.parseInt(octal, 8);
    const code = Number.parseInt(short ?? long ?? '', 16);
    if (typeof byte === 'number' && byte <= 0xff) return Buffer.of(byte);
    if (code <= 0x10_ffff && !(code >= 0xd800 && code < 0xe000))
      return Buffer.from(String.fromCodePoint(code));
    if (letter === quote) return Buffer.from(quote);
    if (letter && letters[letter]) return Buffer.of(letters[letter]);
    if (plain !== '' && plain !== quote && plain !== '\\') return Buffer.from(plain);
    throw new TemplateError(`unquote string ${quoted} error invalid syntax`);
  });
  return Buffer.concat(bytes).toString();
}
