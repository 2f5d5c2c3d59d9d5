import type { OnReadOpts, Socket } from 'node:net';

export interface VerifiedSocket {
  readonly socket: Socket;
  /** Memory for received bytes, which is reused; undefined if the socket allocates memory for each chunk. */
  readonly buffer: ReadBuffer | undefined;
}

/** Memory for the bytes that a socket receives. It is reused, so that a large body creates no work for the garbage collector. */
export interface ReadBuffer {
  /** Returns memory for the next chunk; called after each chunk. */
  space: () => Buffer;
}

let shared: Buffer | undefined;

/** Returns memory that all connections share. This is possible because each chunk is processed before the next one arrives. */
export function sharedSpace(): Buffer {
  shared ??= Buffer.allocUnsafeSlow(64 * 1024);
  return shared;
}

/**
 * Returns options that make a socket read into `buffer`. A chunk is valid only during its `data` event. Use it only for TLS sockets,
 * because a plain socket may have a pending read that uses the memory.
 */
export function readInto(buffer: ReadBuffer, socket: () => Socket): OnReadOpts {
  return {
    buffer: () => buffer.space(),
    callback: (bytes, filled) => {
      socket().emit('data', (filled as Buffer).subarray(0, bytes));
      return true;
    },
  };
}
