/** Escapes invisible characters: text from a server must not control the terminal or reorder letters. */
export function escapeControl(text: string): string {
  return text.replaceAll(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => {
      const code = character.charCodeAt(0).toString(16);
      return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
    },
  );
}

/** Also escapes line breaks: text in a line must not imitate other output of the program. */
export function escapeControlLine(text: string): string {
  return escapeControl(text).replaceAll('\n', String.raw`\x0a`);
}
