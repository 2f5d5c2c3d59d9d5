/** A server's words must not command the terminal, or turn the order of letters: what is not seen is shown as its code. */
export function escapeControl(text: string): string {
  return text.replaceAll(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => {
      const code = character.charCodeAt(0).toString(16);
      return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
    },
  );
}

/** The same for what must stay one line, lest it look like several of ours. */
export function escapeControlLine(text: string): string {
  return escapeControl(text).replaceAll('\n', String.raw`\x0a`);
}
