import { hasInvisible } from './escape.ts';

/** Quotes a word for a POSIX shell if necessary. */
export function shellWord(text: string): string {
  // zsh replaces a word that begins with =.
  return /^(?!=)[A-Za-z0-9_@%+=:,./-]+$/.test(text)
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** For bash: the word stays in one line, and shows what it holds. */
export function bashWord(text: string): string {
  return bashBytes(text, isControl, (character) => Buffer.from(character));
}

/** For bash: a word of which each character is one byte, as in a header. */
export function bashLatin1Word(text: string): string {
  return bashBytes(
    text,
    (character) => /[^ -~]/.test(character),
    (character) => Buffer.from(character, 'latin1'),
  );
}

function isControl(character: string): boolean {
  return character === '\t' || character === '\n' || hasInvisible(character);
}

function bashBytes(
  text: string,
  isEscaped: (character: string) => boolean,
  bytesOf: (character: string) => Buffer,
): string {
  if (![...text].some(isEscaped)) return shellWord(text);
  const characters = [...text].map((character) => {
    if (/['\\]/.test(character)) return `\\${character}`;
    if (!isEscaped(character)) return character;
    return bytesOf(character).reduce(
      (word, byte) => `${word}\\x${byte.toString(16).padStart(2, '0')}`,
      '',
    );
  });
  return `$'${characters.join('')}'`;
}
