import { newCondition } from '../../condition.ts';
import { TransportError } from './error.ts';
import { BorrowedBytes, bufferSize, returnBuffer, takeBuffer } from './memory.ts';

/** The body of a response, in pieces as they arrive. */
export interface Body extends AsyncIterable<BorrowedBytes> {
  /** Ends it: the rest is not wanted. Its reader gets the error. */
  destroy(error?: Error): void;
  /** Known at its end: its pieces are JSON in one line, which was made of so many bytes. See `joinsJson` of a request. */
  readonly joinedFrom?: number | undefined;
}

/** The connection of a body. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** Called once: no more bytes come of it, or none are wanted. */
  ended(): void;
}

/** In bytes: so much is one piece, and the connection waits for who reads it. After that, as much again may come. */
const fullPiece = 64 * 1024;

/** Or why it ended early. */
type State = 'open' | 'complete' | Error;

export type ReceivedBody = ReturnType<typeof receivedBody>;

/** A body whose bytes arrive from a connection. */
export function receivedBody({ pause, resume, ended }: Flow) {
  const buffer = newDoubleBuffer();
  const arrival = newCondition();
  let state: State = 'open';
  let isPaused = false;
  let willNotify = false;

  const notifyNow = () => {
    willNotify = false;
    arrival.notify();
  };
  const close = (as: State) => {
    if (state !== 'open') return;
    state = as;
    ended();
    notifyNow();
  };
  const destroy = (error?: Error) => {
    buffer.drop();
    // Most bodies have nothing left to end.
    if (state === 'open') close(error ?? new TransportError('body', 'ECONNRESET'));
  };

  return {
    space: buffer.space,
    /** Bytes that are in `space()`, or elsewhere. */
    add: (bytes: Buffer) => {
      buffer.add(bytes);
      if (buffer.held >= fullPiece) {
        notifyNow();
        isPaused = true;
        pause();
      } else if (!willNotify) {
        willNotify = true;
        // One record of TLS has 16 KiB, and several arrive together.
        setImmediate(notifyNow);
      }
    },
    end: () => close('complete'),
    /** Bytes that arrived before are read first. */
    fail: (error: Error) => close(error),
    destroy,
    async *[Symbol.asyncIterator](): AsyncGenerator<BorrowedBytes, void> {
      try {
        for (;;) {
          while (buffer.held === 0 && state === 'open') await arrival.changed();
          if (buffer.held === 0) break;
          const piece = buffer.take();
          if (isPaused) resume();
          isPaused = false;
          yield piece;
        }
        buffer.release();
        if (state instanceof Error) throw state;
      } finally {
        destroy();
      }
    },
  };
}

/** In bytes. As much as one record of TLS has. */
const leastSpace = 16 * 1024;

/** Memory for bytes that arrive while those before are read: both halves are used again and again. */
export function newDoubleBuffer() {
  // A half is larger only if more than that arrives before anybody reads it.
  let filling: Buffer | undefined;
  let reading: Buffer | undefined;
  let held = 0;

  const halfFor = (bytes: number): Buffer => {
    filling ??= takeBuffer();
    if (filling.length - held >= bytes) return filling;
    const larger = Buffer.allocUnsafeSlow(2 * (held + bytes));
    filling.copy(larger, 0, 0, held);
    filling = larger;
    return larger;
  };
  return {
    /** In bytes, what `take` returns. */
    get held() {
      return held;
    },
    /** Where the next bytes may go; never empty. */
    space: () => halfFor(leastSpace).subarray(held),
    /** Bytes that are in `space()`, or elsewhere. */
    add: (bytes: Buffer) => {
      const half = halfFor(bytes.length);
      const isThere = bytes.buffer === half.buffer && bytes.byteOffset === half.byteOffset + held;
      if (!isThere) bytes.copy(half, held);
      held += bytes.length;
    },
    /** Returns the bytes held, valid until the next call. */
    take: (): BorrowedBytes => {
      const full = halfFor(0);
      const piece = new BorrowedBytes(full.subarray(0, held));
      filling = reading?.length === bufferSize ? reading : undefined;
      reading = full;
      held = 0;
      return piece;
    },
    /** Drops the bytes held. Their memory may still be in use. */
    drop: () => {
      filling = undefined;
      reading = undefined;
      held = 0;
    },
    /** Gives the memory to others. */
    release: () => {
      returnBuffer(filling);
      returnBuffer(reading);
      filling = undefined;
      reading = undefined;
    },
  };
}
