import { BorrowedBytes } from './borrowed-bytes.ts';
import { giveSpare, spareSize, takeSpare } from './spare-memory.ts';

/** Memory for bytes that arrive while those before are read: both halves are used again and again. */
export interface DoubleBuffer {
  /** In bytes, what `take` returns. */
  readonly held: number;
  /** Where the next bytes may go; never empty. */
  space(): Buffer;
  /** Bytes that are in `space()`, or elsewhere. */
  add(bytes: Buffer): void;
  /** What is held, until the next call. */
  take(): BorrowedBytes;
  /** Forgets what is held. Its memory may still be in use. */
  drop(): void;
  /** Gives the memory to others. */
  release(): void;
}

/** In bytes. As much as one record of TLS has. */
const leastSpace = 16 * 1024;

export function newDoubleBuffer(): DoubleBuffer {
  // A half is larger only if more than that arrives before anybody reads it.
  let filling: Buffer | undefined;
  let lent: Buffer | undefined;
  let held = 0;

  const halfFor = (bytes: number): Buffer => {
    filling ??= takeSpare();
    if (filling.length - held >= bytes) return filling;
    const larger = Buffer.allocUnsafeSlow(2 * (held + bytes));
    filling.copy(larger, 0, 0, held);
    filling = larger;
    return larger;
  };
  return {
    get held() {
      return held;
    },
    space: () => halfFor(leastSpace).subarray(held),
    add: (bytes) => {
      const half = halfFor(bytes.length);
      const isThere = bytes.buffer === half.buffer && bytes.byteOffset === half.byteOffset + held;
      if (!isThere) bytes.copy(half, held);
      held += bytes.length;
    },
    take: () => {
      const full = halfFor(0);
      const piece = new BorrowedBytes(full.subarray(0, held));
      filling = lent?.length === spareSize ? lent : undefined;
      lent = full;
      held = 0;
      return piece;
    },
    drop: () => {
      filling = undefined;
      lent = undefined;
      held = 0;
    },
    release: () => {
      giveSpare(filling);
      giveSpare(lent);
      filling = undefined;
      lent = undefined;
    },
  };
}
