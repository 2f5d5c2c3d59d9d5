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

/** A body whose bytes arrive from a connection. */
export interface ReceivedBody extends Body {
  /** Where the next bytes may go. */
  space(): Buffer;
  /** Bytes that are in `space()`, or elsewhere. */
  add(bytes: Buffer): void;
  end(): void;
  /** Bytes that arrived before are read first. */
  fail(error: Error): void;
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

export function receivedBody({ pause, resume, ended }: Flow): ReceivedBody {
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
    add: (bytes) => {
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
    fail: close,
    destroy,
    async *[Symbol.asyncIterator]() {
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

/** Memory for bytes that arrive while those before are read: both halves are used again and again. */
export interface DoubleBuffer {
  /** In bytes, what `take` returns. */
  readonly held: number;
  /** Where the next bytes may go; never empty. */
  space(): Buffer;
  /** Bytes that are in `space()`, or elsewhere. */
  add(bytes: Buffer): void;
  /** Returns the bytes held, valid until the next call. */
  take(): BorrowedBytes;
  /** Drops the bytes held. Their memory may still be in use. */
  drop(): void;
  /** Gives the memory to others. */
  release(): void;
}

/** In bytes. As much as one record of TLS has. */
const leastSpace = 16 * 1024;

export function newDoubleBuffer(): DoubleBuffer {
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
      filling = reading?.length === bufferSize ? reading : undefined;
      reading = full;
      held = 0;
      return piece;
    },
    drop: () => {
      filling = undefined;
      reading = undefined;
      held = 0;
    },
    release: () => {
      returnBuffer(filling);
      returnBuffer(reading);
      filling = undefined;
      reading = undefined;
    },
  };
}
