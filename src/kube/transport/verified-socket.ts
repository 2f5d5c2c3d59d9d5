import type { OnReadOpts, Socket } from 'node:net';

export interface VerifiedSocket {
  readonly socket: Socket;
  /** Undefined for one that has memory of its own for each chunk. */
  readonly buffer: ReadBuffer | undefined;
}

/** Where the bytes of a socket go: to memory that is used again, so that a large body leaves nothing to collect. */
export interface ReadBuffer {
  /** Called after each chunk, for the next. */
  space: () => Buffer;
}

let shared: Buffer | undefined;

/** Memory for the chunks of all connections, each of which is read before the next comes. */
export function sharedSpace(): Buffer {
  shared ??= Buffer.allocUnsafeSlow(64 * 1024);
  return shared;
}

/** Emits `data` as sockets do; a chunk is valid during the call. Only for TLS: there, no read is ever pending in the memory. */
export function readInto(buffer: ReadBuffer, socket: () => Socket): OnReadOpts {
  return {
    buffer: () => buffer.space(),
    callback: (bytes, filled) => {
      socket().emit('data', (filled as Buffer).subarray(0, bytes));
      return true;
    },
  };
}
