import * as assert from 'uvu/assert';
import { readInMemory } from '../../../../src/commands/shared/fleet/gather-body.ts';
import type { Kubelet } from '../../../../src/kube/kubelet-client/client.ts';
import { BorrowedBytes } from '../../../../src/kube/transport/memory.ts';
import type { HttpResponse } from '../../../../src/kube/transport/transport.ts';
import { fc } from '../../../kit/fast-check.ts';
import { runs } from '../../../kit/random.ts';
import { suite } from '../../../kit/suite.ts';

const { signal } = new AbortController();
const kubelet = { label: 'kubelet of a', broken: (error: unknown) => error } as Kubelet;

/** Yields the pieces of a body in one buffer, which the next piece overwrites. */
async function* piecesOf(body: Buffer, size: number): AsyncGenerator<BorrowedBytes, void> {
  const memory = Buffer.alloc(size);
  for (let at = 0; at < body.length; at += size) {
    const length = body.copy(memory, 0, at, at + size);
    await Promise.resolve();
    yield new BorrowedBytes(memory.subarray(0, length));
  }
}

function answerOf(body: Buffer, size: number): HttpResponse {
  const pieces = piecesOf(body, size);
  const destroy = () => {};
  return { headers: {}, body: { destroy, [Symbol.asyncIterator]: () => pieces } } as never;
}

suite('a body in memory', (test) => {
  test('keeps its content for any size and kind after other bodies have used its buffer', () => {
    const make = {
      json: (size: number, letter: string) => Buffer.from(`{"a":\n "${letter.repeat(size)}"}`),
      text: (size: number, letter: string) => Buffer.from(letter.repeat(size)),
      binary: (size: number, letter: string) => Buffer.from(`\0${letter.repeat(size)}`),
    };
    const one = fc.record({
      kind: fc.constantFrom('json', 'text', 'binary'),
      size: fc.oneof(fc.nat(300_000), fc.constantFrom(131_071, 131_072, 131_073)),
      piece: fc.integer({ min: 1000, max: 65_536 }),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 4 }), async (bodies) => {
        const take = readInMemory('any', '/x');
        const limits = { totalMs: 1e6, responseMs: 1e6, sentAt: 0 };
        const context = { name: 'a', ...limits, signal, room: () => undefined };
        const takeAll = (letters: string) =>
          Promise.all(
            bodies.map(({ kind, size, piece }, index) =>
              take(kubelet, answerOf(make[kind](size, letters.charAt(index)), piece), context),
            ),
          );
        const taken = await takeAll('0123');
        await takeAll('4567');
        for (const [index, { kind, size }] of bodies.entries()) {
          const found = taken[index];
          assert.ok(found);
          const { bytes, body } = found;
          const sent = make[kind](size, String(index));
          assert.is(bytes, sent.length);
          if (body?.kind === 'json') assert.is(String(body.line), String(sent).replace('\n ', ''));
          else if (body?.kind === 'text') assert.is(body.text, String(sent));
          else assert.ok(body?.bytes.equals(sent));
          assert.is(body?.kind, kind);
        }
      }),
      runs(60, 2000),
    );
  });
});
