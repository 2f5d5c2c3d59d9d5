import * as assert from 'uvu/assert';
import { encodeFrame, frameKinds, frameReader } from '../../../src/kube/workers/frames.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const frame = fc.record({
  kind: fc.constantFrom(...Object.values(frameKinds)),
  id: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  content: fc.string({ unit: 'grapheme', maxLength: 60 }),
});

suite('frames', (test) => {
  test('are the same for all sizes of chunks', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (frames, sizes) => {
          const bytes = Buffer.concat(
            frames.map(({ kind, id, content }) => encodeFrame(kind, id, content)),
          );
          const read: { kind: number; id: number; content: Buffer; isOpen: boolean }[] = [];
          const push = frameReader(({ kind, id, content }) => {
            const last = read.at(-1);
            // A body arrives in several frames of kind `body`, which are joined here. A frame of another kind marks the end of the body.
            if (kind === frameKinds.body && last?.kind === kind && last.id === id)
              last.content = Buffer.concat([last.content, content]);
            else read.push({ kind, id, content: Buffer.from(content), isOpen: false });
          });
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            push(bytes.subarray(at, at + size));
            at += size;
          }
          const expected: { kind: number; id: number; content: string }[] = [];
          for (const each of frames) {
            const last = expected.at(-1);
            if (each.kind === frameKinds.body && last?.kind === each.kind && last.id === each.id)
              last.content += each.content;
            else expected.push({ ...each });
          }
          const texts = read.map(({ kind, id, content }) => ({
            kind,
            id,
            content: content.toString(),
          }));
          assert.equal(texts, expected);
        },
      ),
    );
  });

  test('deliver the beginning of a body before the rest has arrived', () => {
    const pieces: string[] = [];
    const push = frameReader(({ content }) => pieces.push(content.toString()));
    const bytes = encodeFrame(frameKinds.body, 1, 'abcdef');
    push(bytes.subarray(0, 12));
    assert.equal(pieces, ['abc']);
    push(bytes.subarray(12));
    assert.equal(pieces, ['abc', 'def']);
  });
});
