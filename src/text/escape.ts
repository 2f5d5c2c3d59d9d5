import { attempt } from '../attempt.ts';

/**
 * Invisible characters except tabs and line ends. They are escaped because text from a server must not control the terminal or imitate
 * other text. They are controls, format characters (some change the order of letters), line and paragraph separators, halves of surrogate
 * pairs, default-ignorable characters, and the Braille blank.
 */
const invisible =
  /[[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]--[\t\n]]/gv;

/** Escapes invisible characters: `\x1b`, `\u202e`, `\u{e0041}`. */
export function escapeControl(text: string): string {
  return text.replaceAll(invisible, (character) => {
    const code = hexOf(character);
    if (code.length > 4) return `\\u{${code}}`;
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  });
}

/** Escapes invisible characters and line ends, so that text within a line cannot imitate other output of this program. */
export function escapeControlLine(text: string): string {
  return escapeControl(text).replaceAll('\n', String.raw`\x0a`);
}

/** Escapes the lines of a report and adds a line end to each. Text within a line cannot begin a new line. */
export function escapeControlLines(lines: readonly string[]): string {
  return lines.map((line) => `${escapeControlLine(line)}\n`).join('');
}

/** Escapes a text and indents all lines except the first, so that no line of a server's message looks like a line of this program. */
export function escapeControlBlock(text: string): string {
  return escapeControl(text.trimEnd()).replaceAll('\n', '\n  ');
}

/** Escapes invisible characters in JSON. Parsers still read the same value. */
export function escapeJson(json: string): string {
  return json.replaceAll(invisible, (character) => {
    const units = [...Array(character.length).keys()].map((index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

/** Escapes invisible characters in YAML. Strings that contain them must already be in double quotes. Parsers still read the same value. */
export function escapeYaml(yaml: string): string {
  return yaml.replaceAll(invisible, (character) => {
    const code = hexOf(character);
    return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
  });
}

export function hasInvisible(text: string): boolean {
  return text.search(invisible) >= 0;
}

/** Cuts a long text and appends the number of bytes that are left out. A text that was already cut stays unchanged. */
export function cutText(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters + 40) return text;
  const start = text.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, '');
  const left = Buffer.byteLength(text) - Buffer.byteLength(start);
  return `${start}… (${left} more bytes)`;
}

function hexOf(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16);
}

/**
 * Whether a file is binary, judged by its first bytes: they contain NUL or are not UTF-8. The last character of these bytes may be
 * incomplete.
 */
export function looksBinary(start: Uint8Array): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return start.includes(0) || attempt(() => decoder.decode(start, { stream: true })) === undefined;
}
