import { newCondition } from '../../condition.ts';
import { TransportError } from './error.ts';
import { BorrowedBytes, bufferSize, returnBuffer, takeBuffer } from './memory.ts';

/** The body of a response, in pieces as they arrive. */
export interface Body extends AsyncIterable<BorrowedBytes> {
  /** Stops receiving the body. Its reader gets the error. */
  destroy(error?: Error): void;
  /**
   * Size of the JSON in bytes before it was joined to one line (see `joinsJson`). Undefined until the body has ended, and if the JSON was
   * not joined.
   */
  readonly joinedFrom?: number | undefined;
}

export interface Flow {
  pause(): void;
  resume(): void;
  /** Called once, when no more bytes of the body arrive or are needed. */
  ended(): void;
}

/** If this number of bytes waits for the reader, the connection pauses until the reader takes them. */
const fullPiece = 64 * 1024;

/** State of a body; an Error if the body ended too early. */
type State = 'open' | 'complete' | Error;

export type ReceivedBody = ReturnType<typeof receivedBody>;

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
    // Most bodies have ended already. No error is created for them, because that takes time.
    if (state === 'open') close(error ?? new TransportError('body', 'ECONNRESET'));
  };

  return {
    space: buffer.space,
    /** Adds bytes, which may already be in `space()`. */
    add: (bytes: Buffer) => {
      buffer.add(bytes);
      if (buffer.held >= fullPiece) {
        notifyNow();
        isPaused = true;
        pause();
      } else if (!willNotify) {
        willNotify = true;
        // The reader is notified later, because several TLS records of 16 KiB arrive together.
        setImmediate(notifyNow);
      }
    },
    end: () => close('complete'),
    /** Ends the body with an error. The reader first gets the bytes that arrived before. */
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

/** Minimum size of `space()` in bytes: the size of a TLS record. */
const leastSpace = 16 * 1024;

/** Returns a buffer with two halves: bytes arrive in one half while the reader uses the other half. */
export function newDoubleBuffer() {
  // A half grows only if it is full before the reader takes its bytes.
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
    /** Number of bytes that `take` would return. */
    get held() {
      return held;
    },
    /** Returns memory for the next bytes; never empty. */
    space: () => halfFor(leastSpace).subarray(held),
    add: (bytes: Buffer) => {
      const half = halfFor(bytes.length);
      const isThere = bytes.buffer === half.buffer && bytes.byteOffset === half.byteOffset + held;
      if (!isThere) bytes.copy(half, held);
      held += bytes.length;
    },
    /** Returns the bytes that have arrived. They are valid until the next call of `take`. */
    take: (): BorrowedBytes => {
      const full = halfFor(0);
      const piece = new BorrowedBytes(full.subarray(0, held));
      filling = reading?.length === bufferSize ? reading : undefined;
      reading = full;
      held = 0;
      return piece;
    },
    /** Discards the bytes that have arrived. Their memory is not reused, because it may still be in use. */
    drop: () => {
      filling = undefined;
      reading = undefined;
      held = 0;
    },
    /** Returns the memory to the free list, so that other bodies can use it. */
    release: () => {
      returnBuffer(filling);
      returnBuffer(reading);
      filling = undefined;
      reading = undefined;
    },
  };
}
