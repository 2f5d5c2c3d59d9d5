import type { Readable } from 'node:stream';
import type { Body } from '../../src/kube/transport/body.ts';
import { BorrowedBytes } from '../../src/kube/transport/memory.ts';

export function bodyOf(stream: Readable): Body {
  return {
    destroy: (error) => void stream.destroy(error),
    async *[Symbol.asyncIterator]() {
      for await (const piece of stream) yield new BorrowedBytes(Buffer.from(piece));
    },
  };
}
