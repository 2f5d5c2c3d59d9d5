import fc from 'fast-check';
import { runs } from './random.ts';

/** Properties run 100 times with the seed of the run; in the sweep, 100,000 times. */
fc.configureGlobal(runs(100));

/**
 * A unit of `fc.string`: any Unicode character, half of them troublesome. The units of fast-check (binary, grapheme) take a second to list
 * a million characters.
 */
export const anyCharacter = fc.oneof(
  fc.constantFrom(
    ...'\0\t\n\r\x1b "\'\\{}[]<>&%$:;,=/\x7f\x85é\u2028\ufeff\ufffd\u{1f600}',
    'e\u0301',
  ),
  // All code points except surrogates.
  fc
    .integer({ min: 0, max: 0x10f7ff })
    .map((number) => String.fromCodePoint(number < 0xd800 ? number : number + 0x800), numberOf),
);

/** With this inverse function, fast-check mixes names such as `__proto__` into strings. */
function numberOf(character: unknown): number {
  const code = typeof character === 'string' ? (character.codePointAt(0) ?? 0) : 0;
  if (character !== String.fromCodePoint(code)) throw new Error('not one character');
  return code < 0xd800 ? code : code - 0x800;
}

export { fc };
