import type { Readable } from 'node:stream';
import type { Body } from '../../src/kube/transport/body.ts';
import { BorrowedBytes } from '../../src/kube/transport/memory.ts';

/** Wraps a stream as the body of a response. */
export function bodyOf(stream: Readable): Body {
  return {
    destroy: (error) => void stream.destroy(error),
    async *[Symbol.asyncIterator]() {
      for await (const piece of stream) yield new BorrowedBytes(Buffer.from(piece));
    },
  };
}
