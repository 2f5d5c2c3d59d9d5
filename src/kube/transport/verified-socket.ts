import type { OnReadOpts, Socket } from 'node:net';

export interface VerifiedSocket {
  readonly socket: Socket;
  /** Reused memory for the bytes; undefined for a socket that allocates memory for each chunk. */
  readonly buffer: ReadBuffer | undefined;
}

/** Memory for the bytes of a socket, which is reused, so that a large body leaves nothing for the garbage collector. */
export interface ReadBuffer {
  /** Returns memory for the next chunk; called after each chunk. */
  space: () => Buffer;
}

let shared: Buffer | undefined;

/** Returns memory for the chunks of all connections. Each chunk is read before the next arrives. */
export function sharedSpace(): Buffer {
  shared ??= Buffer.allocUnsafeSlow(64 * 1024);
  return shared;
}

/** Returns options to read into `buffer`. A chunk is valid during its `data` event. For TLS only: no pending read uses the memory. */
export function readInto(buffer: ReadBuffer, socket: () => Socket): OnReadOpts {
  return {
    buffer: () => buffer.space(),
    callback: (bytes, filled) => {
      socket().emit('data', (filled as Buffer).subarray(0, bytes));
      return true;
    },
  };
}
