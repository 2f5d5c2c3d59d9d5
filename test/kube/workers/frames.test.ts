import * as assert from 'uvu/assert';
import { encodeFrame, frameKinds, frameReader } from '../../../src/kube/workers/frames.ts';
import { fc } from '../../kit/fast-check.ts';
import { suite } from '../../kit/suite.ts';

const frame = fc.record({
  kind: fc.constantFrom(...Object.values(frameKinds)),
  id: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  content: fc.string({ unit: 'grapheme', maxLength: 60 }),
});

interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly content: string;
}

/** Joins the bodies that follow each other. A body arrives in any number of frames, until a frame of another kind ends it. */
function joinBodies(frames: readonly Frame[]): readonly Frame[] {
  const joined: Frame[] = [];
  for (const each of frames) {
    const last = joined.at(-1);
    if (each.kind === frameKinds.body && last?.kind === each.kind && last.id === each.id)
      joined.splice(-1, 1, { ...last, content: last.content + each.content });
    else joined.push(each);
  }
  return joined;
}

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
          const read: Frame[] = [];
          const push = frameReader(({ kind, id, content }) =>
            read.push({ kind, id, content: content.toString('latin1') }),
          );
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            push(bytes.subarray(at, at + size));
            at += size;
          }
          const sent = frames.map((each) => ({
            ...each,
            content: Buffer.from(each.content).toString('latin1'),
          }));
          assert.equal(joinBodies(read), joinBodies(sent));
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
