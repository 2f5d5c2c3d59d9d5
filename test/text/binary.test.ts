import * as assert from 'uvu/assert';
import { looksBinary } from '../../src/text/escape.ts';
import { anyCharacter, fc } from '../kit/fast-check.ts';
import { suite } from '../kit/suite.ts';

suite('looksBinary', (test) => {
  test('is false for a text, even if it is cut within a character', () =>
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.nat(), (text, at) => {
        fc.pre(!text.includes('\0'));
        const bytes = Buffer.from(text);
        assert.not.ok(looksBinary(bytes.subarray(0, at % (bytes.length + 1))));
      }),
    ));

  for (const bytes of [[0x61, 0], [0xff, 0xfe, 0x61], [0x1f, 0x8b, 8], [0xc3, 0x28], [0x80]])
    test(`is true for ${bytes.map((byte) => byte.toString(16)).join(' ')}`, () =>
      assert.ok(looksBinary(Uint8Array.from(bytes))));
});
